// Subcommands that do what a commented JSON file says: their options, and the paths in such files.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace CLI {
class App;
}

namespace fibonaqi::cli {

struct ConfigFileArguments {
    std::string file;
    bool example = false, schema = false;
};

/// What a subcommand says of its file. `name` is that of the command ("model new"), `purpose` ends the
/// sentence that a missing file gets ("it says what to make"), `example` are the values of --example.
struct ConfigFileKind {
    std::string name, purpose;
    const ConfigSchema& schema;
    Json example;
};

/// Declares the file, shown as `label` and described by `help`, --example and --schema.
void add_config_file(CLI::App& command, const std::string& label, const std::string& help,
                     ConfigFileArguments& arguments);

/// Prints what --example or --schema ask for; false where neither is given. Throws ConfigError where there is
/// no file either.
bool answers_question(const ConfigFileArguments& arguments, const ConfigFileKind& kind);

/// Texts under these keys become paths that start at `folder`; null stays null.
void make_paths_absolute(Json& values, std::initializer_list<const char*> keys,
                         const std::filesystem::path& folder);

/// Likewise a model, where it is a file there; else it is the name of an installed one, and stays. So does
/// null.
void make_model_absolute(Json& model, const std::filesystem::path& folder);

/// SHA-256 of a file; any other text (the name of an installed model) as it is.
std::string content_of(const std::string& file_or_name);

}  // namespace fibonaqi::cli
