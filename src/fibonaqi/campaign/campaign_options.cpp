#include "fibonaqi/campaign/campaign_options.hpp"

#include <algorithm>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"
#include "fibonaqi/select/candidate_choice.hpp"

namespace fibonaqi {
namespace {

using Problems = std::vector<ConfigProblem>;

void check_name(const std::string& name, Problems& problems) {
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (name.empty() || name.size() > 64 || name.find_first_not_of(allowed) != std::string::npos ||
        name.starts_with('.')) {
        problems.push_back(
            {"/name", "is '" + name +
                          "' (it becomes a folder: up to 64 letters, digits, '.', '_', '-', no "
                          "'.' in front)"});
    }
}

void check_system(const Json& system, Problems& problems) {
    const bool has_file = !system.at("structure").is_null();
    const bool has_lattice = !system.at("diamond").is_null();
    if (has_file == has_lattice) {
        problems.push_back(
            {"/system",
             std::string(has_file ? "structure and diamond are both given" : "there is no structure") +
                 " (exactly one is needed) for example \"structure\": \"start.xyz\""});
    }
    const Json element = has_lattice ? system.at("diamond").at("element") : Json(nullptr);
    if (element.is_string() && !atomic_number(element.get<std::string>())) {
        problems.push_back({"/system/diamond/element",
                            "is " + element.dump() + " (no chemical symbol) write for example \"Si\""});
    }
}

void check_steps(const Json& section, const std::string& pointer, Problems& problems) {
    if (section.at("first_step") > section.at("steps")) {
        problems.push_back({pointer + "/first_step",
                            "is " + section.at("first_step").dump() + " (a walker makes only " +
                                section.at("steps").dump() + " steps, so there would be no candidates)"});
    }
}

std::string optional_text(const Json& value) {
    return value.is_null() ? "" : value.get<std::string>();
}

std::optional<std::size_t> optional_count(const Json& value) {
    return value.is_null() ? std::nullopt : std::optional(value.get<std::size_t>());
}

ExploreOptions explore_options(const Json& values) {
    ExploreOptions options;
    options.ensemble = values.at("ensemble").get<std::string>();
    options.temperatures_K = values.at("temperatures_K").get<std::vector<double>>();
    options.walkers_per_temperature = values.at("walkers_per_temperature").get<std::size_t>();
    options.pressure_bar = values.at("pressure_bar").get<double>();
    options.timestep_fs = values.at("timestep_fs").get<double>();
    options.damping_fs = values.at("damping_fs").get<double>();
    options.steps = values.at("steps").get<long>();
    options.first_step = values.at("first_step").get<long>();
    options.harvest_every_steps = values.at("harvest_every_steps").get<long>();
    options.strain_percent = values.at("strain_percent").get<double>();
    options.max_restarts = values.at("max_restarts").get<long>();
    const Json& limits = values.at("limits");
    options.limits.max_force_eV_per_A = limits.at("max_force_eV_per_A").get<double>();
    options.limits.min_distance_scale = limits.at("min_distance_scale").get<double>();
    options.limits.max_temperature_factor = limits.at("max_temperature_factor").get<double>();
    return options;
}

SelectOptions select_options(const Json& values) {
    SelectOptions options;
    options.batch = values.at("batch").get<std::size_t>();
    options.ratio = values.at("ratio").get<double>();
    options.superbatches = values.at("superbatches").get<std::size_t>();
    options.choice = values;
    options.prior_force_spread_eV_per_A = values.at("prior_force_spread_eV_per_A").get<double>();
    return options;
}

LabelOptions label_options(const Json& values) {
    LabelOptions options;
    options.driver = values.at("driver");
    options.slots = optional_count(values.at("slots"));
    options.max_failed_ratio = values.at("max_failed_ratio").get<double>();
    options.max_alike = values.at("max_alike").get<std::size_t>();
    const Json& limits = values.at("limits");
    options.hard_seconds = limits.at("hard_seconds").get<double>();
    options.stall_seconds = limits.at("stall_seconds").get<double>();
    options.max_attempts = limits.at("max_attempts").get<int>();
    options.max_force_eV_per_A = limits.at("max_force_eV_per_A").get<double>();
    options.noise = optional_text(values.value("noise", Json(nullptr)));
    return options;
}

TestSetOptions test_set_options(const Json& values) {
    TestSetOptions options;
    options.frames = values.at("frames").get<std::size_t>();
    options.walkers_per_temperature = values.at("walkers_per_temperature").get<std::size_t>();
    options.steps = values.at("steps").get<long>();
    options.first_step = values.at("first_step").get<long>();
    options.strain_percent = values.at("strain_percent").get<double>();
    return options;
}

// Paths of every leaf in which two values differ.
void collect_differences(const Json& a, const Json& b, const std::string& path,
                         std::vector<std::string>& out) {
    if (!a.is_object() || !b.is_object()) {
        if (a != b) {
            out.push_back(path);
        }
        return;
    }
    for (const auto& [key, value] : a.items()) {
        const Json other = b.contains(key) ? b.at(key) : Json(nullptr);
        collect_differences(value, other, path.empty() ? key : path + "." + key, out);
    }
    for (const auto& [key, value] : b.items()) {
        if (!a.contains(key) && !value.is_null()) {
            out.push_back(path.empty() ? key : path + "." + key);
        }
    }
}

// Campaigns that began before there was a gate have none.
void read_physics(const Json& values, CampaignOptions& options) {
    if (values.contains("physics")) {
        options.has_physics_gate = values["physics"].at("gate").get<bool>();
        options.physics_steps = values["physics"].at("steps").get<std::size_t>();
        options.physics_limits = values["physics"].at("limits");
    }
}

// Campaigns that began before there were controls have none.
void read_control(const Json& values, CampaignOptions& options) {
    if (values.contains("control") && !values.at("control").is_null()) {
        options.control = {values.at("control").at("strategy").get<std::string>(),
                           values.at("control").at("seeds").get<std::size_t>()};
    }
}

// Campaigns that began before there was replay have none.
void read_pretrained(const Json& values, CampaignOptions& options) {
    if (values.contains("pretrained")) {
        const Json& pretrained = values.at("pretrained");
        options.pretrained = {optional_text(pretrained.at("replay")),
                              optional_text(pretrained.at("forgetting")),
                              pretrained.at("md_frames").get<std::size_t>(),
                              pretrained.at("gate").get<std::string>() == "refuse"};
    }
}

}  // namespace

CheckedConfig check_campaign(const Json& given, const ConfigSchema& schema) {
    CheckedConfig checked = schema.check(given);
    const Json& values = checked.values;
    Problems& problems = checked.problems;
    if (!given.is_object()) {
        return checked;
    }
    if (values.at("name").is_string()) {
        check_name(values.at("name").get<std::string>(), problems);
    }
    if (values.at("system").is_object()) {
        check_system(values.at("system"), problems);
    }
    if (values.at("explore").is_object()) {
        check_steps(values.at("explore"), "/explore", problems);
    }
    if (values.at("test_set").is_object()) {
        check_steps(values.at("test_set"), "/test_set", problems);
    }
    if (values.at("async").is_object() && values.at("control").is_object()) {
        problems.push_back({"/async",
                            "is given together with control (lines that are compared have equal "
                            "budgets at equal times) leave one of them out"});
    }
    if (values.at("select").is_object()) {
        const Problems more = candidate_choice_problems(values.at("select"), "/select");
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return checked;
}

std::vector<std::string> campaign_advice(const CampaignOptions& options) {
    std::vector<std::string> advice;
    const ExploreOptions& explore = options.explore;
    const std::size_t superbatch = superbatch_size(options.select.batch, options.select.ratio).superbatch;
    const std::size_t candidates = candidates_of(explore_plan(explore));
    const std::size_t wanted = superbatch * std::max<std::size_t>(1, options.select.superbatches);
    if (candidates < wanted) {
        advice.push_back("a cycle gives about " + std::to_string(candidates) + " candidates (" +
                         std::to_string(wanted) + " fill the superbatches), so fewer than " +
                         std::to_string(options.select.batch) +
                         " frames may be chosen; more explore.steps or a smaller explore.harvest_every_steps "
                         "gives more");
    }
    return advice;
}

CampaignOptions campaign_options(const Json& values) {
    CampaignOptions options;
    options.name = values.at("name").get<std::string>();
    options.seed = values.at("seed").get<std::uint64_t>();
    options.cycles = values.at("cycles").get<int>();
    options.cores = optional_count(values.at("cores"));
    options.min_free_MB = values.at("min_free_MB").get<double>();
    options.model = values.at("model").at("start").get<std::string>();
    options.dtype = values.at("model").at("dtype").get<std::string>();
    const Json& system = values.at("system");
    options.structure = optional_text(system.at("structure"));
    if (!system.at("diamond").is_null()) {
        options.diamond_element = system.at("diamond").at("element").get<std::string>();
        options.diamond_a_A = system.at("diamond").at("a_A").get<double>();
    }
    options.repeat = system.at("repeat").get<std::vector<int>>();
    options.explore = explore_options(values.at("explore"));
    options.select = select_options(values.at("select"));
    options.label = label_options(values.at("label"));
    options.train = values.at("train");
    options.validation_share = values.at("validation").at("share").get<double>();
    options.promotion_tolerance = values.at("validation").at("tolerance_percent").get<double>() / 100.0;
    read_physics(values, options);
    read_pretrained(values, options);
    options.is_async = !values.at("async").is_null();
    options.async_share = options.is_async ? values.at("async").at("share").get<double>() : 1.0;
    const Json& executors = values.at("executors");
    options.executors = {executor_options(executors.at("label")), executor_options(executors.at("explore")),
                         executor_options(executors.at("train"))};
    options.test_set = test_set_options(values.at("test_set"));
    read_control(values, options);
    return options;
}

std::vector<std::string> fixed_differences(const Json& earlier, const Json& later) {
    static const std::vector<std::string> changeable{
        "cycles",
        "min_free_MB",
        "label.slots",
        "label.max_failed_ratio",
        "label.max_alike",
        "label.noise",
        "label.limits.hard_seconds",
        "label.limits.stall_seconds",
        "label.limits.max_attempts",
        "async.share",
        "executors.explore.minutes",
        "executors.explore.partition",
        "executors.explore.extra",
        "executors.explore.memory_MB",
        "executors.explore.poll_seconds",
        "executors.train.minutes",
        "executors.train.partition",
        "executors.train.extra",
        "executors.train.memory_MB",
        "executors.train.poll_seconds",
    };
    std::vector<std::string> differences;
    collect_differences(earlier, later, "", differences);
    std::erase_if(differences, [](const std::string& path) {
        return path.starts_with("label.driver.") || path.starts_with("executors.label") ||
               std::find(changeable.begin(), changeable.end(), path) != changeable.end();
    });
    return differences;
}

}  // namespace fibonaqi
