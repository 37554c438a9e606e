// JSON as this project reads and writes it: objects keep their order, comments (// and /* */) are allowed in
// what people write, and every record that a program writes says what it is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace fibonaqi {

using Json = nlohmann::ordered_json;

/// Parses text. `name` is used in messages. Throws FormatError "name:line: ..." for bad syntax, a key that
/// occurs twice, more than 64 levels or more than 10 MB.
Json parse_json(std::string_view text, const std::string& name);

/// parse_json of a file's content. Throws FileError, FormatError.
Json read_json(const std::filesystem::path& path);

/// Writes `value` atomically, indented, with a final newline. A non-finite number is a contract error.
void write_json(const std::filesystem::path& path, const Json& value);

/// Line (from 1) on which the key of a JSON pointer such as "/md/timestep_fs" stands in `text`;
/// 0 when it is not there. For messages about configuration files.
int line_of_key(std::string_view text, const std::string& pointer);

/// Starts a record: {"format": "fibonaqi-<kind>", "version": version}. Every JSON file that one program
/// writes for another starts so.
Json make_record(const std::string& kind, int version);

/// Checks the stamp of make_record. Throws FormatError naming `source` when the kind differs or the version
/// is newer than `newest_version` (a file from a newer FIBonAQi).
void check_record(const Json& record, const std::string& kind, int newest_version, const std::string& source);

}  // namespace fibonaqi
