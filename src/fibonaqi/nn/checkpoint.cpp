#include "fibonaqi/nn/checkpoint.hpp"

#include <cmath>
#include <limits>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::nn {
namespace {

namespace fs = std::filesystem;

constexpr const char* key = "fibonaqi-checkpoint";  // of the metadata
constexpr int newest_version = 3;
constexpr const char* advice = " delete it, and the training starts anew";

std::string name_of(const std::string& group, std::size_t index) {
    return group + "/" + std::to_string(index);
}

// JSON pointers of what two records do not have in common.
std::string differences(const Json& before, const Json& now) {
    std::string list;
    for (const Json& change : Json::diff(before, now)) {
        const std::string path = change.at("path").get<std::string>();
        list += (list.empty() ? "" : ", ") + (path.empty() ? "everything" : path.substr(1));
    }
    return list;
}

Checkpoint checkpoint_from(const TensorFile& file, const Json& record) {
    Checkpoint checkpoint{record.at("run"), record.at("progress"), {}};
    for (const auto& [group, size] : record.at("groups").items()) {
        std::vector<at::Tensor>& tensors = checkpoint.tensors[group];
        for (std::size_t i = 0; i < size.get<std::size_t>(); ++i) {
            tensors.push_back(to_torch(file.tensors.at(name_of(group, i))));
        }
    }
    return checkpoint;
}

TensorFile read_tensors(const fs::path& path) {
    try {
        return read_tensor_file(path);
    } catch (const ModelError& error) {
        throw ModelError("checkpoint '" + path.string() + "' cannot be read (" + error.what() + ")" + advice);
    }
}

Checkpoint read(const fs::path& path) {
    const TensorFile file = read_tensors(path);
    const auto text = file.metadata.find(key);
    if (text == file.metadata.end()) {
        throw ModelError("'" + path.string() +
                         "' is no checkpoint of a training (it says nothing about one)" + advice);
    }
    const Json record = parse_json(text->second, path.string());
    if (record.value("version", 0) != newest_version) {
        throw ModelError("checkpoint '" + path.string() + "' has version " +
                         std::to_string(record.value("version", 0)) + " (this program knows " +
                         std::to_string(newest_version) + ")" + advice);
    }
    try {
        return checkpoint_from(file, record);
    } catch (const std::exception& error) {
        throw ModelError("checkpoint '" + path.string() + "' is not complete (" + error.what() + ")" +
                         advice);
    }
}

void require_same_run(const Checkpoint& checkpoint, const CheckpointOptions& options) {
    const std::string changes = differences(checkpoint.run, options.run);
    if (!changes.empty()) {
        throw ConfigError("checkpoint '" + options.file.string() +
                          "' belongs to another training (different: " + changes +
                          ") change that back to go on with it, or delete the checkpoint to start anew");
    }
}

Json exact_errors(const std::optional<ErrorPair>& errors) {
    return errors ? Json{exact_number(errors->rmse), exact_number(errors->mae), errors->count}
                  : Json(nullptr);
}

std::optional<ErrorPair> errors_from(const Json& values) {
    if (values.is_null()) {
        return std::nullopt;
    }
    return ErrorPair{exact_number_from(values.at(0)), exact_number_from(values.at(1)),
                     values.at(2).get<std::size_t>()};
}

}  // namespace

void write_checkpoint(const fs::path& path, const Checkpoint& checkpoint) {
    TensorFile file;
    Json groups = Json::object();
    for (const auto& [group, tensors] : checkpoint.tensors) {
        groups[group] = tensors.size();
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const bool is_double = tensors[i].scalar_type() == at::kDouble;
            file.tensors[name_of(group, i)] =
                to_stored(tensors[i], is_double ? TensorType::float64 : TensorType::float32);
        }
    }
    file.metadata[key] = Json{
        {"version", newest_version},
        {"run", checkpoint.run},
        {"progress", checkpoint.progress},
        {"groups", groups}}.dump();
    write_tensor_file(path, file);
}

std::optional<Checkpoint> read_checkpoint(const CheckpointOptions& options) {
    if (options.file.empty() || !fs::exists(options.file)) {
        return std::nullopt;
    }
    try {
        Checkpoint checkpoint = read(options.file);
        require_same_run(checkpoint, options);
        return checkpoint;
    } catch (const Error& error) {
        if (!options.restart_other) {
            throw;
        }
        log::warning(std::string("the training starts anew: ") + error.what());
        return std::nullopt;
    }
}

Json exact_number(double value) {
    if (std::isfinite(value)) {
        return value;
    }
    return std::isnan(value) ? "nan" : value > 0.0 ? "inf" : "-inf";
}

double exact_number_from(const Json& value) {
    if (value.is_number()) {
        return value.get<double>();
    }
    if (value == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const double infinity = std::numeric_limits<double>::infinity();
    return value == "-inf" ? -infinity : infinity;
}

Json to_json(const SelectionRecord& record) {
    return Json{{"superbatches", record.superbatches},
                {"exhausted", record.exhausted},
                {"filled", record.filled},
                {"rejected", record.rejected},
                {"outliers", record.outliers},
                {"largest_condition", exact_number(record.largest_condition)},
                {"gradients", record.gradients}};
}

SelectionRecord selection_record_from(const Json& values) {
    return {values.at("superbatches").get<std::size_t>(), values.at("exhausted").get<std::size_t>(),
            values.at("filled").get<std::size_t>(),       values.at("rejected").get<std::size_t>(),
            values.at("outliers").get<std::size_t>(),     exact_number_from(values.at("largest_condition")),
            values.value("gradients", std::size_t{0})};
}

Json exact_record(const EpochRecord& record) {
    Json values{{"epoch", record.epoch},
                {"stage", record.stage},
                {"effective_epochs", record.effective_epochs},
                {"seconds", record.seconds},
                {"learning_rate", record.learning_rate},
                {"train_loss", exact_number(record.train_loss)},
                {"ratio", record.ratio},
                {"selection", to_json(record.selection)},
                {"validation", nullptr}};
    if (record.validation) {
        const ErrorReport& errors = record.validation->errors;
        values["validation"] = Json{{"loss", exact_number(record.validation->loss)},
                                    {"energy", exact_errors(errors.energy_per_atom)},
                                    {"forces", exact_errors(errors.forces)},
                                    {"stress", exact_errors(errors.stress)}};
    }
    return values;
}

EpochRecord epoch_record_from(const Json& values) {
    EpochRecord record;
    record.epoch = values.at("epoch").get<std::size_t>();
    record.stage = values.at("stage").get<int>();
    record.effective_epochs = values.at("effective_epochs").get<double>();
    record.seconds = values.at("seconds").get<double>();
    record.learning_rate = values.at("learning_rate").get<double>();
    record.train_loss = exact_number_from(values.at("train_loss"));
    record.ratio = values.at("ratio").get<double>();
    record.selection = selection_record_from(values.at("selection"));
    if (const Json& validation = values.at("validation"); !validation.is_null()) {
        record.validation.emplace();
        record.validation->loss = exact_number_from(validation.at("loss"));
        record.validation->errors.energy_per_atom = errors_from(validation.at("energy"));
        record.validation->errors.forces = errors_from(validation.at("forces"));
        record.validation->errors.stress = errors_from(validation.at("stress"));
    }
    return record;
}

}  // namespace fibonaqi::nn
