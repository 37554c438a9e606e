#include "workflows/cli/upscale_file.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/label/executor_config.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "workflows/cli/config_file.hpp"
#include "workflows/cli/pool_choice.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<ConfigKey>;

Rows general_keys() {
    using namespace config;
    return {
        text("pool", nullptr,
             "the repository: structures, extended XYZ, labelled by a potential or not at all")
            .required(),
        text("model", nullptr,
             "whose features tell frames apart: a model file, or the name of an installed model; a training "
             "starts from it")
            .required(),
        integer("budget", nullptr, "labels to spend").between(1, 10000000).required(),
        text("output", nullptr,
             "the new data set to write, extended XYZ; beside it OUTPUT.upscale keeps selection, ledger and "
             "runs, so that the same command goes on where it was stopped")
            .required(),
        text("labelled", nullptr,
             "frames that have labels of the same kind already, extended XYZ: strategies know of them, and "
             "they "
             "come first in the data set"),
        object("driver", nullptr, "the code that labels, and its settings; \"type\" names the code (\"qe\")")
            .required(),
        integer("slots", 1, "labels, or jobs in a queue, at the same time").between(1, 4096),
        number("time_limit_seconds", 600, "longest run of one label [s]").above(0),
        integer("seed", 0, "key of all random choices").at_least(0),
        integer("threads", 1, "of features and training").between(1, 1024),
    };
}

Rows executor_rows() {
    Rows rows{config::optional_section("executor", "where labels are computed; left out: on this machine")};
    const Rows keys = executor_keys("executor");
    rows.insert(rows.end(), keys.begin(), keys.end());
    return rows;
}

Rows select_keys() {
    using namespace config;
    Rows rows{section("select", "which frames are worth a label")};
    const Rows choice = pool_choice_keys("select");
    rows.insert(rows.end(), choice.begin(), choice.end());
    return rows;
}

Rows train_keys() {
    using namespace config;
    Rows rows{
        optional_section("train", "a training on the new data set; left out: there is none"),
        text("train.output", nullptr, "the trained model to write (.safetensors)").required(),
        number("train.validation_share", 0.2, "share of the frames that validates").between(0, 0.9),
        text("train.keep", "best", "weights that are written").one_of({"best", "last"}),
    };
    const Rows settings = nn::train_setting_keys("train.settings");
    rows.insert(rows.end(), settings.begin(), settings.end());
    return rows;
}

std::vector<ConfigProblem> problems_of(const Json& values) {
    std::vector<ConfigProblem> problems = pool_choice_problems(values.at("select"), "/select");
    if (values.at("train").is_object()) {
        const auto more = nn::train_setting_problems(values.at("train").at("settings"), "/train/settings");
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

}  // namespace

const ConfigSchema& upscale_file_schema() {
    static const ConfigSchema schema = [] {
        Rows rows = general_keys();
        for (const Rows& part : {executor_rows(), select_keys(), train_keys()}) {
            rows.insert(rows.end(), part.begin(), part.end());
        }
        return ConfigSchema(
            "Labels for the best part of a repository: fibonaqi upscale THIS_FILE. Comments are allowed. "
            "Paths "
            "are relative to this file; keys that are left out have their default.",
            std::move(rows));
    }();
    return schema;
}

Json UpscalePlan::select_task() const {
    const Json& select = values.at("select");
    const std::size_t batch = select.at("batch").get<std::size_t>();
    Json task = pool_choice_task(select, values.at("pool").get<std::string>(), values.at("model"),
                                 values.at("labelled"));
    task["threads"] = values.at("threads");
    task["superbatches"] = (budget + batch - 1) / batch;
    task["seed"] = values.at("seed");
    return task;
}

Json UpscalePlan::train_task(const fs::path& frames) const {
    const Json& train = values.at("train");
    if (train.is_null()) {
        return nullptr;
    }
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task["threads"] = values.at("threads");
    task["model"] = values.at("model");
    task["train"] = frames.string();
    task["seed"] = values.at("seed");
    for (const char* key : {"output", "validation_share", "keep", "settings"}) {
        task[key] = train.at(key);
    }
    task["checkpoint"] = (work / "training.checkpoint").string();
    task["checkpoint_minutes"] = 1;
    return task;
}

UpscalePlan read_upscale_plan(std::string_view text, const fs::path& file) {
    CheckedConfig checked = upscale_file_schema().check(parse_json(text, file.string()));
    if (checked.problems.empty()) {
        checked.problems = problems_of(checked.values);
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, text, file.string()));
    }
    UpscalePlan plan;
    plan.values = std::move(checked.values);
    plan.file = file;
    plan.folder = fs::absolute(file).parent_path();
    make_paths_absolute(plan.values, {"pool", "output", "labelled"}, plan.folder);
    make_model_absolute(plan.values["model"], plan.folder);
    if (plan.values["train"].is_object()) {
        make_paths_absolute(plan.values["train"], {"output"}, plan.folder);
    }
    make_models_absolute(plan.values["select"], plan.folder);
    plan.output = plan.values.at("output").get<std::string>();
    plan.work = plan.output.string() + ".upscale";
    plan.budget = plan.values.at("budget").get<std::size_t>();
    return plan;
}

}  // namespace fibonaqi::cli
