#include "fibonaqi/label/label_record.hpp"

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr int task_version = 1;
constexpr int result_version = 1;

// Runs `read`; what the JSON library throws for a missing key or wrong type becomes a FormatError.
template <class Read>
auto reading(const std::string& source, Read read) {
    try {
        return read();
    } catch (const Json::exception& error) {
        const std::string text = error.what();
        const std::size_t start = text.find("] ");
        throw FormatError(source + ": damaged record (" +
                          (start == std::string::npos ? text : text.substr(start + 2)) + ")");
    }
}

Json limits_to_json(const LabelLimits& limits) {
    return {{"soft_seconds", limits.soft_seconds},   {"hard_seconds", limits.hard_seconds},
            {"grace_seconds", limits.grace_seconds}, {"stall_seconds", limits.stall_seconds},
            {"max_output_MB", limits.max_output_MB}, {"max_attempts", limits.max_attempts}};
}

LabelLimits limits_from_json(const Json& record) {
    LabelLimits limits;
    limits.soft_seconds = record.at("soft_seconds").get<double>();
    limits.hard_seconds = record.at("hard_seconds").get<double>();
    limits.grace_seconds = record.at("grace_seconds").get<double>();
    limits.stall_seconds = record.at("stall_seconds").get<double>();
    limits.max_output_MB = record.at("max_output_MB").get<double>();
    limits.max_attempts = record.at("max_attempts").get<int>();
    return limits;
}

void check_sizes(const std::string& source, std::size_t atoms, std::size_t vectors, const char* what) {
    if (atoms != vectors) {
        throw FormatError(source + ": damaged record (" + std::to_string(atoms) + " atoms but " +
                          std::to_string(vectors) + " " + what + ")");
    }
}

}  // namespace

Json to_json(const LabelRequest& request) {
    const Structure& structure = request.structure;
    Json record{{"structure",
                 {{"atomic_numbers", structure.atomic_numbers},
                  {"positions_A", structure.positions},
                  {"cell_A", structure.cell},
                  {"pbc", structure.pbc}}},
                {"charge", request.charge},
                {"want_stress", request.want_stress}};
    if (request.multiplicity) {
        record["multiplicity"] = *request.multiplicity;
    }
    return record;
}

LabelRequest label_request_from_json(const Json& record, const std::string& source) {
    return reading(source, [&] {
        LabelRequest request;
        const Json& structure = record.at("structure");
        structure.at("atomic_numbers").get_to(request.structure.atomic_numbers);
        structure.at("positions_A").get_to(request.structure.positions);
        structure.at("cell_A").get_to(request.structure.cell);
        structure.at("pbc").get_to(request.structure.pbc);
        record.at("charge").get_to(request.charge);
        record.at("want_stress").get_to(request.want_stress);
        if (record.contains("multiplicity")) {
            request.multiplicity = record.at("multiplicity").get<int>();
        }
        check_sizes(source, request.structure.size(), request.structure.positions.size(), "positions");
        return request;
    });
}

Json to_json(const AcceptedLabel& label) {
    Json record{{"energy_eV", nullptr}, {"forces_eV_per_A", label.labels.forces}};
    if (label.labels.energy) {
        record["energy_eV"] = *label.labels.energy;
    }
    record["stress_eV_per_A3"] = label.labels.stress ? Json(*label.labels.stress) : Json(nullptr);
    record["code_version"] = label.code_version;
    record["details"] = label.details;
    return record;
}

AcceptedLabel accepted_label_from_json(const Json& record, const std::string& source) {
    return reading(source, [&] {
        AcceptedLabel label;
        label.labels.energy = record.at("energy_eV").get<double>();
        record.at("forces_eV_per_A").get_to(label.labels.forces);
        if (!record.at("stress_eV_per_A3").is_null()) {
            label.labels.stress = record.at("stress_eV_per_A3").get<Mat3>();
        }
        record.at("code_version").get_to(label.code_version);
        label.details = record.value("details", Json());
        return label;
    });
}

Json to_json(const LabelTask& task) {
    Json record = make_record("label-task", task_version);
    record["result"] = task.result.string();
    record["key"] = task.key;
    record["driver"] = task.driver;
    record["limits"] = limits_to_json(task.limits);
    record.update(to_json(task.request));
    record["directory"] = task.directory.string();
    if (!task.changes.empty()) {
        record["changes"] = task.changes;
    }
    return record;
}

LabelTask label_task_from_json(const Json& record, const std::string& source) {
    check_record(record, "label-task", task_version, source);
    return reading(source, [&] {
        LabelTask task;
        task.result = record.at("result").get<std::string>();
        record.at("key").get_to(task.key);
        task.driver = record.at("driver");
        task.limits = limits_from_json(record.at("limits"));
        task.request = label_request_from_json(record, source);
        task.directory = record.at("directory").get<std::string>();
        task.changes = record.value("changes", Json::object());
        return task;
    });
}

Json to_json(const LabelResult& result) {
    Json record = make_record("result", result_version);
    record["ok"] = true;
    record["seconds"] = result.exit.wall_seconds;
    if (const auto* accepted = std::get_if<AcceptedLabel>(&result.outcome)) {
        record["outcome"] = "accepted";
        record.update(to_json(*accepted));
    } else {
        const auto& failure = std::get<LabelFailure>(result.outcome);
        record["outcome"] = "failed";
        record["kind"] = to_string(failure.kind);
        record["evidence"] = failure.evidence;
    }
    record["exit"] = to_json(result.exit);
    record["command"] = result.command;
    if (!result.remedies.empty()) {
        record["remedies"] = result.remedies;
    }
    return record;
}

LabelResult label_result_from_json(const Json& record, const std::string& source) {
    check_record(record, "result", result_version, source);
    return reading(source, [&] {
        LabelResult result;
        if (!record.at("ok").get<bool>()) {
            const bool is_usage = record.at("exit_code").get<int>() == static_cast<int>(ExitCode::usage);
            result.outcome = LabelFailure{is_usage ? FailureKind::bad_config : FailureKind::unknown,
                                          record.at("error").get<std::string>()};
            result.exit.how = ProcessExit::How::launch_failed;
            return result;
        }
        if (record.at("outcome").get<std::string>() == "accepted") {
            result.outcome = accepted_label_from_json(record, source);
        } else {
            result.outcome = LabelFailure{failure_kind_from(record.at("kind").get<std::string>()),
                                          record.at("evidence").get<std::string>()};
        }
        result.exit = process_exit_from_json(record.at("exit"));
        record.at("command").get_to(result.command);
        result.remedies = record.value("remedies", Json::array());
        return result;
    });
}

}  // namespace fibonaqi
