// A label driver out of a JSON file that configures it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// The driver that a JSON file configures: the whole of it, or its member `key`. Relative paths start at the
/// file's folder. Throws ConfigError "FILE:line: key: problem (why) suggestion", FileError, FormatError.
std::unique_ptr<LabelDriver> read_driver(const std::filesystem::path& file, const std::string& key);

}  // namespace fibonaqi
