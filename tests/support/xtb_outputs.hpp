// Kept outputs of xtb (tests/data/xtb), attempt directories made of them, and the molecule that they are of.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/xtb/driver.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// One file of a kept run; "" where the run left none.
inline std::string xtb_text(const std::string& run, const std::string& file) {
    const std::filesystem::path path =
        std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/xtb" / run / file;
    return std::filesystem::exists(path) ? read_file(path) : "";
}

/// The water of the kept runs [angstrom].
inline LabelRequest xtb_water() {
    LabelRequest request;
    request.structure.atomic_numbers = {8, 1, 1};
    request.structure.positions = {{0.02, -0.01, 0.03}, {0.79, 0.60, -0.02}, {-0.74, 0.55, 0.05}};
    return request;
}

inline std::unique_ptr<LabelDriver> xtb_driver(Json config = Json::object()) {
    config["type"] = "xtb";
    return xtb::make_driver(config, "/");
}

/// What the driver makes of these files.
struct XtbRun {
    std::string out, err, engrad;
    int exit_code = 0;

    LabelOutcome collected(const LabelRequest& request = xtb_water(),
                           const Json& config = Json::object()) const {
        const TemporaryFolder folder;
        // Not by write_file_atomically: thousands of times, waiting for the disk takes a minute.
        std::ofstream(folder / "xtb.out") << out;
        std::ofstream(folder / "xtb.err") << err;
        if (!engrad.empty()) {
            std::ofstream(folder / "s.engrad") << engrad;
        }
        ProcessExit exit;
        exit.code = exit_code;
        return xtb_driver(config)->collect(request, exit, folder.path());
    }
    /// "accepted", or the kind of failure with its evidence.
    std::string verdict(const LabelRequest& request = xtb_water(),
                        const Json& config = Json::object()) const {
        const LabelOutcome outcome = collected(request, config);
        const auto* failure = std::get_if<LabelFailure>(&outcome);
        return failure == nullptr ? "accepted" : to_string(failure->kind) + ": " + failure->evidence;
    }
};

inline XtbRun kept_xtb_run(const std::string& run, int exit_code) {
    return {xtb_text(run, "xtb.out"), xtb_text(run, "xtb.err"), xtb_text(run, "s.engrad"), exit_code};
}

}  // namespace fibonaqi::test
