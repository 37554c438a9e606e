#include "fibonaqi/atoms/extxyz.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "fibonaqi/atoms/extxyz_comment.hpp"
#include "fibonaqi/atoms/extxyz_labels.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

constexpr long most_atoms = 100'000'000;
constexpr std::size_t most_columns = 10'000;
constexpr long shortest_atom_line = 8;  // bytes of "H 0 0 0" and its line end

// What one column group of an atom line holds.
enum class Use { symbols, numbers, positions, array, ignored };
struct Column {
    std::string name;
    char type;  // S, R, I, L
    std::size_t width;
    Use use;
};

Use use_of(const std::string& name, char type) {
    if (name == "species" || name == "symbols" || name == "element") {
        return Use::symbols;
    }
    if (name == "Z" || name == "numbers") {
        return Use::numbers;
    }
    if (name == "pos" || name == "positions") {
        return Use::positions;
    }
    return type == 'S' ? Use::ignored : Use::array;
}

// Takes one blank-separated word off the front of `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r\v\f";
    const std::size_t start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        line = {};
        return {};
    }
    const std::size_t end = std::min(line.find_first_of(blanks, start), line.size());
    const std::string_view word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
}

std::string shown(std::string_view word) {
    constexpr std::size_t longest = 40;
    return "'" + std::string(word.substr(0, longest)) + (word.size() > longest ? "..." : "") + "'";
}

// Reads frame after frame, and knows the line it is at.
class Reader {
  public:
    Reader(std::istream& input, const std::string& name) : input_(input), name_(name) {
        const std::istream::pos_type here = input_.tellg();
        if (here != std::istream::pos_type(-1) && input_.seekg(0, std::ios::end)) {
            bytes_left_ = static_cast<long>(input_.tellg() - here);
            input_.seekg(here);
        }
        input_.clear();
    }

    FrameFile read() {
        FrameFile file;
        extxyz::LabelFinder labels;
        while (next_count_line()) {
            Frame frame = read_frame(labels);
            file.frames.push_back(std::move(frame));
        }
        file.audit = labels.audit();
        return file;
    }

  private:
    std::string place() const { return name_ + ":" + std::to_string(line_number_); }
    [[noreturn]] void fail(const std::string& problem) const { throw FormatError(place() + ": " + problem); }

    bool next_line() {
        if (!std::getline(input_, line_)) {
            if (input_.bad()) {
                throw FileError("reading '" + name_ + "' failed half-way (after line " +
                                std::to_string(line_number_) + ")");
            }
            return false;
        }
        ++line_number_;
        bytes_left_ -= static_cast<long>(line_.size()) + 1;
        return true;
    }

    // Finds the line that starts a frame; blank lines between frames are harmless.
    bool next_count_line() {
        while (next_line()) {
            if (line_.find_first_not_of(" \t\r\v\f") != std::string::npos) {
                return true;
            }
        }
        return false;
    }

    std::size_t atom_count() const {
        std::string_view rest = line_;
        const std::string_view word = next_word(rest);
        const std::optional<long> count = extxyz::integer_in(word);
        if (!count || !next_word(rest).empty()) {
            fail("expected a number of atoms, found " + shown(line_) +
                 " (the frame before may have more lines than it says)");
        }
        if (*count < 1) {
            fail("frame of " + std::to_string(*count) + " atoms (at least 1 is needed)");
        }
        if (*count > most_atoms) {
            fail("frame of " + std::to_string(*count) + " atoms (at most " + std::to_string(most_atoms) +
                 " are read)");
        }
        if (bytes_left_known() && *count > bytes_left_ / shortest_atom_line + 1) {
            fail("frame says " + std::to_string(*count) + " atoms (only " +
                 std::to_string(std::max(bytes_left_, 0L)) + " bytes follow) the file may be cut off");
        }
        return static_cast<std::size_t>(*count);
    }
    bool bytes_left_known() const { return bytes_left_ > std::numeric_limits<long>::min() / 2; }

