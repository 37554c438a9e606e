// fibonaqi explain: why a frame of a campaign was chosen for a label.
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/campaign/explanation.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/explanation_text.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct ExplainArguments {
    std::string folder, frame;
    std::size_t threads = 1;
    bool as_json = false;
};

void explain(const ExplainArguments& arguments) {
    const CampaignLayout layout(arguments.folder);
    Explanation explanation = explain_frame(layout, arguments.frame);
    if (explanation.task) {
        Json task = *explanation.task;
        task["threads"] = arguments.threads;
        add_features(explanation, run_worker(task), layout);
    }
    std::cout << (arguments.as_json ? explanation.record.dump(2) + "\n"
                                    : explanation_text(explanation.record));
}

}  // namespace

void add_explain_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "explain", "why a frame of a campaign was chosen: scores, neighbours, atoms, what its label said");
    const auto arguments = std::make_shared<ExplainArguments>();
    command->add_option("folder", arguments->folder, "campaign folder")->required();
    command
        ->add_option("frame", arguments->frame,
                     "CYCLE:ORDER (1:0 is the first pick of cycle 1), an id as the report lists it "
                     "(c1-w0-160), or the first digits of the label's key")
        ->required();
    command->add_flag("--json", arguments->as_json, "as JSON, for scripts (docs/formats.md)");
    command->add_option("--threads", arguments->threads, "threads of the worker")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->callback([arguments] { explain(*arguments); });
}

}  // namespace fibonaqi::cli
