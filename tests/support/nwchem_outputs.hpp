// Kept outputs of NWChem (tests/data/nwchem), attempt directories made of them, and a small basis library.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/nwchem/driver.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// The water of the kept runs [angstrom]: dft_drivers/nwchem/example.xyz.
inline LabelRequest nwchem_water() {
    LabelRequest request;
    request.structure.atomic_numbers = {8, 1, 1};
    request.structure.positions = {{0.02, -0.01, 0.03}, {0.79, 0.60, -0.02}, {-0.74, 0.55, 0.05}};
    return request;
}

/// Basis sets in NWChem's format, so that tests need no installed ones: names are real, numbers are not.
inline void write_nwchem_library(const std::filesystem::path& folder) {
    std::ofstream(folder / "6-31gs")
        << "# comment\nbasis \"H_6-31G*\" SPHERICAL\nH    S\n  0.5   1.0\nend\n"
           "basis \"O_6-31G*\" SPHERICAL\nO    S\n  0.7   1.0  # a number\nend\n";
    std::ofstream(folder / "def2-svp") << "basis \"I_def2-SVP\" SPHERICAL\nI S\n 0.3 1.0\nend\n"
                                          "basis \"O_def2-SVP\" SPHERICAL\nO S\n 0.4 1.0\nend\n"
                                          "ASSOCIATED_ECP \"def2-ecp\"\n";
    std::ofstream(folder / "def2-ecp") << "ecp \"I_def2-ecp\"\nI nelec 28\nI ul\n2 1.0 0.0\nend\n";
}

inline Json nwchem_config(const std::filesystem::path& library) {
    return {{"type", "nwchem"},
            {"command", {"/bin/sh"}},
            {"basis_library", library.string()},
            {"basis", {{"H", "6-31G*"}, {"O", "6-31G*"}}},
            {"xc", "xpbe96 cpbe96"}};
}

/// What the driver makes of an output.
struct NwchemRun {
    std::string out, err = {};
    int exit_code = 0;

    LabelOutcome collected(const LabelRequest& request = nwchem_water()) const {
        const TemporaryFolder folder;
        // Not by write_file_atomically: hundreds of times, waiting for the disk takes long.
        std::ofstream(folder / "fb.out") << out;
        std::ofstream(folder / "fb.err") << err;
        ProcessExit exit;
        exit.code = exit_code;
        return nwchem::make_driver(nwchem_config("/nowhere"), "/")->collect(request, exit, folder.path());
    }
    /// "accepted", or the kind of failure with its evidence.
    std::string verdict(const LabelRequest& request = nwchem_water()) const {
        const LabelOutcome outcome = collected(request);
        const auto* failure = std::get_if<LabelFailure>(&outcome);
        return failure == nullptr ? "accepted" : to_string(failure->kind) + ": " + failure->evidence;
    }
};

inline NwchemRun kept_nwchem_run(const std::string& run, int exit_code = 0) {
    return {read_file(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/nwchem" / run / "fb.out"), "",
            exit_code};
}

}  // namespace fibonaqi::test
