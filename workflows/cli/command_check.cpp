// fibonaqi check: everything about a campaign that can be known before compute starts.
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"
#include "fibonaqi/campaign/labels_limit.hpp"

#include "workflows/cli/campaign_run.hpp"
#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {
namespace {

struct CheckArguments {
    std::string file, folder;
};

std::string folder_text(const CampaignLayout& layout, const CampaignSetup& setup) {
    if (!has_campaign(layout)) {
        expect_free_folder(layout);
        return layout.root().string() + " (new)";
    }
    expect_same_campaign(layout, setup.config, setup.driver->fingerprint());
    return layout.root().string() + " (has begun: run goes on there)";
}

// What its latest model errs by, a campaign that has begun knows.
void warn_of_label_noise(const CampaignLayout& layout, const Preflight& found) {
    if (!found.label_noise_eV_per_A || !has_campaign(layout)) {
        return;
    }
    const auto error = latest_force_error(campaign_status(layout));
    const std::string words = error ? limit_sentence(*error, *found.label_noise_eV_per_A) : "";
    if (!words.empty()) {
        log::warning(words);
    }
}

void check(const CheckArguments& arguments) {
    const CampaignSetup setup = read_setup(arguments.file);
    const CampaignLayout layout(arguments.folder.empty() ? default_folder(setup)
                                                         : std::filesystem::path(arguments.folder));
    const CampaignOptions options = campaign_options(setup.config);
    const Preflight found = look_ahead(setup, layout.root());
    std::cout << plan_text(options, *setup.driver, found);
    for (const std::string& warning : found.warnings) {
        log::warning(warning);
    }
    warn_of_label_noise(layout, found);
    expect_ready(found);
    std::cout << "folder      " << folder_text(layout, setup) << "\n"
              << "no problem found; start it with 'fibonaqi run " << arguments.file
              << (arguments.folder.empty() ? "" : " --dir " + arguments.folder) << "'\n";
}

}  // namespace

void add_check_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "check", "say what a campaign will do, and everything that can be known to be wrong with it");
    const auto arguments = std::make_shared<CheckArguments>();
    command->add_option("file", arguments->file, "campaign file")->required();
    command->add_option("--dir", arguments->folder, "campaign folder (default: runs/<name>)");
    command->callback([arguments] { check(*arguments); });
}

}  // namespace fibonaqi::cli