    Frame read_frame(extxyz::LabelFinder& labels) {
        const std::size_t atoms = atom_count();
        if (!next_line()) {
            fail("file ends after the number of atoms (it may be cut off)");
        }
        const std::string comment_place = place();
        Frame frame;
        std::string properties = "species:S:1:pos:R:3";
        take_comment(frame, properties);
        columns_ = parse_properties(properties);
        for (std::size_t atom = 0; atom < atoms; ++atom) {
            if (!next_line()) {
                fail("file ends after " + std::to_string(atom) + " of " + std::to_string(atoms) +
                     " atoms (it may be cut off)");
            }
            read_atom(frame);
        }
        labels.take_labels(frame, comment_place);
        return frame;
    }

    void take_comment(Frame& frame, std::string& properties) const {
        bool has_lattice = false;
        bool has_pbc = false;
        for (auto& [key, value] : extxyz::split_comment(line_)) {
            if (key == "Properties") {
                properties = value;
            } else if (key == "Lattice") {
                frame.structure.cell = lattice_from(value);
                has_lattice = true;
            } else if (key == "pbc") {
                frame.structure.pbc = pbc_from(value);
                has_pbc = true;
            } else {
                frame.info[key] = extxyz::interpret(key, value);
            }
        }
        if (!has_pbc && has_lattice) {  // ASE's rule
            frame.structure.pbc = {true, true, true};
        }
    }

    Mat3 lattice_from(const std::string& text) const {
        const std::vector<double> numbers = extxyz::numbers_in(extxyz::interpret(text));
        if (numbers.size() != 9) {
            fail("Lattice is not 9 numbers but " + shown(text) + " (a b c, row by row, in angstrom)");
        }
        Mat3 cell;
        for (std::size_t n = 0; n < 9; ++n) {
            if (!std::isfinite(numbers[n])) {
                fail("Lattice holds a number that is not finite (it must be 9 lengths in angstrom)");
            }
            cell[n / 3][n % 3] = numbers[n];
        }
        return cell;
    }

    std::array<bool, 3> pbc_from(const std::string& text) const {
        const std::optional<std::array<bool, 3>> pbc = extxyz::periodicity_in(text);
        if (!pbc) {
            fail("pbc is " + shown(text) + " (it must be three of T and F) for example pbc=\"T T T\"");
        }
        return *pbc;
    }

    std::vector<Column> parse_properties(std::string_view text) const {
        std::vector<Column> columns;
        std::size_t total = 0;
        const auto field = [&text] {
            const std::size_t end = std::min(text.find(':'), text.size());
            const std::string_view part = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            return part;
        };
        while (!text.empty()) {
            const std::string name(field());
            const std::string type(field());
            const std::optional<long> width = extxyz::integer_in(field());
            const bool known_type = type == "S" || type == "R" || type == "I" || type == "L";
            if (!extxyz::is_column_name(name) || !known_type || !width || *width < 1 ||
                static_cast<std::size_t>(*width) > most_columns) {
                fail("Properties cannot be read at " + shown(name) +
                     " (triples name:type:columns with type S, R, I or L) for example species:S:1:pos:R:3");
            }
            columns.push_back({name, type[0], static_cast<std::size_t>(*width), use_of(name, type[0])});
            total += columns.back().width;
            if (total > most_columns) {
                fail("Properties has more than " + std::to_string(most_columns) + " columns");
            }
        }
        check_columns(columns);
        return columns;
    }

    void check_columns(const std::vector<Column>& columns) const {
        bool has_element = false;
        bool has_positions = false;
        for (std::size_t n = 0; n < columns.size(); ++n) {
            const Column& column = columns[n];
            has_element |= column.use == Use::symbols || column.use == Use::numbers;
            has_positions |= column.use == Use::positions;
            const std::size_t width = column.use == Use::positions ? 3 : 1;
            const bool has_fixed_width = column.use != Use::array && column.use != Use::ignored;
            if (has_fixed_width && column.width != width) {
                fail("Properties gives '" + column.name + "' " + std::to_string(column.width) +
                     " columns (it has " + std::to_string(width) + ")");
            }
            for (std::size_t other = 0; other < n; ++other) {
                if (columns[other].name == column.name) {
                    fail("Properties names '" + column.name + "' twice");
                }
            }
        }
        if (!has_element || !has_positions) {
            fail(std::string("Properties lacks ") + (has_element ? "positions" : "elements") +
                 " (both are needed) add " + (has_element ? "pos:R:3" : "species:S:1"));
        }
    }

