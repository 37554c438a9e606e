// TorchScript files in `fibonaqi model import` and `export`; the work is the worker's, which has LibTorch.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi::cli {

/// What the user asked for; empty texts for what is left out.
struct ScriptImport {
    std::string file;         ///< TorchScript
    std::string description;  ///< JSON; empty: beside the file, named like it
    std::string output;       ///< model file to write
    std::string dtype, name;
};

/// Whether `model import` was given a TorchScript file.
bool is_script_file(const std::filesystem::path& file);

/// Writes the model file. Throws ConfigError when there is no description; else what the worker says.
void import_script(const ScriptImport& options);

/// Writes a model that was made of a TorchScript file as one: `output`, and its description beside it.
void export_script(const std::filesystem::path& model, const std::filesystem::path& output);

}  // namespace fibonaqi::cli
