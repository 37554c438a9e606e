#include "fibonaqi/model/model_import.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/mace_import.hpp"
#include "fibonaqi/model/matgl_import.hpp"
#include "fibonaqi/model/sevennet_import.hpp"
#include "fibonaqi/model/state_dict.hpp"
#include "fibonaqi/model/torch_archive.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

void refuse_own(std::string_view bytes, const std::string& source) {
    if (parse_tensor_file(bytes, source).metadata.contains("fibonaqi")) {
        throw ModelError(
            source + ": a model file of this program already (nothing to import) use it as it is",
            ExitCode::usage);
    }
}

ModelFile import_folder(const fs::path& folder, const ImportOptions& options) {
    if (!may_be_matgl(folder)) {
        throw ModelError("'" + folder.string() +
                             "' is a folder without model.json (a model of matgl has that and state.pt) name "
                             "the file of the model",
                         ExitCode::usage);
    }
    return import_matgl(folder, options);
}

}  // namespace

ModelFile import_model(const fs::path& path, const ImportOptions& options) {
    if (fs::is_directory(path)) {
        return import_folder(path, options);
    }
    if (path.filename() == "model.json") {
        return import_matgl(path, options);
    }
    const std::string bytes = read_file(path), source = path.string();
    if (is_tensor_file(bytes)) {
        refuse_own(bytes, source);
        if (may_be_matgl(path)) {
            return import_matgl(path, options);
        }
        throw ModelError(source +
                         ": tensors without the description of a model (what they belong to is not known) "
                         "import the original file");
    }
    if (may_be_matgl(path) && is_dict(TorchArchive(bytes, source).root())) {
        return import_matgl(path, options);
    }
    return import_model(bytes, source, options);
}

ModelFile import_model(std::string_view bytes, const std::string& source, const ImportOptions& options) {
    return is_sevennet(TorchArchive(bytes, source).root()) ? import_sevennet(bytes, source, options)
                                                           : import_mace(bytes, source, options);
}

}  // namespace fibonaqi
