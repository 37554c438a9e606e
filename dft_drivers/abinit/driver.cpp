#include "dft_drivers/abinit/driver.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/abinit/input_writer.hpp"
#include "dft_drivers/abinit/options.hpp"
#include "dft_drivers/abinit/output_parser.hpp"
#include "dft_drivers/abinit/pseudopotential.hpp"
#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/plane_wave_config.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/common/scan_axes.hpp"

namespace fibonaqi::abinit {
namespace {

namespace fs = std::filesystem;

// Steps of the ladder for a field that does not converge: smaller steps of the mixing, a longer memory.
const std::vector<Json>& ladder() {
    static const std::vector<Json> steps{{{"nstep", 150}, {"diemix", 0.4}, {"npulayit", 10}},
                                         {{"nstep", 300}, {"diemix", 0.15}, {"npulayit", 20}}};
    return steps;
}

// "h:mm:ss", the form that is not read as minutes.
std::string clock_text(double seconds) {
    const long whole = std::max(1L, static_cast<long>(seconds));
    char text[48];
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    return text;
}

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options) : options_(std::move(options)) {}

    std::string name() const override { return "ABINIT"; }

    DriverCapabilities capabilities() const override {
        return {.stress = true, .charge = true, .multiplicity = true};
    }

    Json configuration() const override { return to_json(options_); }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems;
        const auto add = [&](const std::string& problem) {
            if (!problem.empty()) {
                problems.push_back(problem);
            }
        };
        add(program_problem(options_.command, "install it (Debian: abinit) or give its full path"));
        for (const int element : atomic_numbers) {
            const fs::path file = file_of(element);
            add(file.empty() ? "no pseudopotential for " + symbol(element) +
                                   " (driver.pseudopotentials does not name one) add it"
                             : pseudopotential_problem(file, symbol(element)));
        }
        return problems;
    }

    std::string fingerprint() const override {
        Json physics = to_json(options_);
        for (const char* key : {"command", "environment", "pseudo_dir", "input", "pseudopotentials"}) {
            physics.erase(key);
        }
        for (const auto& [variable, value] : options_.input.items()) {
            if (!is_numerical_detail(variable)) {
                physics["input"][variable] = value;
            }
        }
        if (options_.occopt == 1) {
            physics.erase("smearing_width_Ha");
        }
        physics["pseudopotentials"] = pseudopotential_hashes(options_.pseudo_dir, options_.pseudopotentials);
        return physics.dump();
    }

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override;

    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                     double soft_seconds) const override {
        write_file_atomically(directory / input_file,
                              make_input(options_, request, attempt.changes, electrons_of(request)));
        LabelJob job;
        job.argv = options_.command;
        job.argv.emplace_back(input_file);
        if (soft_seconds > 0.0) {
            job.argv.insert(job.argv.end(), {"--timelimit", clock_text(soft_seconds)});
        }
        job.directory = directory;
        job.stdout_file = directory / log_file;
        job.stderr_file = directory / error_file;
        job.environment = program_environment(options_.environment);
        job.scratch = {directory / "fbo_DDB", directory / "fbo_OUT.nc"};
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        if (const auto failure = end_failure("ABINIT", exit)) {
            return *failure;
        }
        if (const auto failure = find_failure(directory)) {
            return *failure;
        }
        return held_to_exit_code("ABINIT", exit,
                                 parse_output(directory / output_file, request, options_.tolvrs));
    }

    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override {
        if (failure.kind != FailureKind::scf_not_converged) {
            return std::nullopt;
        }
        std::size_t next = 0;
        for (std::size_t step = 0; step < ladder().size(); ++step) {
            next = attempt.changes == ladder()[step] ? step + 1 : next;
        }
        return next < ladder().size() ? std::optional(ladder()[next]) : std::nullopt;
    }

    std::optional<Json> spoiled() const override { return Json{{"nstep", 1}}; }

    std::vector<ScanAxis> scan_axes(const Structure& example) const override {
        const Json own = configuration();
        std::vector<ScanAxis> axes{
            mesh_axis(own, example, 0.5),
            number_axis(own, {"ecut_Ha", "Ha", "/ecut_Ha", {0.8, 1.0, 1.25, 1.5}, true}),
            number_axis(own, {"tolvrs", "", "/tolvrs", {1e6, 1e3, 1.0, 1e-2}, false})};
        if (options_.occopt != 1) {
            axes.push_back(
                number_axis(own, {"smearing_width_Ha", "Ha", "/smearing_width_Ha", {2.0, 1.0, 0.5}, false}));
        }
        return axes;
    }

    bool request_stop(const fs::path& directory) const override {
        write_file_atomically(directory / exit_file, "exit\n");
        return true;
    }

  private:
    // Empty: none is named.
    fs::path file_of(int element) const {
        const auto file = options_.pseudopotentials.find(symbol(element));
        return file == options_.pseudopotentials.end() ? fs::path() : options_.pseudo_dir / file->second;
    }

    // Throws DriverError for an element whose file is not there or says nothing.
    double electrons_of(const LabelRequest& request) const {
        double electrons = -request.charge;
        std::map<int, double> valences;
        for (const int element : request.structure.atomic_numbers) {
            if (!valences.contains(element)) {
                try {
                    valences[element] = read_pseudo_header(file_of(element)).valence;
                } catch (const Error& error) {
                    throw DriverError("pseudopotential of " + symbol(element) + ": " + error.what());
                }
            }
            electrons += valences[element];
        }
        return electrons;
    }

    Options options_;
};

std::optional<LabelFailure> Driver::problem_with(const LabelRequest& request) const {
    for (const int element : request.structure.atomic_numbers) {
        const fs::path file = file_of(element);
        const std::string problem = file.empty() ? "no pseudopotential for " + symbol(element)
                                                 : pseudopotential_problem(file, symbol(element));
        if (!problem.empty()) {
            return LabelFailure{FailureKind::missing_file, problem};
        }
    }
    const double electrons = electrons_of(request);
    const bool is_odd = std::lround(electrons) % 2 != 0;
    if (!(electrons > 0.0)) {
        return LabelFailure{FailureKind::charge, "no electrons are left at this charge"};
    }
    if (is_odd && !request.multiplicity && options_.occopt == 1 && !options_.is_spin_polarised) {
        return LabelFailure{FailureKind::charge, std::to_string(std::lround(electrons)) +
                                                     " electrons cannot be paired without smearing"};
    }
    if (request.multiplicity && options_.occopt == 1 && (*request.multiplicity % 2 == 0) != is_odd) {
        return LabelFailure{FailureKind::charge, "multiplicity " + std::to_string(*request.multiplicity) +
                                                     " does not fit " +
                                                     std::to_string(std::lround(electrons)) + " electrons"};
    }
    return std::nullopt;
}

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(options_from_json(config, base));
}

}  // namespace fibonaqi::abinit
