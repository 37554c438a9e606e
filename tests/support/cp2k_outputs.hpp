// Kept outputs of CP2K (tests/data/cp2k), attempt directories made of them, and the structure they are of.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/cp2k/driver.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// One file of a kept run; "" where the run left none.
inline std::string cp2k_text(const std::string& run, const std::string& file) {
    const std::filesystem::path path =
        std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/cp2k" / run / file;
    return std::filesystem::exists(path) ? read_file(path) : "";
}

/// Two hydrogen atoms in a skew cell [angstrom]: dft_drivers/cp2k/example.xyz.
inline LabelRequest two_hydrogen_atoms() {
    LabelRequest request;
    request.structure.atomic_numbers = {1, 1};
    request.structure.positions = {{0.3, 0.4, 0.5}, {1.0, 0.75, 0.82}};
    request.structure.cell = {{{5.2, 0.2, 0.0}, {0.0, 5.0, 0.3}, {0.1, 0.0, 5.1}}};
    request.structure.pbc = {true, true, true};
    request.want_stress = true;
    return request;
}

/// Small data files in CP2K's format, so that tests need no installed ones: names are real, numbers are not.
inline void write_cp2k_data(const std::filesystem::path& folder) {
    std::ofstream(folder / "BASIS") << "# comment\n H  SZV SZV-q1\n 1\n 1 0 0 1 1\n 0.5 1.0\n"
                                       " O  SZV SZV-q6\n 1\n 1 0 0 1 1\n 0.7 1.0\n";
    std::ofstream(folder / "POTENTIAL")
        << "#\nH GTH-q1 GTH\n  1\n 0.2 1 -4.0\n#\nO GTH-q6 GTH\n  2 4\n 0.2 1 -16.0\n";
}

/// A configuration for these data files.
inline Json cp2k_config(const std::filesystem::path& data_folder) {
    const Json names{{"basis", "SZV"}, {"potential", "GTH"}};
    return {
        {"type", "cp2k"},           {"command", {"/bin/sh"}},        {"data_dir", data_folder.string()},
        {"basis_files", {"BASIS"}}, {"potential_file", "POTENTIAL"}, {"kinds", {{"H", names}, {"O", names}}},
        {"cutoff_Ry", 400}};
}

/// What the driver makes of these files.
struct Cp2kRun {
    std::string out, forces, stress, err = {};
    int exit_code = 0;

    LabelOutcome collected(const LabelRequest& request = two_hydrogen_atoms()) const {
        const TemporaryFolder folder;
        // Not by write_file_atomically: hundreds of times, waiting for the disk takes long.
        std::ofstream(folder / "fb.out") << out;
        std::ofstream(folder / "fb.err") << err;
        if (!forces.empty()) {
            std::ofstream(folder / "fb-forces-1_0.xyz") << forces;
        }
        if (!stress.empty()) {
            std::ofstream(folder / "fb-stress-1_0.stress_tensor") << stress;
        }
        ProcessExit exit;
        exit.code = exit_code;
        return cp2k::make_driver(cp2k_config("/nowhere"), "/")->collect(request, exit, folder.path());
    }
    /// "accepted", or the kind of failure with its evidence.
    std::string verdict(const LabelRequest& request = two_hydrogen_atoms()) const {
        const LabelOutcome outcome = collected(request);
        const auto* failure = std::get_if<LabelFailure>(&outcome);
        return failure == nullptr ? "accepted" : to_string(failure->kind) + ": " + failure->evidence;
    }
};

inline Cp2kRun kept_cp2k_run(const std::string& run, int exit_code = 0) {
    return {cp2k_text(run, "fb.out"), cp2k_text(run, "fb-forces-1_0.xyz"),
            cp2k_text(run, "fb-stress-1_0.stress_tensor"), "", exit_code};
}

}  // namespace fibonaqi::test
