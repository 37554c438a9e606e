#include "dft_drivers/xtb/driver.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/common/scan_axes.hpp"
#include "dft_drivers/xtb/output_parser.hpp"

namespace fibonaqi::xtb {
namespace {

namespace fs = std::filesystem;

// GFN1-xTB and GFN2-xTB end with radon; for an element beyond it xtb 6.5.1 crashes.
constexpr int last_element = 86;

// How many times the configured iterations the one remedy takes.
constexpr int more_iterations = 4;

constexpr double lowest_accuracy = 1.0e-4;
constexpr double highest_accuracy = 1000.0;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({"xtb"});
        const std::vector<ConfigKey> own{
            text("method", "gfn2", "which tight-binding Hamiltonian").one_of({"gfn1", "gfn2"}),
            number("accuracy", 0.1,
                   "scales all thresholds of the program, those of convergence and of integrals; its own "
                   "default is 1")
                .between(lowest_accuracy, highest_accuracy),
            integer("multiplicity", 1, "2 S + 1 of structures that come without one").at_least(1),
            integer("iterations", 250, "of the self-consistent charges, at most").between(1, 100000),
        };
        keys.insert(keys.end(), own.begin(), own.end());
        return ConfigSchema("xtb", keys);
    }();
    return table;
}

std::string shortest(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// Electrons that xtb counts, up to full shells. It has the f shell of lanthanides in the core, whatever its
// filling, and gives all of them three valence electrons.
long electrons_of(const LabelRequest& request) {
    long electrons = -std::lround(request.charge);
    for (const int number : request.structure.atomic_numbers) {
        electrons += number >= 57 && number <= 71 ? 3 : number;
    }
    return electrons;
}

std::string xyz_text(const Structure& structure) {
    std::string text = std::to_string(structure.size()) + "\n\n";
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        text += symbol(structure.atomic_numbers[atom]);
        for (const double x : structure.positions[atom]) {
            char number[64];
            text += " ";
            text.append(number,
                        std::to_chars(number, number + sizeof number, x, std::chars_format::fixed, 14).ptr);
        }
        text += "\n";
    }
    return text;
}

bool is_too_far(const Vec3& position) {
    return std::any_of(position.begin(), position.end(),
                       [](double x) { return !(std::abs(x) <= farthest_A); });
}

class Driver : public LabelDriver {
  public:
    Driver(Json values, const fs::path& base)
        : values_(std::move(values)), command_(command_of(values_, base)) {
        values_["command"] = command_;
        environment_ = environment_of(values_);
        if (environment_.contains("XTBPATH")) {
            throw ConfigError(
                "driver.environment.XTBPATH: is set by the driver (files in that folder change the method "
                "without a trace) leave it out");
        }
    }

    std::string name() const override { return "xtb"; }

    DriverCapabilities capabilities() const override {
        return {.stress = false,
                .fully_periodic = false,
                .partly_periodic = false,
                .isolated = true,
                .charge = true,
                .multiplicity = true};
    }

