// The configuration of a template driver, checked and with its texts read.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "dft_drivers/template/number_source.hpp"
#include "dft_drivers/template/template_text.hpp"

namespace fibonaqi::text_template {

/// A file that the program gets: written from a text, copied, or joined from one file per species.
struct InputFile {
    enum class Kind { text, copy, join };
    Kind kind = Kind::text;
    std::string to;                    ///< inside the attempt directory
    std::filesystem::path from;        ///< text and copy: absolute
    std::string column;                ///< join: of the elements table; it names the files
    std::vector<TemplateText> parsed;  ///< text: one
    std::string sha256 = {};           ///< text: of the text as it was read
};

/// A text that must be in an output file, or must not.
struct SuccessMark {
    std::string file, text;
    bool is_wanted = true;
};

/// A line of an output file that means a failure.
struct FailureMark {
    std::string file;
    std::regex pattern;
    FailureKind kind = FailureKind::unknown;
};

/// Places of a stress tensor in the order of the output, (row, column) of each number.
using StressOrder = std::vector<std::pair<std::size_t, std::size_t>>;

/// What is read from the outputs.
struct OutputSources {
    NumberSource energy, forces;
    std::optional<NumberSource> stress = {}, positions = {};
    StressOrder stress_order;
    double tolerance_A = 0.0;  ///< of echoed positions
    std::string version_file = {};
    std::optional<std::regex> version = {};
};

struct Options {
    Json values;  ///< the whole configuration, with absolute paths
    std::vector<TemplateText> command;
    std::map<std::string, std::string> environment;
    std::vector<InputFile> files;
    std::vector<SuccessMark> success;
    std::vector<FailureMark> failures;
    OutputSources outputs;

    std::string text(const char* key) const { return values.at(key).get<std::string>(); }
    bool flag(const char* key) const { return values.at(key).get<bool>(); }
    bool is_numerical(const std::string& variable) const;  ///< listed under "numerical"
};

/// Reads a configuration and the texts that it names; relative paths start at `base`. Throws ConfigError with
/// the path of the key, or "file:line" of a text.
Options options_from_json(const Json& config, const std::filesystem::path& base);

/// Keys "energy", "forces", "stress", "positions", "version". Throws ConfigError.
OutputSources outputs_from_json(const Json& values);

/// Whether a file name of a configuration stays inside the attempt directory, and names a file in it. Throws
/// ConfigError, "driver.where: ...", if not.
void expect_inside(const std::string& name, const std::string& where);

/// A regular expression (ECMAScript). Throws ConfigError, "driver.where: ...".
std::regex pattern_from(const std::string& text, const std::string& where);

}  // namespace fibonaqi::text_template
