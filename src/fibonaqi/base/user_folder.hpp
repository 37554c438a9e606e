// Where the user's own files belong, by the XDG Base Directory Specification (0.8).
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi {

/// The folder that the environment variable `variable` names, or `beside_home` in the home folder (such as
/// XDG_CACHE_HOME and .cache). A relative value is invalid by the specification, and is ignored. Throws
/// FileError "no folder for CONTENT ..." when neither the variable nor HOME is set.
std::filesystem::path user_folder(const char* variable, const char* beside_home, const std::string& content);

}  // namespace fibonaqi
