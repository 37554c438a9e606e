// One table for a configuration file: its keys, types, units, defaults, ranges and help.
//
// From the same table come the check of a file (every problem at once, with line and suggestion), the values
// with all defaults filled in, the commented example that `init` writes, and a JSON Schema for editors.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// What a key holds. `section`: an object whose keys are in the table too. `object`: one that somebody else
/// checks (a driver's configuration).
enum class ConfigKind { section, object, text, flag, integer, number, texts, integers, numbers };

/// One row of the table; made by the functions of namespace config below and refined by its own.
struct ConfigKey {
    std::string path;  ///< "explore.timestep_fs"
    ConfigKind kind = ConfigKind::section;
    Json fallback;     ///< value of a key that is left out; null: then there is none
    std::string help;  ///< for people: what it does, one or two sentences
    double least = -std::numeric_limits<double>::infinity();  ///< of the number, or of each number of a list
    double most = std::numeric_limits<double>::infinity();
    bool is_least_excluded = false;
    std::vector<std::string> choices = {};  ///< allowed texts; empty: any
    bool is_required = false;
    std::size_t least_items = 0;  ///< of a list
    bool may_be_file = false;     ///< of an object: the path of a file that holds it will do

    ConfigKey& between(double lower, double upper);     ///< both allowed
    ConfigKey& at_least(double lower);                  ///< `lower` itself is allowed
    ConfigKey& above(double lower);                     ///< `lower` itself is not
    ConfigKey& one_of(std::vector<std::string> texts);  ///< nothing but these
    ConfigKey& items(std::size_t least);                ///< no shorter list
    ConfigKey& or_file();                               ///< or a text, which names a file with the object
    ConfigKey& required();                              ///< must be given (inside a section: when that is)
};

/// Rows, by kind. A section without required keys may be left out: its defaults hold. One that is made with
/// optional_section is null when it is left out.
namespace config {
ConfigKey section(std::string path, std::string help);
ConfigKey optional_section(std::string path, std::string help);
ConfigKey object(std::string path, Json fallback, std::string help);
ConfigKey text(std::string path, Json fallback, std::string help);
ConfigKey flag(std::string path, bool fallback, std::string help);
ConfigKey integer(std::string path, Json fallback, std::string help);
ConfigKey number(std::string path, Json fallback, std::string help);
ConfigKey list(ConfigKind kind, std::string path, Json fallback, std::string help);
}  // namespace config

/// Something wrong with a value: "problem (why) suggestion", and where.
struct ConfigProblem {
    std::string pointer;  ///< JSON pointer: "/explore/timestep_ps"; of the section for a missing key
    std::string message;
};

/// What came out of a check. `values` has every key of the table; wrong ones hold their default.
struct CheckedConfig {
    Json values;
    std::vector<ConfigProblem> problems;
};

class ConfigSchema {
  public:
    /// `title` says what is configured. A section stands before its keys.
    ConfigSchema(std::string title, std::vector<ConfigKey> keys);

    /// Finds: not an object, unknown keys (with the nearest one, also from other sections, and also where
    /// only the unit in the name differs), missing ones, wrong types, ranges and choices. Key "$schema" is
    /// allowed at the top.
    CheckedConfig check(const Json& given) const;

    /// A file with a comment before every key; `values` where it has them, else defaults. Keys without a
    /// value are left out.
    std::string example(const Json& values) const;

    /// JSON Schema (draft 7): completion and help in editors.
    Json json_schema() const;

  private:
    const ConfigKey* find(const std::string& path) const;
    std::vector<const ConfigKey*> children(const std::string& section) const;
    Json check_section(const ConfigKey& section, const Json& given,
                       std::vector<ConfigProblem>& problems) const;
    void check_names(const std::string& section, const Json& given,
                     std::vector<ConfigProblem>& problems) const;
    std::string advice(const std::string& section, const std::string& name, const Json& value) const;
    void write_section(const std::string& section, const Json& values, int level, std::string& out) const;
    Json describe_section(const std::string& section) const;

    std::string title_;
    std::vector<ConfigKey> keys_;
};

/// One line "name:12: explore.timestep_fs: problem" per entry, in the order of lines. `text` is the file's
/// content; without it there are no line numbers.
std::string describe(const std::vector<ConfigProblem>& problems, std::string_view text,
                     const std::string& name);

}  // namespace fibonaqi
