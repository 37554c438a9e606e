#include "dft_drivers/common/driver_config.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi {

namespace fs = std::filesystem;

std::vector<ConfigKey> program_keys(const std::vector<std::string>& command) {
    using namespace config;
    ConfigKey words = list(ConfigKind::texts, "command", command.empty() ? Json() : Json(command),
                           "the program and its arguments, one text each; no shell");
    words.items(1);
    if (command.empty()) {
        words.required();
    }
    return {
        text("type", nullptr, "names the code").required(),
        words,
        object("environment", Json::object(), "variables that the program gets beside the usual ones"),
    };
}

Json read_driver_config(const ConfigSchema& schema, const Json& config) {
    const CheckedConfig checked = schema.check(config);
    if (checked.problems.empty()) {
        return checked.values;
    }
    const ConfigProblem& problem = checked.problems.front();
    std::string path = problem.pointer;
    std::replace(path.begin(), path.end(), '/', '.');
    throw ConfigError("driver" + path + ": " + problem.message);
}

void refuse_key(const std::string& key, const std::string& problem) {
    throw ConfigError("driver." + key + ": " + problem);
}

fs::path absolute_path(const fs::path& base, const std::string& path) {
    return fs::absolute(base / path).lexically_normal();
}

std::vector<std::string> command_of(const Json& values, const fs::path& base) {
    auto command = values.at("command").get<std::vector<std::string>>();
    if (command.empty() || command[0].empty()) {
        refuse_key("command", "is empty (a program is needed)");
    }
    if (command[0].find('/') != std::string::npos) {
        command[0] = absolute_path(base, command[0]).string();
    }
    return command;
}

std::map<std::string, std::string> environment_of(const Json& values) {
    std::map<std::string, std::string> environment;
    for (const auto& [name, value] : values.at("environment").items()) {
        if (!value.is_string()) {
            refuse_key("environment." + name, "is no text (variables hold texts) put it in quotes");
        }
        environment[name] = value.get<std::string>();
    }
    return environment;
}

std::string program_problem(const std::vector<std::string>& command, const std::string& advice) {
    return find_program(command[0]).empty()
               ? "program '" + command[0] + "' was not found (driver.command) " + advice
               : "";
}

ConfigKey periodicity_key(const std::vector<std::string>& fallback) {
    return config::list(ConfigKind::texts, "periodicity", Json(fallback),
                        "structures that it takes: periodic in all three directions, in some, in none")
        .one_of({"full", "partial", "none"})
        .items(1);
}

void set_periodicity(DriverCapabilities& capabilities, const Json& values) {
    const Json& taken = values.at("periodicity");
    const auto takes = [&taken](const char* kind) {
        return std::find(taken.begin(), taken.end(), kind) != taken.end();
    };
    capabilities.fully_periodic = takes("full");
    capabilities.partly_periodic = takes("partial");
    capabilities.isolated = takes("none");
}

std::vector<std::string> missing_files(const std::vector<std::string>& files, const std::string& key) {
    std::vector<std::string> problems;
    for (const std::string& file : files) {
        if (!fs::is_regular_file(file)) {
            problems.push_back("file '" + file + "' is not there (" + key + ")");
        }
    }
    return problems;
}

Json content_hashes(const std::vector<std::string>& files) {
    Json hashes;
    for (const std::string& file : files) {
        try {
            hashes.push_back(sha256_of_file(file));
        } catch (const FileError& error) {
            throw DriverError(error.what());
        }
    }
    return hashes;
}

}  // namespace fibonaqi
