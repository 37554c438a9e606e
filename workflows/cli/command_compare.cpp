// fibonaqi compare: what a way to choose frames is worth, on a pool whose labels are there already.
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/lock.hpp"
#include "fibonaqi/campaign/strategy_comparison.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/compare_file.hpp"
#include "workflows/cli/compare_pool.hpp"
#include "workflows/cli/compare_run.hpp"
#include "workflows/cli/config_file.hpp"

namespace fibonaqi::cli {
namespace {

struct CompareArguments {
    ConfigFileArguments config;
    std::string json;
};

ConfigFileKind compare_file() {
    return {"compare",
            "it names the pool and what is compared",
            compare_file_schema(),
            {{"pool", "labelled.xyz"},
             {"model", "mace-mp-0-small"},
             {"output", "comparison"},
             {"lines", {{"uniform", {{"strategy", "uniform"}}}, {"divbs", Json::object()}}}}};
}

Json run_plan(const ComparePlan& plan) {
    const ComparePool frames = read_compare_pool(plan);
    make_directories(plan.output);
    const CampaignLock lock(plan.output / "lock");
    Json record = strategy_comparison(run_comparison(plan, frames), frames.groups);
    record["pool_frames"] = frames.pool.size();
    record["test_frames"] = frames.test.size();
    for (const char* key : {"model", "dtype", "settings"}) {
        record[key] = plan.values.at(key);
    }
    write_json(plan.output / "comparison.json", record);
    write_file_atomically(plan.output / "comparison.md", strategy_table(record));
    write_strategy_chart(plan.output / "comparison.svg", record);
    return record;
}

void run(const CompareArguments& arguments) {
    if (answers_question(arguments.config, compare_file())) {
        return;
    }
    const std::string& file = arguments.config.file;
    const Json record = run_plan(read_compare_plan(read_file(file), file));
    std::cout << strategy_table(record);
    if (!arguments.json.empty()) {
        write_json(arguments.json, record);
    }
}

}  // namespace

void add_compare_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("compare",
                                           "spend the same number of labels of a pool by several strategies, "
                                           "seed by seed; run it again to go on");
    const auto arguments = std::make_shared<CompareArguments>();
    add_config_file(*command, "COMPARE.json", "the pool, and what is compared; JSON with comments",
                    arguments->config);
    command->add_option("--json", arguments->json, "write all numbers as JSON (they are in the output, too)");
    command->footer("Every key, with unit, range and default: fibonaqi compare --example");
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
