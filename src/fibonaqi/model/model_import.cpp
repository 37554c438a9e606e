#include "fibonaqi/model/model_import.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/mace_import.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// A safetensors file begins with the length of its header (8 bytes) and the header, a JSON object.
bool is_tensor_file(std::string_view bytes) {
    return bytes.size() > 9 && bytes[8] == '{';
}

[[noreturn]] void refuse_tensor_file(std::string_view bytes, const std::string& source) {
    if (parse_tensor_file(bytes, source).metadata.contains("fibonaqi")) {
        throw ModelError(
            source + ": a model file of this program already (nothing to import) use it as it is",
            ExitCode::usage);
    }
    throw ModelError(source +
                     ": tensors without the description of a model (what they belong to is not known)"
                     " import the original file");
}

}  // namespace

ModelFile import_model(const fs::path& path, const ImportOptions& options) {
    const std::string bytes = read_file(path), source = path.string();
    if (is_tensor_file(bytes)) {
        refuse_tensor_file(bytes, source);
    }
    return import_mace(bytes, source, options);
}

}  // namespace fibonaqi
