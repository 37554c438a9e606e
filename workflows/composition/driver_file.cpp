#include "workflows/composition/driver_file.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"

#include "dft_drivers/builtin_drivers.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// "driver.input.system.ecutwfc: ..." -> "D.json:7: input.system.ecutwfc: ...", or with the driver under a key
// of the file, "U.json:7: driver.input.system.ecutwfc: ...".
[[noreturn]] void rethrow_with_line(const ConfigError& error, const fs::path& file, const std::string& key) {
    std::string message = error.what();
    const std::size_t colon = message.find(':');
    const std::string prefix = "driver.";
    if (!message.starts_with(prefix) || colon == std::string::npos) {
        throw ConfigError(file.string() + ": " + message);
    }
    const std::string path = message.substr(prefix.size(), colon - prefix.size());
    const std::string place = key.empty() ? path : key + "." + path;
    std::string pointer = "/" + place;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const int line = line_of_key(read_file(file), pointer);
    throw ConfigError(file.string() + (line > 0 ? ":" + std::to_string(line) : "") + ": " + place +
                      message.substr(colon));
}

}  // namespace

std::unique_ptr<LabelDriver> read_driver(const fs::path& file, const std::string& key) {
    const Json config = read_json(file);
    try {
        return make_driver(key.empty() ? config : config.at(key), fs::absolute(file).parent_path());
    } catch (const ConfigError& error) {
        rethrow_with_line(error, file, key);
    }
}

}  // namespace fibonaqi
