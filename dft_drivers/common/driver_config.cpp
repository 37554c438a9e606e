#include "dft_drivers/common/driver_config.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

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

std::vector<std::string> command_of(const Json& values, const fs::path& base) {
    auto command = values.at("command").get<std::vector<std::string>>();
    if (command.empty() || command[0].empty()) {
        throw ConfigError("driver.command: is empty (a program is needed)");
    }
    if (command[0].find('/') != std::string::npos) {
        command[0] = fs::absolute(base / command[0]).lexically_normal().string();
    }
    return command;
}

std::map<std::string, std::string> environment_of(const Json& values) {
    std::map<std::string, std::string> environment;
    for (const auto& [name, value] : values.at("environment").items()) {
        if (!value.is_string()) {
            throw ConfigError("driver.environment." + name +
                              ": is no text (variables hold texts) put it in quotes");
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

}  // namespace fibonaqi
