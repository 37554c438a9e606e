#include "fibonaqi/label/label_protocol.hpp"

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_evidence = 300;

LabelFailure inconsistent(const std::string& evidence) {
    return {FailureKind::inconsistent, evidence};
}

std::string text_of(const Json& value) {
    return (value.is_string() ? value.get<std::string>() : value.dump()).substr(0, longest_evidence);
}

LabelFailure stated_failure(const Json& reply) {
    const std::string kind = text_of(reply.value("kind", Json("unknown")));
    LabelFailure failure;
    failure.evidence = text_of(reply.value("error", Json("the program gives no reason")));
    try {
        failure.kind = failure_kind_from(kind);
    } catch (const FormatError&) {
        failure.evidence = "kind " + kind + ": " + failure.evidence;
    }
    return failure;
}

std::string no_proof(const Json& reply) {
    if (reply.value("ok", Json(false)) != Json(true)) {
        return "the reply has no \"ok\": true or false";
    }
    return reply.value("converged", Json(false)) != Json(true) ? "the reply does not say \"converged\": true"
                                                               : "";
}

AcceptedLabel read_label(const Json& record, const LabelRequest& request) {
    const Json& reply = record.at("reply");
    AcceptedLabel label;
    reply.at("energy").get_to(label.labels.energy.emplace());
    reply.at("forces").get_to(label.labels.forces);
    if (request.want_stress) {
        reply.at("stress").get_to(label.labels.stress.emplace());
    }
    const Json version = reply.value("version", record.value("version", Json()));
    label.code_version = version.is_string() ? version.get<std::string>() : "";
    label.details = reply.value("details", Json::object());
    return label;
}

}  // namespace

std::string request_line(const LabelRequest& request, std::size_t id, const Json& changes) {
    const Structure& structure = request.structure;
    Json line{{"id", id},
              {"numbers", structure.atomic_numbers},
              {"positions", structure.positions},
              {"cell", structure.is_periodic() ? Json(structure.cell) : Json()},
              {"pbc", structure.pbc},
              {"charge", request.charge},
              {"multiplicity", request.multiplicity ? Json(*request.multiplicity) : Json()},
              {"want", {"energy", "forces"}}};
    for (const int number : structure.atomic_numbers) {
        line["symbols"].push_back(symbol(number));
    }
    if (request.want_stress) {
        line["want"].push_back("stress");
    }
    if (!changes.empty()) {
        line["changes"] = changes;
    }
    return line.dump();
}

ServedRequest read_request_line(const std::string& text) {
    const Json line = parse_json(text, "request");
    ServedRequest served;
    Structure& structure = served.request.structure;
    try {
        line.at("id").get_to(served.id);
        line.at("numbers").get_to(structure.atomic_numbers);
        line.at("positions").get_to(structure.positions);
        line.at("pbc").get_to(structure.pbc);
        if (!line.at("cell").is_null()) {
            line.at("cell").get_to(structure.cell);
        }
        line.at("charge").get_to(served.request.charge);
        if (!line.at("multiplicity").is_null()) {
            line.at("multiplicity").get_to(served.request.multiplicity.emplace());
        }
        for (const Json& wanted : line.at("want")) {
            served.request.want_stress = served.request.want_stress || wanted == Json("stress");
        }
    } catch (const Json::exception& error) {
        throw FormatError(std::string("request: is damaged (") + error.what() + ")");
    }
    if (structure.positions.size() != structure.atomic_numbers.size()) {
        throw FormatError("request: has " + std::to_string(structure.positions.size()) + " positions for " +
                          std::to_string(structure.atomic_numbers.size()) + " atoms");
    }
    return served;
}

ProgramLine read_program_line(const std::string& line) {
    ProgramLine read;
    Json content;
    try {
        content = parse_json(line, "line");
    } catch (const FormatError&) {
        return read;
    }
    if (!content.is_object()) {
        return read;
    }
    if (content.contains("ready")) {
        read.kind = ProgramLine::Kind::ready;
    } else if (content.contains("id") && content["id"].is_number_unsigned()) {
        read.kind = ProgramLine::Kind::reply;
        read.id = content["id"].get<std::size_t>();
    }
    read.content = std::move(content);
    return read;
}

std::string ready_problem(const Json& ready) {
    const Json version = ready.value("protocol", Json());
    if (version == Json(label_protocol_version)) {
        return "";
    }
    return "the program speaks protocol " + version.dump() + " (this FIBonAQi speaks " +
           std::to_string(label_protocol_version) + ")";
}

Json reply_record(const Json& reply, const Json& version) {
    return {{"reply", reply}, {"version", version}};
}

LabelOutcome collect_reply(const LabelRequest& request, const ProcessExit& exit, const fs::path& directory) {
    const fs::path file = directory / reply_file;
    if (!fs::exists(file)) {
        if (const auto verdict = supervisors_verdict(exit)) {
            return *verdict;
        }
        const bool is_signal = exit.how == ProcessExit::How::signaled;
        return LabelFailure{is_signal ? FailureKind::signal : FailureKind::partial_output,
                            (is_signal ? "ended by signal " : "ended without a reply, exit code ") +
                                std::to_string(exit.code) +
                                (exit.message.empty() ? "" : "; " + exit.message)};
    }
    try {
        const Json record = read_json(file);
        const Json& reply = record.at("reply");
        if (reply.value("ok", Json()) == Json(false)) {
            return stated_failure(reply);
        }
        const std::string problem = no_proof(reply);
        return problem.empty() ? LabelOutcome(read_label(record, request)) : inconsistent(problem);
    } catch (const FormatError& error) {
        return inconsistent(error.what());
    } catch (const Json::exception& error) {
        return inconsistent(std::string("the reply is damaged (") + error.what() + ")");
    }
}

}  // namespace fibonaqi
