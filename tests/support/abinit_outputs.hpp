// Kept outputs of ABINIT (tests/data/abinit), and a driver that needs nothing that is installed.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/abinit/driver.hpp"

namespace fibonaqi::test {

inline std::filesystem::path abinit_folder() {
    return std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/abinit";
}

inline std::string abinit_text(const std::string& file) {
    return read_file(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/abinit" / file);
}

/// What the kept outputs answer.
inline LabelRequest abinit_request() {
    LabelRequest request;
    request.structure = read_extxyz(abinit_folder() / "example.xyz").frames.at(0).structure;
    request.want_stress = true;
    return request;
}

inline Json abinit_config() {
    return read_json(abinit_folder() / "example.json");
}

/// The first lines of a psp8 file: all that a driver looks at.
inline std::string psp8_header(double charge, double valence) {
    return "made up\n " + std::to_string(charge) + " " + std::to_string(valence) +
           " 220101 zatom,zion,pspd\n 8 11 2 4 600 0 pspcod\n";
}

/// A driver with the example's settings (and these over them), whose pseudopotentials lie in `folder`.
inline std::unique_ptr<LabelDriver> abinit_driver(const std::filesystem::path& folder,
                                                  const Json& settings = Json::object()) {
    std::ofstream(folder / "Si.psp8") << psp8_header(14, 4);
    std::ofstream(folder / "P.psp8") << psp8_header(15, 5);
    Json config = abinit_config();
    config["pseudo_dir"] = folder.string();
    config["pseudopotentials"]["P"] = "P.psp8";
    config.merge_patch(settings);
    return abinit::make_driver(config, "/");
}

}  // namespace fibonaqi::test
