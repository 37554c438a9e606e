#include "fibonaqi/base/sister_programs.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {

std::string sister_program(const std::string& name) {
    const std::filesystem::path beside = find_program((executable_directory() / name).string());
    const std::filesystem::path found = beside.empty() ? find_program(name) : beside;
    if (found.empty()) {
        throw Error("program '" + name + "' was not found (neither beside fibonaqi in '" +
                    executable_directory().string() + "' nor on PATH) build or install it");
    }
    return found.string();
}

std::vector<std::string> missing_sister_programs() {
    std::vector<std::string> missing;
    for (const char* name : {"fibonaqi-md", "fibonaqi-worker", "fibonaqi-label"}) {
        try {
            (void)sister_program(name);
        } catch (const Error& error) {
            missing.emplace_back(error.what());
        }
    }
    return missing;
}

}  // namespace fibonaqi
