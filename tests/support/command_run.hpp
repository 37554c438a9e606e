// Runs a program of this project in a folder of its own and keeps what it said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/subprocess.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

struct CommandResult {
    int code = 0;
    std::string out, err;
};

/// Runs build/bin/<program> with these arguments in `folder`, `environment` set on top of ours.
inline CommandResult run_command(const TemporaryFolder& folder, const std::string& program,
                                 const std::vector<std::string>& arguments,
                                 const std::map<std::string, std::string>& environment = {}) {
    ProcessSpec spec;
    spec.argv = {std::string(FIBONAQI_BIN_DIR) + "/" + program};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = environment;
    spec.directory = folder.path();
    spec.stdout_file = folder / "command.out";
    spec.stderr_file = folder / "command.err";
    const ProcessEnd end = Subprocess(spec).wait();
    return {end.code, read_file(spec.stdout_file), read_file(spec.stderr_file)};
}

}  // namespace fibonaqi::test
