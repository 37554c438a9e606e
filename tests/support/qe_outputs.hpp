// Kept outputs of pw.x (tests/data/qe), and attempt directories made of them.
#pragma once

#include <filesystem>
#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::test {

inline std::filesystem::path qe_data() {
    return std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/qe";
}

inline std::string qe_text(const std::string& file) {
    return read_file(qe_data() / file);
}

/// The run settings of the kept outputs.
inline Json qe_config() {
    return Json::parse(R"({
        "type": "qe", "command": ["pw.x"], "pseudo_dir": "/usr/share/espresso/pseudo",
        "pseudopotentials": {"Si": "Si.pbe-rrkj.UPF"}, "kpoints": [2, 2, 2],
        "input": {"system": {"ecutwfc": 24}, "electrons": {"conv_thr": 1e-9}}})");
}

/// A process that ended with this exit code.
inline ProcessExit exited(int code) {
    ProcessExit exit;
    exit.code = code;
    return exit;
}

/// Writes stdout and (unless empty) the XML file of a run into `directory`.
inline void put_outputs(const std::filesystem::path& directory, const std::string& out,
                        const std::string& xml) {
    make_directories(directory / "out");
    write_file_atomically(directory / "pw.out", out);
    if (!xml.empty()) {
        write_file_atomically(directory / "out/fb.xml", xml);
    }
}

/// `text` with the first `from` replaced by `to`; the text itself when there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace fibonaqi::test
