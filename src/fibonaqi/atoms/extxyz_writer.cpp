#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/extxyz_comment.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

using extxyz::real_text;

// One group of per-atom columns, with its type letter.
struct Column {
    const std::string& name;
    const std::vector<double>& values;
    std::size_t width;
    char type;
};

template <class Predicate>
bool all(const std::vector<double>& values, Predicate predicate) {
    return std::all_of(values.begin(), values.end(), predicate);
}

// ASE wants move_mask as logicals and tags as integers; everything else is real.
char type_of(const std::string& name, const std::vector<double>& values) {
    if (name == "move_mask" && all(values, [](double x) { return x == 0.0 || x == 1.0; })) {
        return 'L';
    }
    const auto is_small_integer = [](double x) { return std::abs(x) < 2147483648.0 && x == std::floor(x); };
    return name == "tags" && all(values, is_small_integer) ? 'I' : 'R';
}

std::vector<Column> columns_of(const Frame& frame, const std::string& forces_name) {
    std::vector<Column> columns;
    const std::size_t atoms = frame.structure.size();
    for (const auto& [name, values] : frame.arrays) {
        FIBONAQI_EXPECT(extxyz::is_column_name(name) && !values.empty() && values.size() % atoms == 0);
        if (frame.labels.forces.empty() || name != forces_name) {  // the label itself comes first
            columns.push_back({name, values, values.size() / atoms, type_of(name, values)});
        }
    }
    return columns;
}

std::string nine_numbers(const Mat3& matrix) {
    std::string text;
    for (const Vec3& row : matrix) {
        for (const double value : row) {
            text += (text.empty() ? "" : " ") + real_text(value);
        }
    }
    return "\"" + text + "\"";
}

// Keys that the writer sets itself, so that a key of info cannot appear twice.
bool is_written_anyway(const std::string& key, const Frame& frame, const std::string& prefix) {
    return key == "Lattice" || key == "Properties" || key == "pbc" ||
           (key == prefix + "energy" && frame.labels.energy) ||
           (key == prefix + "stress" && frame.labels.stress);
}

std::string properties_text(const Frame& frame, const std::vector<Column>& columns,
                            const std::string& forces_name) {
    std::string text = "species:S:1:pos:R:3";
    if (!frame.labels.forces.empty()) {
        text += ":" + forces_name + ":R:3";
    }
    for (const Column& column : columns) {
        text += ":" + column.name + ":" + column.type + ":" + std::to_string(column.width);
    }
    return text;
}

std::string comment_text(const Frame& frame, const std::vector<Column>& columns, const std::string& prefix) {
    const Structure& structure = frame.structure;
    std::string text;
    if (structure.is_periodic() || structure.cell != Mat3{}) {
        text += "Lattice=" + nine_numbers(structure.cell) + " ";
    }
    text += "Properties=" + properties_text(frame, columns, prefix + "forces");
    if (frame.labels.energy) {
        text += " " + prefix + "energy=" + real_text(*frame.labels.energy);
    }
    if (frame.labels.stress) {
        text += " " + prefix + "stress=" + nine_numbers(*frame.labels.stress);
    }
    for (const auto& [key, value] : frame.info) {
        if (!is_written_anyway(key, frame, prefix)) {
            text += " " + extxyz::key_text(key) + "=" + extxyz::value_text(key, value);
        }
    }
    text += " pbc=\"";
    for (std::size_t k = 0; k < 3; ++k) {
        text += (k == 0 ? "" : " ") + std::string(structure.pbc[k] ? "T" : "F");
    }
    return text + "\"";
}

std::string entry_text(char type, double value) {
    if (type == 'L') {
        return value != 0.0 ? "T" : "F";
    }
    return type == 'I' ? std::to_string(std::lround(value)) : real_text(value);
}

void append_numbers(std::string& text, const Vec3& numbers) {
    for (const double number : numbers) {
        text += ' ' + real_text(number);
    }
}

}  // namespace

std::string to_extxyz(const Frame& frame, const ExtxyzOptions& options) {
    const Structure& structure = frame.structure;
    FIBONAQI_EXPECT(structure.size() > 0 && structure.positions.size() == structure.size());
    FIBONAQI_EXPECT(frame.labels.forces.empty() || frame.labels.forces.size() == structure.size());
    const std::vector<Column> columns = columns_of(frame, options.label_prefix + "forces");
    std::string text =
        std::to_string(structure.size()) + "\n" + comment_text(frame, columns, options.label_prefix) + "\n";
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        text += symbol(structure.atomic_numbers[atom]);
        append_numbers(text, structure.positions[atom]);
        if (!frame.labels.forces.empty()) {
            append_numbers(text, frame.labels.forces[atom]);
        }
        for (const Column& column : columns) {
            for (std::size_t n = 0; n < column.width; ++n) {
                text += ' ' + entry_text(column.type, column.values[atom * column.width + n]);
            }
        }
        text += '\n';
    }
    return text;
}

void write_extxyz(const std::filesystem::path& path, const std::vector<Frame>& frames,
                  const ExtxyzOptions& options) {
    std::string text;
    for (const Frame& frame : frames) {
        text += to_extxyz(frame, options);
    }
    write_file_atomically(path, text);
}

}  // namespace fibonaqi
