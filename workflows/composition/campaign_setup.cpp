#include "workflows/composition/campaign_setup.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/name_pattern.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/composition/driver_file.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// "driver.input.system.ecutwf: unknown key" -> {"/label/driver/input/system/ecutwf", "unknown key"}
ConfigProblem problem_of_driver(const std::string& message) {
    const std::string prefix = "driver";
    const std::size_t colon = message.find(": ");
    if (!message.starts_with(prefix) || colon == std::string::npos) {
        return {"/label/driver", message};
    }
    std::string pointer = "/label/" + message.substr(0, colon);
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    return {pointer, message.substr(colon + 2)};
}

// What label.driver says, or the file says that it names.
std::unique_ptr<LabelDriver> driver_of(const Json& given, const fs::path& folder) {
    if (given.is_object()) {
        return make_driver(given, folder);
    }
    const std::string name = given.get<std::string>();
    if (!fs::is_regular_file(folder / name)) {
        throw ConfigError("is '" + name + "' (there is no such file in '" + folder.string() +
                          "') name a file with a driver's configuration, or write it here: {\"type\": ...}");
    }
    return read_driver((folder / name).lexically_normal(), "");
}

// Afterwards the configuration holds the driver's own, wherever it was read from.
void set_up_driver(CampaignFile& file, CampaignSetup& setup) {
    Json& label = file.checked.values["label"];
    if (!label.is_object() || label.at("driver").is_null()) {
        return;
    }
    try {
        setup.driver = driver_of(label.at("driver"), fs::absolute(file.path).parent_path());
        label["driver"] = setup.driver->configuration();
    } catch (const ConfigError& error) {
        file.checked.problems.push_back(problem_of_driver(error.what()));
    }
}

// Before labels are paid for. The weights are among the tensors of the file; training knows exactly which.
void look_at_held_weights(const Json& config, Preflight& found) {
    if (!found.card || !config.at("train").contains("freeze")) {
        return;
    }
    std::vector<std::string> names;
    for (const auto& [name, tensor] : read_model_file(found.model).tensors) {
        names.push_back(name);
    }
    try {
        nn::matching(names, nn::trainable_options_from_json(config.at("train")).freeze.patterns,
                     "train.freeze.patterns");
    } catch (const ConfigError& error) {
        found.problems.push_back({error.what(), ExitCode::usage});
    }
}

}  // namespace

const ConfigSchema& full_campaign_schema() {
    static const ConfigSchema schema = campaign_schema_with(nn::train_setting_keys("train"));
    return schema;
}

CampaignSetup read_setup(const fs::path& path) {
    CampaignFile file = load_campaign(path, full_campaign_schema());
    CampaignSetup setup;
    set_up_driver(file, setup);
    if (file.checked.values.at("train").is_object()) {
        const auto problems = nn::train_setting_problems(file.checked.values.at("train"), "/train");
        file.checked.problems.insert(file.checked.problems.end(), problems.begin(), problems.end());
    }
    expect_sound(file);
    setup.config = std::move(file.checked.values);
    return setup;
}

CampaignSetup reopen_setup(const CampaignLayout& layout) {
    CampaignSetup setup;
    setup.config = open_campaign(layout).config;
    setup.driver = make_driver(setup.config.at("label").at("driver"), layout.root());
    return setup;
}

Preflight look_ahead(const CampaignSetup& setup, const fs::path& folder) {
    Preflight found = preflight(campaign_options(setup.config), *setup.driver, folder);
    look_at_held_weights(setup.config, found);
    for (const std::string& problem : missing_sister_programs()) {
        found.problems.push_back({problem, ExitCode::usage});
    }
    return found;
}

void expect_ready(const Preflight& found) {
    if (found.problems.empty()) {
        return;
    }
    std::string text;
    ExitCode code = found.problems.front().code;
    for (const PreflightProblem& problem : found.problems) {
        text += (text.empty() ? "" : "\n") + problem.message;
        code = problem.code == code ? code : ExitCode::usage;
    }
    throw Error(text, code);
}

}  // namespace fibonaqi
