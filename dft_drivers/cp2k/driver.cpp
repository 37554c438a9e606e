#include "dft_drivers/cp2k/driver.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/electrons.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/common/scan_axes.hpp"
#include "dft_drivers/cp2k/data_files.hpp"
#include "dft_drivers/cp2k/input_writer.hpp"
#include "dft_drivers/cp2k/output_parser.hpp"
#include "dft_drivers/cp2k/remedies.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;

// Keys whose values decide the numbers as they stand.
constexpr std::array<const char*, 12> physics_keys{
    "cutoff_Ry",    "rel_cutoff_Ry", "xc",    "eps_default", "eps_scf", "smearing_K",
    "multiplicity", "uks",           "box_A", "poisson",     "input",   "added_mos"};

constexpr const char* scheme_pointer = "/input/KPOINTS/SCHEME";
constexpr const char* scheme_word = "MONKHORST-PACK";

// The mesh of the k-points, where the configuration has one of this kind.
std::optional<std::array<int, 3>> monkhorst_pack(const Json& configuration) {
    const Json::json_pointer pointer(scheme_pointer);
    if (!configuration.contains(pointer) || !configuration.at(pointer).is_string()) {
        return std::nullopt;
    }
    const std::vector<std::string> words = words_of(configuration.at(pointer).get<std::string>());
    const auto numbers = numbers_in(words.size() == 4 ? words[1] + " " + words[2] + " " + words[3] : "");
    if (words.empty() || words[0] != scheme_word || !numbers || numbers->size() != 3) {
        return std::nullopt;
    }
    std::array<int, 3> mesh{};
    std::transform(numbers->begin(), numbers->end(), mesh.begin(),
                   [](double n) { return static_cast<int>(std::lround(n)); });
    return mesh;
}

void set_monkhorst_pack(Json& configuration, const std::array<int, 3>& mesh) {
    configuration[Json::json_pointer(scheme_pointer)] =
        std::string(scheme_word) + " " + std::to_string(mesh[0]) + " " + std::to_string(mesh[1]) + " " +
        std::to_string(mesh[2]);
}

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options) : options_(std::move(options)) {}

    std::string name() const override { return "CP2K"; }

    DriverCapabilities capabilities() const override {
        return {.stress = true,
                .fully_periodic = true,
                .partly_periodic = false,
                .isolated = options_.number("box_A") > 0.0,
                .charge = true,
                .multiplicity = true};
    }

    Json configuration() const override { return options_.values; }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems;
        const std::string problem =
            program_problem(options_.command, "install it (Debian: cp2k) or give its full path");
        if (!problem.empty()) {
            problems.push_back(problem);
        }
        for (const int element : atomic_numbers) {
            const std::vector<std::string> more = data_problems(options_, symbol(element));
            problems.insert(problems.end(), more.begin(), more.end());
        }
        return problems;
    }

    std::string fingerprint() const override {
        Json physics{{"code", "cp2k"}};
        for (const char* key : physics_keys) {
            physics[key] = options_.values.at(key);
        }
        for (const auto& [element, kind] : options_.kinds) {
            try {
                physics["kinds"][element] = {
                    {"basis", sha256_hex(data_entry(options_.basis_files, element, kind.basis))},
                    {"potential", sha256_hex(data_entry({options_.potential_file}, element, kind.potential))},
                    {"magnetization", kind.magnetization}};
            } catch (const FileError& error) {
                throw DriverError("data of " + element + ": " + error.what());
            }
        }
        // Its objects are sorted: the order in which a user writes keys decides nothing.
        return nlohmann::json(physics).dump();
    }

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override {
        int electrons = 0;
        try {
            for (const int element : request.structure.atomic_numbers) {
                electrons += valence_electrons(options_, symbol(element));
            }
        } catch (const Error& error) {
            return LabelFailure{FailureKind::missing_file, error.what()};
        }
        if (auto problem = electron_problem(request, electrons, multiplicity_of(options_, request))) {
            return problem;
        }
        try {
            (void)placed(options_, request.structure);
        } catch (const DriverError& error) {
            return LabelFailure{FailureKind::bad_geometry, error.what()};
        }
        return std::nullopt;
    }

    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                     double soft_seconds) const override {
        Json changes = attempt.changes;
        changes["restart"] = take_up(attempt, directory);
        write_file_atomically(directory / input_file, make_input(options_, request, changes, soft_seconds));
        LabelJob job;
        job.argv = options_.command;
        job.argv.insert(job.argv.end(), {"-i", input_file});
        job.directory = directory;
        job.stdout_file = directory / output_file;
        job.stderr_file = directory / stderr_file;
        job.environment = program_environment(options_.environment);
        for (const char* file : orbital_files) {
            job.scratch.push_back(directory / file);
        }
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        if (const auto failure = end_failure("CP2K", exit)) {
            return *failure;
        }
        if (const auto failure = find_failure(directory)) {
            return *failure;
        }
        return held_to_exit_code(
            "CP2K", exit, read_label(directory, placed(options_, request.structure), request.want_stress));
    }

    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override {
        return next_changes(options_, attempt, failure);
    }

    std::optional<Json> spoiled() const override { return Json{{"max_scf", 1}, {"outer_scf", 1}}; }

    // Not the basis set: another one is another method, with energies of its own.
    std::vector<ScanAxis> scan_axes(const Structure&) const override {
        const Json own = configuration();
        NumberScan cutoff{"cutoff_Ry", "Ry", "/cutoff_Ry", {0.8, 1.0, 1.25, 1.5}};
        cutoff.followers = {"/rel_cutoff_Ry"};
        std::vector<ScanAxis> axes{
            number_axis(own, cutoff),
            number_axis(own, {"eps_scf", "", "/eps_scf", {1e3, 1e2, 1.0, 1e-1}, false})};
        if (const auto mesh = monkhorst_pack(own)) {
            axes.push_back(plain_mesh_axis(own, *mesh, set_monkhorst_pack));
        }
        if (options_.is_smeared()) {
            axes.push_back(number_axis(own, {"smearing_K", "K", "/smearing_K", {2.0, 1.0, 0.5}, false}));
        }
        return axes;
    }

  private:
    Options options_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(options_from_json(config, base));
}

}  // namespace fibonaqi::cp2k
