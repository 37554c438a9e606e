// What the configurations of all drivers have in common: a table of keys, a command, an environment.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Rows that every driver with a program has: "type", "command" (its default; empty: required) and
/// "environment" (variables on top of a filtered environment).
std::vector<ConfigKey> program_keys(const std::vector<std::string>& command);

/// All keys of the table out of a configuration. Throws ConfigError "driver.key: problem (why) suggestion"
/// for the first thing that is wrong.
Json read_driver_config(const ConfigSchema& schema, const Json& config);

/// Throws ConfigError "driver.key: problem"; `key` may be a path.
[[noreturn]] void refuse_key(const std::string& key, const std::string& problem);

/// A path of a configuration that lies at `base`, in the form that every process understands.
std::filesystem::path absolute_path(const std::filesystem::path& base, const std::string& path);

/// Key "command": not empty; a program with a slash in its name becomes absolute, starting at `base`. Throws
/// ConfigError.
std::vector<std::string> command_of(const Json& values, const std::filesystem::path& base);

/// Key "environment". Throws ConfigError where a value is no text.
std::map<std::string, std::string> environment_of(const Json& values);

/// Why the program cannot be started, with `advice` what to install; empty when it is there.
std::string program_problem(const std::vector<std::string>& command, const std::string& advice);

/// Row "periodicity", and what it says of a driver: structures that are periodic in all three directions
/// ("full"), in some ("partial"), in none ("none").
ConfigKey periodicity_key(const std::vector<std::string>& fallback);
void set_periodicity(DriverCapabilities& capabilities, const Json& values);

/// Files whose content decides a driver's numbers, a list of absolute paths. Messages for those that are not
/// there, naming `key`; sha256 of each, for a fingerprint. The latter throws DriverError.
std::vector<std::string> missing_files(const std::vector<std::string>& files, const std::string& key);
Json content_hashes(const std::vector<std::string>& files);

}  // namespace fibonaqi
