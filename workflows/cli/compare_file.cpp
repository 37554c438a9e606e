#include "workflows/cli/compare_file.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/sample_statistics.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "workflows/cli/config_file.hpp"
#include "workflows/cli/pool_choice.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<ConfigKey>;
using Problems = std::vector<ConfigProblem>;

Rows data_keys() {
    using namespace config;
    return {
        text("pool", nullptr, "frames to choose from, with energies and forces, extended XYZ").required(),
        text("test", nullptr,
             "frames to measure on, extended XYZ; left out: a share of the pool, the same in every run"),
        number("test_share", 0.3, "of the pool that measures, where no test is given").between(0.01, 0.9),
        text("group", nullptr,
             "key of the comment lines, for example temperature_K: the test frames are drawn evenly from its "
             "values, and the result says how many frames of each were chosen"),
        text("model", nullptr,
             "where every training starts, and whose features tell frames apart in the first round: a model "
             "file, or the name of an installed model")
            .required(),
        text("output", nullptr,
             "folder to write; the same command goes on there, and computes only what is new: more lines, "
             "more seeds")
            .required(),
    };
}

Rows course_keys() {
    using namespace config;
    return {
        object("lines", nullptr,
               "what is compared, by name: {\"uniform\": {\"strategy\": \"uniform\"}, \"divbs\": {}}; keys "
               "of select that a line has otherwise")
            .required(),
        text("against", "uniform", "the line that the others are compared with"),
        integer("seeds", 8, "runs of every line, seeds 1, 2, ...; fewer than 6 cannot prove anything")
            .between(1, static_cast<double>(most_sign_flip_pairs)),
        integer("rounds", 3, "choices, one after the other; each is made with the model of the round before")
            .between(1, 1000),
        text("dtype", "float32", "of features, training and evaluation").one_of({"float32", "float64"}),
        integer("threads", 1, "of the worker").between(1, 1024),
    };
}

Rows all_keys() {
    Rows rows = data_keys();
    const Rows course = course_keys();
    rows.insert(rows.end(), course.begin(), course.end());
    rows.push_back(config::section("select", "what all lines have in common"));
    const Rows choice = pool_choice_keys("select");
    rows.insert(rows.end(), choice.begin(), choice.end());
    const Rows settings = nn::train_setting_keys("settings");
    rows.insert(rows.end(), settings.begin(), settings.end());
    return rows;
}

const ConfigSchema& line_schema() {
    static const ConfigSchema schema = [] {
        Rows rows{config::section("line", "one way to choose")};
        const Rows choice = pool_choice_keys("line");
        rows.insert(rows.end(), choice.begin(), choice.end());
        return ConfigSchema("A line of a comparison.", std::move(rows));
    }();
    return schema;
}

// Options belong to a strategy: another strategy starts with its own.
Json merged(const Json& common, const Json& own) {
    Json select = common;
    if (own.contains("strategy") && own.at("strategy") != common.at("strategy")) {
        select["options"] = Json::object();
    }
    select.update(own);
    return select;
}

bool is_plain_name(const std::string& name) {
    const auto is_allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_allowed);
}

Problems line_problems(const std::string& name, const Json& own, const Json& common, CompareLine& line) {
    const std::string pointer = "/lines/" + name;
    if (!is_plain_name(name)) {
        return {{"/lines",
                 "has the name '" + name + "' (it appears in file names) use letters, digits, - and _"}};
    }
    if (!own.is_object()) {
        return {{pointer, "is " + own.dump() + " (it holds keys of select) give an object, {} for none"}};
    }
    CheckedConfig checked = line_schema().check(Json{{"line", merged(common, own)}});
    for (ConfigProblem& problem : checked.problems) {
        problem.pointer.replace(0, std::string("/line").size(), pointer);
    }
    if (!checked.problems.empty()) {
        return checked.problems;
    }
    line = {name, checked.values.at("line")};
    Problems problems = pool_choice_problems(line.select, pointer);
    if (line.select.at("batch") != common.at("batch")) {
        problems.push_back(
            {pointer + "/batch", "differs from select.batch (every line gets as many labels) leave it out"});
    }
    return problems;
}

Problems read_lines(const Json& values, std::vector<CompareLine>& lines) {
    Problems problems;
    const Json& given = values.at("lines");
    for (const auto& [name, own] : given.items()) {
        lines.emplace_back();
        const Problems more = line_problems(name, own, values.at("select"), lines.back());
        problems.insert(problems.end(), more.begin(), more.end());
    }
    const std::string against = values.at("against").get<std::string>();
    if (!given.contains(against)) {
        std::vector<std::string> names;
        for (const auto& [name, own] : given.items()) {
            names.push_back(name);
        }
        problems.push_back(
            {"/against", "is '" + against + "' (no line has that name)" + suggestion(against, names)});
    } else if (given.size() < 2) {
        problems.push_back({"/lines", "has one line (there is nothing to compare it with) add another"});
    }
    std::stable_partition(lines.begin(), lines.end(),
                          [&](const CompareLine& line) { return line.name == against; });
    return problems;
}

Problems problems_of(const Json& values, std::vector<CompareLine>& lines) {
    Problems problems = nn::train_setting_problems(values.at("settings"), "/settings");
    const Problems more = read_lines(values, lines);
    problems.insert(problems.end(), more.begin(), more.end());
    return problems;
}

}  // namespace

const ConfigSchema& compare_file_schema() {
    static const ConfigSchema schema(
        "Strategies of selection against each other, with labels that are there already: fibonaqi compare "
        "THIS_FILE. Comments are allowed. Paths are relative to this file; keys that are left out have their "
        "default.",
        all_keys());
    return schema;
}

ComparePlan read_compare_plan(std::string_view text, const fs::path& file) {
    CheckedConfig checked = compare_file_schema().check(parse_json(text, file.string()));
    ComparePlan plan;
    if (checked.problems.empty()) {
        checked.problems = problems_of(checked.values, plan.lines);
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, text, file.string()));
    }
    plan.values = std::move(checked.values);
    plan.file = file;
    const fs::path folder = fs::absolute(file).parent_path();
    make_paths_absolute(plan.values, {"pool", "test", "output"}, folder);
    make_model_absolute(plan.values["model"], folder);
    for (CompareLine& line : plan.lines) {
        make_models_absolute(line.select, folder);
    }
    plan.output = plan.values.at("output").get<std::string>();
    plan.batch = plan.values.at("select").at("batch").get<std::size_t>();
    plan.rounds = plan.values.at("rounds").get<std::size_t>();
    plan.seeds = plan.values.at("seeds").get<std::size_t>();
    return plan;
}

}  // namespace fibonaqi::cli
