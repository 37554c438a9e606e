// libFuzzer target: whatever the bytes are, the readers of models refuse them with an Error or give a model.
// The first byte says what the rest is:
//   0  the pickle of a torch archive whose storages are those of a small MACE model (a whole archive would
//      be turned down by its checksums before anything interesting happens)
//   1  a whole torch archive
//   2  a safetensors file
//   3  as 0, with the storages of a small checkpoint of SevenNet
//   4  a state dict, as matgl has it
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/model_import.hpp"
#include "fibonaqi/model/state_dict.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/model/zip_archive.hpp"
#include "fibonaqi/model/zip_writer.hpp"

namespace {

using namespace fibonaqi;

using Storages = std::map<std::string, std::string>;

// The storages of a small model, by their names in the archives that are made here.
Storages storages_of(const std::string& path) {
    const std::string bytes = read_file(FIBONAQI_SOURCE_DIR "/tests/data/" + path);
    const ZipArchive zip(bytes, path);
    const std::string pickle = zip.find_ending("/data.pkl");
    const std::string folder = pickle.substr(0, pickle.find('/') + 1) + "data/";
    Storages entries;
    for (int key = 0; zip.contains(folder + std::to_string(key)); ++key) {
        entries["a/data/" + std::to_string(key)] = zip.read(folder + std::to_string(key));
    }
    return entries;
}

std::string archive_of(std::string_view pickle, const Storages& storages) {
    ZipWriter zip;
    zip.add("a/data.pkl", pickle);
    for (const auto& [name, content] : storages) {
        zip.add(name, content);
    }
    return zip.finish();
}

void read_model(std::uint8_t kind, std::string_view bytes) {
    static const Storages mace = storages_of("mace/tiny.model"), sevennet = storages_of("sevennet/tiny.pth");
    switch (kind) {
        case 0:
            import_model(archive_of(bytes, mace), "fuzz", {});
            break;
        case 1:
            import_model(bytes, "fuzz", {});
            break;
        case 2:
            parse_tensor_file(bytes, "fuzz");
            break;
        case 3:
            import_model(archive_of(bytes, sevennet), "fuzz", {});
            break;
        default:
            read_state_dict(bytes, "fuzz");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    try {
        read_model(data[0] % 5, {reinterpret_cast<const char*>(data) + 1, size - 1});
    } catch (const Error&) {
    }
    return 0;
}
