// Where numbers stand in what a program left: after a text in a line, in rows and columns, or in a JSON file.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "dft_drivers/template/units_table.hpp"

namespace fibonaqi::text_template {

/// Lines of an output file that end with a line break: what was cut off in the middle of a line is none.
std::vector<std::string> whole_lines_of(const std::filesystem::path& file);

/// Whether a line (its first 2000 characters: std::regex recurses once per character) holds a match.
bool matches(const std::string& line, const std::regex& pattern, std::smatch* groups = nullptr);

/// One of three ways, whichever is not empty: `regex` (its first group is the number), `after` (rows and
/// columns below the line that holds this text), `pointer` (JSON pointer to a number or nested lists of
/// them).
struct NumberSource {
    Quantity quantity = Quantity::energy;
    std::string file;  ///< inside the attempt directory
    std::string regex, after, pointer;
    std::regex compiled = {};
    bool takes_last = true;         ///< of several matches or marks; else the first
    std::size_t skip = 0;           ///< lines between the mark and the first row
    std::vector<int> columns = {};  ///< of a row, counted from 1; all numbers are taken row by row
    double factor = 1.0;            ///< to our units, the sign included
};

/// `count` numbers in our units. `what` names them in messages. Throws Refusal: partial_output where they are
/// not there, non_finite where something is no finite number, inconsistent where their count is another.
std::vector<double> read_numbers(const NumberSource& source, const std::filesystem::path& directory,
                                 std::size_t count, const std::string& what);

}  // namespace fibonaqi::text_template