    Json configuration() const override { return values_; }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems;
        const std::string problem =
            program_problem(command_, "install it (Debian: xtb) or give its full path");
        if (!problem.empty()) {
            problems.push_back(problem);
        }
        for (const int number : atomic_numbers) {
            if (number > last_element) {
                problems.push_back("no parameters for " + symbol(number) +
                                   " (driver.method: both end with Rn) take another code");
            }
        }
        return problems;
    }

    std::string fingerprint() const override {
        const Json physics{{"code", "xtb"},
                           {"method", text("method")},
                           {"accuracy", values_.at("accuracy").get<double>()},
                           {"multiplicity", values_.at("multiplicity").get<int>()}};
        return physics.dump();
    }

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override {
        if (request.charge != std::round(request.charge)) {
            return LabelFailure{FailureKind::charge,
                                "charge " + shortest(request.charge) + " is no whole number"};
        }
        for (const int number : request.structure.atomic_numbers) {
            if (number > last_element) {
                return LabelFailure{FailureKind::bad_config, "xtb has no parameters for " + symbol(number)};
            }
        }
        const auto& positions = request.structure.positions;
        if (std::any_of(positions.begin(), positions.end(), is_too_far)) {
            return LabelFailure{FailureKind::bad_geometry,
                                "an atom is more than " + shortest(farthest_A) +
                                    " A away from the origin (xtb cannot list it) move the molecule there"};
        }
        // xtb itself would take another multiplicity without a word.
        const long electrons = electrons_of(request);
        if (electrons < 0 || (electrons - unpaired(request)) % 2 != 0) {
            return LabelFailure{FailureKind::charge,
                                "multiplicity " + std::to_string(unpaired(request) + 1) + " with " +
                                    std::to_string(electrons) +
                                    " electrons (driver.multiplicity, or that of the structure)"};
        }
        return std::nullopt;
    }

    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                     double) const override {
        if (request.structure.is_periodic()) {
            throw DriverError("xtb needs a molecule (this structure is periodic) take another code");
        }
        write_file_atomically(directory / "s.xyz", xyz_text(request.structure));
        LabelJob job;
        job.argv = command_;
        const std::vector<std::string> words{"s.xyz",
                                             "--gfn",
                                             text("method").substr(3),
                                             "--grad",
                                             "--norestart",
                                             "--chrg",
                                             std::to_string(std::lround(request.charge)),
                                             "--uhf",
                                             std::to_string(unpaired(request)),
                                             "--acc",
                                             shortest(values_.at("accuracy").get<double>()),
                                             "--iterations",
                                             std::to_string(iterations_of(attempt))};
        job.argv.insert(job.argv.end(), words.begin(), words.end());
        job.directory = directory;
        job.stdout_file = directory / stdout_file;
        job.stderr_file = directory / stderr_file;
        job.environment = program_environment(environment_);
        job.environment.insert({"OMP_STACKSIZE", "1G"});  // larger molecules crash without
        // A file .xtbrc or param_gfn2-xtb.txt in the user's home would change the physics without a trace.
        job.environment.insert({"XTBPATH", directory.string()});
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        if (const auto failure = end_failure("xtb", exit)) {
            return *failure;
        }
        if (const auto failure = find_failure(directory)) {
            return *failure;
        }
        try {
            const std::string hamiltonian = text("method") == "gfn1" ? "GFN1-xTB" : "GFN2-xTB";
            AcceptedLabel label = read_label(request, {hamiltonian, unpaired(request)}, directory);
            if (exit.code != 0) {
                return exit_code_failure("xtb", exit);
            }
            return label;
        } catch (const Refusal& refusal) {
            return refusal.failure;
        }
    }

    // More iterations, once. A higher electronic temperature helps too, but gives another energy.
    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override {
        const int most = more_iterations * values_.at("iterations").get<int>();
        if (failure.kind != FailureKind::scf_not_converged || iterations_of(attempt) >= most) {
            return std::nullopt;
        }
        return Json{{"iterations", most}};
    }

    std::optional<Json> spoiled() const override { return Json{{"iterations", 1}}; }

    std::vector<ScanAxis> scan_axes(const Structure&) const override {
        return {number_axis(values_, {"accuracy",
                                      "",
                                      "/accuracy",
                                      {100.0, 10.0, 1.0, 0.1},
                                      false,
                                      lowest_accuracy,
                                      highest_accuracy})};
    }

  private:
    int unpaired(const LabelRequest& request) const {
        return request.multiplicity.value_or(values_.at("multiplicity").get<int>()) - 1;
    }
    int iterations_of(const LabelAttempt& attempt) const {
        return attempt.changes.value("iterations", values_.at("iterations").get<int>());
    }
    std::string text(const char* key) const { return values_.at(key).get<std::string>(); }

    Json values_;
    std::vector<std::string> command_;
    std::map<std::string, std::string> environment_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(read_driver_config(schema(), config), base);
}

}  // namespace fibonaqi::xtb
