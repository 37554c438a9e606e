// Where installed models are, and which models can be installed by name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fibonaqi {

/// ${XDG_CACHE_HOME:-~/.cache}/fibonaqi/models. Throws FileError when neither variable is set.
std::filesystem::path model_cache();

/// File of model `name` in model_cache(), whether it exists or not.
std::filesystem::path installed_model_file(const std::string& name);

/// Names of the models in model_cache(), sorted. None when there is no such folder.
std::vector<std::string> installed_models();

}  // namespace fibonaqi
