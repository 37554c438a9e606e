// A TorchScript potential small enough to lie in the repository (tests/data/torchscript, made by
// tests/reference/torchscript_potential.py), trusted in a configuration folder of the test's own.
#pragma once

#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/model/script_description.hpp"

#include "tests/support/config_home.hpp"

namespace fibonaqi::test {

inline const std::string script_folder = FIBONAQI_SOURCE_DIR "/tests/data/torchscript/";

/// The model of a program there, with the description of tiny.pt, which `last_layer` changes if it is given.
inline ModelFile script_model(const std::string& program, const std::string& last_layer = "readout.weight") {
    std::string description = read_file(script_folder + "tiny.json");
    description.replace(description.find("readout.weight"), std::string("readout.weight").size(), last_layer);
    return described_script(read_file(script_folder + program), script_folder + program, description,
                            "tiny.json");
}

/// The same of tiny.pt, trusted until the process ends. Knows O, Mg, Si; cutoff 4.5 angstrom.
inline ModelFile tiny_script() {
    static const ConfigHome home;
    trust_program(script_folder + "tiny.pt");
    return script_model("tiny.pt");
}

}  // namespace fibonaqi::test
