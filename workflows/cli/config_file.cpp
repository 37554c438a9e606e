#include "workflows/cli/config_file.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi::cli {

namespace fs = std::filesystem;

void add_config_file(CLI::App& command, const std::string& label, const std::string& help,
                     ConfigFileArguments& arguments) {
    command.add_option(label, arguments.file, help);
    command.add_flag("--example", arguments.example, "print a commented file with every key and its default");
    command.add_flag("--schema", arguments.schema, "print the JSON Schema of such files, for editors");
}

bool answers_question(const ConfigFileArguments& arguments, const ConfigFileKind& kind) {
    if (arguments.example) {
        std::cout << kind.schema.example(kind.example);
        return true;
    }
    if (arguments.schema) {
        std::cout << kind.schema.json_schema().dump(2) << "\n";
        return true;
    }
    if (arguments.file.empty()) {
        throw ConfigError("no file is given (" + kind.purpose + ") 'fibonaqi " + kind.name +
                          " --example' prints one");
    }
    return false;
}

void make_paths_absolute(Json& values, std::initializer_list<const char*> keys, const fs::path& folder) {
    for (const char* key : keys) {
        if (!values[key].is_null()) {
            values[key] = (folder / values[key].get<std::string>()).lexically_normal().string();
        }
    }
}

void make_model_absolute(Json& model, const fs::path& folder) {
    if (model.is_null()) {
        return;
    }
    if (const fs::path file = folder / model.get<std::string>(); fs::exists(file)) {
        model = file.lexically_normal().string();
    }
}

std::string content_of(const std::string& file_or_name) {
    return fs::is_regular_file(file_or_name) ? sha256_of_file(file_or_name) : file_or_name;
}

}  // namespace fibonaqi::cli