    void read_atom(Frame& frame) const {
        std::string_view rest = line_;
        int by_symbol = 0;
        int by_number = 0;
        for (const Column& column : columns_) {
            for (std::size_t n = 0; n < column.width; ++n) {
                const std::string_view word = next_word(rest);
                if (word.empty()) {
                    fail("atom line ends before column '" + column.name +
                         "' (the frame may have fewer atoms than it says)");
                }
                if (column.use == Use::symbols) {
                    by_symbol = element_from(word);
                } else if (column.use == Use::numbers) {
                    by_number = number_from(word);
                } else if (column.use == Use::positions) {
                    add_coordinate(frame, n, coordinate_from(word));
                } else if (column.use == Use::array) {
                    frame.arrays[column.name].push_back(value_from(word, column));
                }
            }
        }
        // Where both are there, ASE takes the number.
        frame.structure.atomic_numbers.push_back(by_number != 0 ? by_number : by_symbol);
    }

    static void add_coordinate(Frame& frame, std::size_t axis, double value) {
        if (axis == 0) {
            frame.structure.positions.emplace_back();
        }
        frame.structure.positions.back()[axis] = value;
    }

    int number_from(std::string_view word) const {
        const std::optional<long> number = extxyz::integer_in(word);
        if (!number || *number < 1 || *number > largest_atomic_number) {
            fail("unknown atomic number " + shown(word) + " (1 to 118 are known)");
        }
        return static_cast<int>(*number);
    }

    // Case does not matter (ASE capitalises); a number in the column of symbols is an atomic number.
    int element_from(std::string_view word) const {
        if (extxyz::integer_in(word)) {
            return number_from(word);
        }
        std::string name(word.substr(0, 3));
        for (std::size_t n = 0; n < name.size(); ++n) {
            const auto c = static_cast<unsigned char>(name[n]);
            name[n] = static_cast<char>(n == 0 ? std::toupper(c) : std::tolower(c));
        }
        const std::optional<int> number = atomic_number(name);
        if (!number) {
            fail("unknown element " + shown(word) + " (a chemical symbol is needed)");
        }
        return *number;
    }

    double coordinate_from(std::string_view word) const {
        const std::optional<double> value = extxyz::real_in(word);
        if (!value || !std::isfinite(*value)) {
            fail("coordinate " + shown(word) + " is not a finite number");
        }
        return *value;
    }

    double value_from(std::string_view word, const Column& column) const {
        std::optional<double> value;
        if (column.type == 'L') {
            const bool is_true = word == "T" || word == "True" || word == "1";
            const bool is_false = word == "F" || word == "False" || word == "0";
            value = is_true || is_false ? std::optional<double>(is_true ? 1.0 : 0.0) : std::nullopt;
        } else {
            value = extxyz::real_in(word);
        }
        if (!value) {
            fail("value " + shown(word) + " in column '" + column.name + "' cannot be read (its type is " +
                 std::string(1, column.type) + ")");
        }
        return *value;
    }

    std::istream& input_;
    std::string name_;
    std::string line_;
    std::size_t line_number_ = 0;
    long bytes_left_ = std::numeric_limits<long>::min();  // of streams that cannot tell: very negative
    std::vector<Column> columns_;
};

}  // namespace

FrameFile read_extxyz(std::istream& input, const std::string& name) {
    return Reader(input, name).read();
}

FrameFile read_extxyz(const std::filesystem::path& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::error_code ignored;
    if (!file || std::filesystem::is_directory(path, ignored)) {
        const int reason = errno != 0 ? errno : EISDIR;
        throw FileError("reading '" + path.string() + "' failed (" + std::strerror(reason) + ")");
    }
    return read_extxyz(file, path.string());
}

}  // namespace fibonaqi
