#include "fibonaqi/model/model_store.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/base/user_folder.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

const std::string extension = ".safetensors";

}  // namespace

fs::path model_cache() {
    return user_folder("XDG_CACHE_HOME", ".cache", "installed models") / "fibonaqi/models";
}

fs::path installed_model_file(const std::string& name) {
    return model_cache() / (name + extension);
}

std::vector<std::string> installed_models() {
    std::vector<std::string> names;
    std::error_code absent;
    for (const fs::directory_entry& entry : fs::directory_iterator(model_cache(), absent)) {
        if (entry.path().extension() == extension && entry.path().filename().string()[0] != '.') {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

fs::path resolve_model(const std::string& file_or_name) {
    std::error_code ignored;
    if (fs::is_regular_file(file_or_name, ignored)) {
        return file_or_name;
    }
    const std::vector<std::string> names = installed_models();
    if (std::find(names.begin(), names.end(), file_or_name) != names.end()) {
        return installed_model_file(file_or_name);
    }
    throw ModelError("no model '" + file_or_name + "' (neither a file nor the name of an installed model)" +
                         (names.empty() ? " install one with 'fibonaqi model install mace-mp-0-small'"
                                        : suggestion(file_or_name, names)),
                     ExitCode::usage);
}

}  // namespace fibonaqi
