#include "fibonaqi/base/user_folder.hpp"

#include <cstdlib>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {

std::filesystem::path user_folder(const char* variable, const char* beside_home, const std::string& content) {
    const char* folder = std::getenv(variable);
    const char* home = std::getenv("HOME");
    if (folder != nullptr && folder[0] == '/') {
        return folder;
    }
    if (home == nullptr || home[0] == '\0') {
        throw FileError("no folder for " + content + " (neither HOME nor " + variable + " is set) set one");
    }
    return std::filesystem::path(home) / beside_home;
}

}  // namespace fibonaqi
