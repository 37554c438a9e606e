#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {

std::string sister_program(const std::string& name) {
    const std::filesystem::path beside = find_program((executable_directory() / name).string());
    const std::filesystem::path found = beside.empty() ? find_program(name) : beside;
    if (found.empty()) {
        throw Error("program '" + name + "' was not found (neither beside fibonaqi in '" +
                    executable_directory().string() + "' nor on PATH) build or install it");
    }
    return found.string();
}

}  // namespace fibonaqi::cli
