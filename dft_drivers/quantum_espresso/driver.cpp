#include "dft_drivers/quantum_espresso/driver.hpp"

#include <csignal>
#include <fstream>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/plane_wave_config.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/common/scan_axes.hpp"
#include "dft_drivers/quantum_espresso/electrons.hpp"
#include "dft_drivers/quantum_espresso/input_writer.hpp"
#include "dft_drivers/quantum_espresso/output_parser.hpp"
#include "dft_drivers/quantum_espresso/pseudopotential.hpp"
#include "dft_drivers/quantum_espresso/remedies.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

namespace fs = std::filesystem;
using How = ProcessExit::How;

Json sorted(const Json& object, bool (*is_left_out)(const std::string&)) {
    std::map<std::string, Json> ordered;
    for (const auto& [key, value] : object.items()) {
        if (!is_left_out(key)) {
            ordered[key] = value;
        }
    }
    return ordered;
}

// pw.x did what request_stop asked for: it can go on from there.
bool stopped_in_good_order(const fs::path& directory) {
    return fs::exists(directory / restart_file) &&
           last_line_with(lines_of(directory / stdout_file), "Calculation stopped in").has_value();
}

}  // namespace

Driver::Driver(Options options) : options_(std::move(options)) {}

DriverCapabilities Driver::capabilities() const {
    return {.stress = true,
            .fully_periodic = true,
            .partly_periodic = false,
            .isolated = false,
            .charge = true,
            .multiplicity = true};
}

Json Driver::configuration() const {
    return to_json(options_);
}

std::vector<std::string> Driver::check(const std::vector<int>& atomic_numbers) const {
    std::vector<std::string> problems;
    const std::string problem =
        program_problem(options_.command, "install it (Debian: quantum-espresso) or give its full path");
    if (!problem.empty()) {
        problems.push_back(problem);
    }
    for (const int element : atomic_numbers) {
        const auto file = options_.pseudopotentials.find(symbol(element));
        if (file == options_.pseudopotentials.end()) {
            problems.push_back("no pseudopotential for " + symbol(element) +
                               " (driver.pseudopotentials does not name one) add it");
            continue;
        }
        const std::string fault = pseudopotential_problem(options_.pseudo_dir / file->second, file->first);
        if (!fault.empty()) {
            problems.push_back(fault);
        }
    }
    return problems;
}

std::string Driver::fingerprint() const {
    Json physics{{"code", "pw.x"}};
    for (const char* name : namelist_names) {
        physics[name] = sorted(options_.namelists.at(name), is_numerical_detail);
    }
    physics["kpoints"] = options_.kpoints ? Json(*options_.kpoints) : Json(*options_.kspacing_per_A);
    physics["kpoint_shift"] = options_.kpoint_shift;
    physics["pseudopotentials"] = pseudopotential_hashes(options_.pseudo_dir, options_.pseudopotentials);
    return physics.dump();
}

std::optional<LabelFailure> Driver::problem_with(const LabelRequest& request) const {
    return electron_problem(options_, request);
}

LabelJob Driver::prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                         double soft_seconds) const {
    Options options = with_changes(options_, attempt.changes);
    LabelJob job;
    job.scratch = take_up(options, attempt, directory);
    job.scratch.push_back(directory / save_folder);
    write_file_atomically(directory / input_file, make_input(options, request, soft_seconds));
    job.argv = options.command;
    job.argv.insert(job.argv.end(), {"-in", input_file});
    job.directory = directory;
    job.stdout_file = directory / stdout_file;
    job.stderr_file = directory / stderr_file;
    job.environment = program_environment(options.environment);
    return job;
}

LabelOutcome Driver::collect(const LabelRequest& request, const ProcessExit& exit,
                             const fs::path& directory) const {
    if (const auto verdict = supervisors_verdict(exit)) {
        return exit.how == How::timed_out && stopped_in_good_order(directory)
                   ? LabelFailure{FailureKind::walltime, "stopped in good order; " + verdict->evidence}
                   : *verdict;
    }
    if (exit.how == How::signaled && exit.code == SIGXFSZ) {
        return LabelFailure{FailureKind::disk, "pw.x may not write files of this size (ulimit -f)"};
    }
    if (const auto failure = end_failure("pw.x", exit)) {
        return *failure;
    }
    if (const auto failure = find_failure(directory)) {
        return *failure;
    }
    LabelOutcome outcome = parse_xml(directory / xml_file, request);
    if (std::holds_alternative<LabelFailure>(outcome)) {
        return outcome;
    }
    if (exit.code != 0) {
        return exit_code_failure("pw.x", exit);
    }
    // It proves no convergence, but a text that ends before it may have lost the words that deny one.
    if (!last_line_with(lines_of(directory / stdout_file), "JOB DONE.")) {
        return LabelFailure{FailureKind::partial_output, "pw.x did not say JOB DONE."};
    }
    return outcome;
}

std::optional<Json> Driver::remedy(const LabelAttempt& attempt, const LabelFailure& failure) const {
    return next_changes(options_, attempt, failure);
}

std::optional<Json> Driver::spoiled() const {
    return Json{{"electrons", {{"electron_maxstep", 1}}}};
}

std::vector<ScanAxis> Driver::scan_axes(const Structure& example) const {
    const Json own = configuration();
    NumberScan cutoff{"ecutwfc", "Ry", "/input/system/ecutwfc", {0.8, 1.0, 1.25, 1.5}};
    cutoff.followers = {"/input/system/ecutrho"};
    std::vector<ScanAxis> axes{
        mesh_axis(own, example, 1), number_axis(own, cutoff),
        number_axis(own, {"conv_thr", "Ry", "/input/electrons/conv_thr", {1e3, 1e2, 1.0, 1e-2}, false})};
    if (options_.namelists.at("system").contains("degauss")) {
        axes.push_back(number_axis(own, {"degauss", "Ry", "/input/system/degauss", {2.0, 1.0, 0.5}, false}));
    }
    return axes;
}

bool Driver::request_stop(const fs::path& directory) const {
    std::error_code missing;
    if (!fs::is_directory(directory / out_folder, missing)) {
        return false;
    }
    return static_cast<bool>(std::ofstream(directory / stop_file));
}

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(options_from_json(config, base));
}

}  // namespace fibonaqi::quantum_espresso
