// fibonaqi driver: test shows that a label driver tells the truth, or where it does not.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/scratch_folder.hpp"
#include "fibonaqi/label/sanity.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/cli/commands.hpp"
#include "workflows/cli/driver_converge.hpp"
#include "workflows/cli/driver_test_run.hpp"
#include "workflows/cli/label_run.hpp"
#include "workflows/composition/driver_file.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;
using Verdict = ConformanceFinding::Verdict;

struct TestArguments {
    std::string driver, data, keep, json;
    std::size_t slots = 1;
    double time_limit_seconds = 600.0;
};

LabelRequest read_example(const TestArguments& arguments, const LabelDriver& driver) {
    const fs::path beside = fs::path(arguments.driver).replace_extension(".xyz");
    const fs::path file = arguments.data.empty() ? beside : fs::path(arguments.data);
    if (arguments.data.empty() && !fs::exists(file)) {
        throw ConfigError("'" + file.string() +
                          "' is not there (the example that is computed) write one structure to it, out of "
                          "equilibrium and of low symmetry, or name a file by --data");
    }
    const FrameFile read = read_extxyz(file);
    if (read.frames.empty()) {
        throw FormatError(file.string() + ": has no frame (one is needed) add a structure");
    }
    return label_request(read.frames.front(), driver);
}

void expect_possible(const LabelDriver& driver, const LabelRequest& example) {
    auto problem = capability_problem(driver, example);
    problem = problem ? problem : geometry_problem(example, {});
    problem = problem ? problem : driver.problem_with(example);
    if (problem) {
        throw DriverError("the example cannot be computed (" + to_string(problem->kind) + ": " +
                          problem->evidence + ") take another structure");
    }
}

void print(const std::vector<ConformanceFinding>& findings) {
    for (const ConformanceFinding& finding : findings) {
        std::printf("%-8s  %-18s %s\n", to_string(finding.verdict).c_str(), finding.check.c_str(),
                    finding.text.c_str());
    }
}

void write_record(const fs::path& file, const LabelDriver& driver,
                  const std::vector<ConformanceFinding>& findings) {
    Json record = make_record("driver-test", 1);
    record["driver"] = driver.name();
    record["fingerprint"] = driver.fingerprint();
    for (const ConformanceFinding& finding : findings) {
        record["findings"].push_back(
            {{"check", finding.check}, {"verdict", to_string(finding.verdict)}, {"text", finding.text}});
    }
    write_json(file, record);
}

std::size_t count(const std::vector<ConformanceFinding>& findings, Verdict verdict) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [verdict](const ConformanceFinding& finding) { return finding.verdict == verdict; }));
}

void test(const TestArguments& arguments) {
    const std::unique_ptr<LabelDriver> driver = read_driver(arguments.driver, "");
    const LabelRequest example = read_example(arguments, *driver);
    Frame frame;
    frame.structure = example.structure;
    expect_labels_possible(*driver, {frame});
    expect_possible(*driver, example);
    std::optional<ScratchFolder> scratch;
    if (arguments.keep.empty()) {
        scratch.emplace();
    }
    const fs::path work = scratch ? *scratch / "runs" : fs::absolute(arguments.keep);
    if (fs::exists(work) && !fs::is_empty(work)) {
        throw ConfigError("'" + work.string() + "' is not empty (--keep takes a new folder) name another");
    }
    std::cout << driver->name() << ", " << formula(example.structure) << "\n" << std::flush;
    const auto findings =
        test_driver(*driver, example, {work, arguments.slots, arguments.time_limit_seconds});
    print(findings);
    if (!arguments.json.empty()) {
        write_record(arguments.json, *driver, findings);
    }
    const std::size_t wrong = count(findings, Verdict::failed);
    if (wrong > 0) {
        throw Error(
            "the driver is not to be trusted (" + std::to_string(wrong) + " checks failed, see above)",
            ExitCode::refused);
    }
    std::cout << count(findings, Verdict::passed) << " checks passed, " << count(findings, Verdict::unproven)
              << " unproven\n";
}

}  // namespace

void add_driver_command(CLI::App& app) {
    CLI::App* group = app.add_subcommand("driver", "label drivers: the codes that compute labels");
    group->require_subcommand(1);
    std::string types;
    for (const std::string& type : driver_types()) {
        types += (types.empty() ? "" : ", ") + type;
    }
    CLI::App* command = group->add_subcommand(
        "test",
        "compute an example in many ways and judge the driver: units, signs, order, honesty (types: " +
            types + ")");
    const auto arguments = std::make_shared<TestArguments>();
    command->add_option("driver", arguments->driver, "driver configuration, JSON: {\"type\": \"qe\", ...}")
        ->required();
    command->add_option("--data", arguments->data,
                        "the example: first frame of an extended XYZ file (default: DRIVER with .xyz)");
    command->add_option("--slots", arguments->slots, "runs at the same time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--time-limit", arguments->time_limit_seconds, "longest run [s]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--keep", arguments->keep, "new folder for all runs (default: they are deleted)");
    command->add_option("--json", arguments->json, "file to write the findings to");
    command->callback([arguments] { test(*arguments); });
    add_driver_converge_command(*group);
}

}  // namespace fibonaqi::cli
