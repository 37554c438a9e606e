#include "dft_drivers/nwchem/driver.hpp"

#include <algorithm>
#include <array>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/electrons.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/common/scan_axes.hpp"
#include "dft_drivers/nwchem/basis_library.hpp"
#include "dft_drivers/nwchem/input_writer.hpp"
#include "dft_drivers/nwchem/options.hpp"
#include "dft_drivers/nwchem/output_parser.hpp"

namespace fibonaqi::nwchem {
namespace {

namespace fs = std::filesystem;

constexpr int least_more_iterations = 200;

// Keys whose values decide the numbers as they stand.
constexpr std::array<const char*, 8> physics_keys{
    "functions",    "xc", "grid", "convergence_energy", "convergence_density", "convergence_gradient",
    "multiplicity", "dft"};

// Of a run, beside input and output: integrals, grids, the data base, the inverse of the overlap.
constexpr std::array<const char*, 4> scratch_files{"fb.db", "fb.aoints.0", "fb.gridpts.0", "fb.movecs"};

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options) : options_(std::move(options)) {}

    std::string name() const override { return "NWChem"; }

    DriverCapabilities capabilities() const override {
        return {.stress = false,
                .fully_periodic = false,
                .partly_periodic = false,
                .isolated = true,
                .charge = true,
                .multiplicity = true};
    }

    Json configuration() const override { return options_.values; }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems{
            program_problem(options_.command, "install it (Debian: nwchem) or give its full path")};
        for (const int element : atomic_numbers) {
            problems.push_back(basis_problem(element));
        }
        std::erase(problems, "");
        return problems;
    }

    std::string fingerprint() const override {
        Json physics{{"code", "nwchem"}};
        for (const char* key : physics_keys) {
            physics[key] = options_.values.at(key);
        }
        for (const auto& [element, set] : options_.basis) {
            try {
                physics["basis"][element] = sha256_hex(basis_entry(options_.basis_library, set, element));
            } catch (const FileError& error) {
                throw DriverError("basis set of " + element + ": " + error.what());
            }
        }
        // Its objects are sorted: the order in which a user writes keys decides nothing.
        return nlohmann::json(physics).dump();
    }

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override {
        int electrons = 0;
        for (const int element : request.structure.atomic_numbers) {
            const std::string problem = basis_problem(element);
            if (!problem.empty()) {
                return LabelFailure{FailureKind::missing_file, problem};
            }
            electrons += element;
        }
        return electron_problem(request, electrons, multiplicity_of(options_, request));
    }

    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                     double) const override {
        Json changes = attempt.changes;
        changes["restart"] = take_up(attempt, directory);
        write_file_atomically(directory / input_file, make_input(options_, request, changes));
        LabelJob job;
        job.argv = options_.command;
        job.argv.emplace_back(input_file);
        job.directory = directory;
        job.stdout_file = directory / output_file;
        job.stderr_file = directory / stderr_file;
        job.environment = program_environment(options_.environment);
        for (const char* file : scratch_files) {
            job.scratch.push_back(directory / file);
        }
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        if (const auto failure = end_failure("NWChem", exit)) {
            return *failure;
        }
        if (const auto failure = find_failure(directory)) {
            return *failure;
        }
        return held_to_exit_code("NWChem", exit,
                                 read_label(request, multiplicity_of(options_, request), directory));
    }

    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override {
        if (failure.kind != FailureKind::scf_not_converged || attempt.changes.contains("cgmin")) {
            return std::nullopt;
        }
        Json changes{{"iterations", std::max(2 * options_.integer("iterations"), least_more_iterations)}};
        changes[attempt.changes.contains("restart") ? "cgmin" : "restart"] = true;
        return changes;
    }

    std::optional<Json> spoiled() const override { return Json{{"iterations", 1}}; }

    // Not the basis set: another one is another method, with energies of its own, and which of two is the
    // better one no name says.
    std::vector<ScanAxis> scan_axes(const Structure&) const override {
        const Json own = configuration();
        NumberScan thresholds{
            "convergence_density", "", "/convergence_density", {1e3, 1e2, 1.0, 1e-1}, false};
        thresholds.followers = {"/convergence_energy", "/convergence_gradient"};
        return {word_axis(own, {"grid", "/grid", grids()}), number_axis(own, thresholds)};
    }

  private:
    // Empty: the element has one.
    std::string basis_problem(int element) const {
        const auto set = options_.basis.find(symbol(element));
        if (set == options_.basis.end()) {
            return "no basis set for " + symbol(element) + " (driver.basis does not name one) add it";
        }
        try {
            (void)basis_entry(options_.basis_library, set->second, symbol(element));
            return "";
        } catch (const Error& error) {
            return error.what();
        }
    }

    // The orbitals of the attempt before, where the changes want them and there are some.
    static bool take_up(const LabelAttempt& attempt, const fs::path& directory) {
        const fs::path orbitals = attempt.earlier / orbital_file;
        if (!attempt.changes.value("restart", false) || !fs::is_regular_file(orbitals)) {
            return false;
        }
        std::error_code problem;
        fs::copy_file(orbitals, directory / start_file, problem);
        if (problem) {
            throw FileError("copying '" + orbitals.string() + "': " + problem.message());
        }
        return true;
    }

    Options options_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(options_from_json(config, base));
}

}  // namespace fibonaqi::nwchem
