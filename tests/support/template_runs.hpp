// Template drivers of the repository and of tests, and attempt directories made of kept outputs.
#pragma once

#include <filesystem>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/template/driver.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

inline std::filesystem::path template_folder() {
    return std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/template";
}

inline std::filesystem::path template_data(const std::string& folder) {
    return std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/template" / folder;
}

/// The message of the error that `work` throws; "" where it throws none of this class.
template <class Error, class Work>
std::string message_of(Work work) {
    try {
        work();
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

/// The driver of <code>.json of the repository.
inline std::unique_ptr<LabelDriver> shipped_driver(const std::string& code) {
    return text_template::make_driver(read_json(template_folder() / (code + ".json")), template_folder());
}

/// The structure of an extxyz file, energy and forces wanted.
inline LabelRequest request_of(const std::filesystem::path& file) {
    LabelRequest request;
    request.structure = read_extxyz(file).frames.at(0).structure;
    return request;
}

/// A silicon dioxide unit as in tests/data/template/vasp: Si, O, Si in this order; one position is given by
/// another image than the output has.
inline LabelRequest vasp_request() {
    LabelRequest request;
    request.structure.atomic_numbers = {14, 8, 14};
    request.structure.positions = {{0.1, 0.2, 0.3}, {3.9, 1.5, 5.1}, {2.5, 2.6, 2.7}};
    request.structure.cell = {{{5.0, 0.0, 0.0}, {0.5, 5.0, 0.0}, {0.0, 0.0, 5.0}}};
    request.structure.pbc = {true, true, true};
    request.want_stress = true;
    return request;
}

/// A small configuration that is right: one file, one energy, forces of one row per atom.
inline Json small_template(const TemporaryFolder& folder, const std::string& text = "{{natoms}}\n") {
    write_file_atomically(folder / "in.tpl", text);
    return Json::parse(R"json({
        "type": "template", "name": "small", "command": ["true", "in"], "files": {"in": {"from": "in.tpl"}},
        "success": {"stdout": {"contains": ["all is well"]}},
        "energy": {"file": "stdout", "regex": "E = (\\S+)", "unit": "eV"},
        "forces": {"file": "stdout", "after": "F:", "columns": [1, 2, 3], "unit": "eV/angstrom", "sign": 1}
    })json");
}

inline std::unique_ptr<LabelDriver> make_template(const TemporaryFolder& folder, const Json& config) {
    return text_template::make_driver(config, folder.path());
}

}  // namespace fibonaqi::test
