// Log lines: to stderr for the user, and to a file where the program was told one.
//
// Results go to stdout, everything here to stderr. Callers pass finished strings: this header names no
// formatting library, because LAMMPS headers bring another fmt under the same include name.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi::log {

enum class Level { debug, info, warning, error };

void set_level(Level level);                       ///< least level shown on stderr; default info
void set_file(const std::filesystem::path& path);  ///< also append every line, with time stamps, to `path`

void debug(const std::string& message);
void info(const std::string& message);
void warning(const std::string& message);
void error(const std::string& message);

}  // namespace fibonaqi::log
