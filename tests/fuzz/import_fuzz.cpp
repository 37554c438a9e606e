// libFuzzer target: whatever the bytes are, the readers of models refuse them with an Error or give a model.
// The first byte says what the rest is:
//   0  the pickle of a torch archive whose storages are those of a small MACE model (a whole archive would
//      be turned down by its checksums before anything interesting happens)
//   1  a whole torch archive
//   2  a safetensors file
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/mace_import.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/model/zip_archive.hpp"
#include "fibonaqi/model/zip_writer.hpp"

namespace {

using namespace fibonaqi;

// The storages of the small model, by their names in an archive.
const std::map<std::string, std::string>& storages() {
    static const std::map<std::string, std::string> table = [] {
        const std::string bytes = read_file(FIBONAQI_SOURCE_DIR "/tests/data/mace/tiny.model");
        const ZipArchive zip(bytes, "tiny.model");
        const std::string pickle = zip.find_ending("/data.pkl");
        const std::string folder = pickle.substr(0, pickle.find('/') + 1) + "data/";
        std::map<std::string, std::string> entries;
        for (int key = 0; zip.contains(folder + std::to_string(key)); ++key) {
            entries["a/data/" + std::to_string(key)] = zip.read(folder + std::to_string(key));
        }
        return entries;
    }();
    return table;
}

std::string archive_of(std::string_view pickle) {
    ZipWriter zip;
    zip.add("a/data.pkl", pickle);
    for (const auto& [name, content] : storages()) {
        zip.add(name, content);
    }
    return zip.finish();
}

void read_model(std::uint8_t kind, std::string_view bytes) {
    if (kind == 0) {
        import_mace(archive_of(bytes), "fuzz", {});
    } else if (kind == 1) {
        import_mace(bytes, "fuzz", {});
    } else {
        parse_tensor_file(bytes, "fuzz");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    try {
        read_model(data[0] % 3, {reinterpret_cast<const char*>(data) + 1, size - 1});
    } catch (const Error&) {
    }
    return 0;
}
