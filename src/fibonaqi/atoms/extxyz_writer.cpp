#include <cmath>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/extxyz_comment.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

using extxyz::real_text;

// Per-atom columns that ASE wants as logicals or integers; everything else is real.
bool is_logical_column(const std::string& name) {
    return name == "move_mask";
}
bool is_integer_column(const std::string& name) {
    return name == "tags";
}

bool is_column_name(const std::string& name) {
    return !name.empty() && name.find_first_of(" \t\r\n\v\f:=\"'{}[]\\,") == std::string::npos;
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

std::string properties_text(const Frame& frame, const std::string& forces_name) {
    std::string text = "species:S:1:pos:R:3";
    if (!frame.labels.forces.empty()) {
        text += ":" + forces_name + ":R:3";
    }
    const std::size_t atoms = frame.structure.size();
    for (const auto& [name, values] : frame.arrays) {
        FIBONAQI_EXPECT(is_column_name(name) && !values.empty() && values.size() % atoms == 0);
        const char* type = is_logical_column(name) ? ":L:" : is_integer_column(name) ? ":I:" : ":R:";
        text += ":" + name + type + std::to_string(values.size() / atoms);
    }
    return text;
}

std::string comment_text(const Frame& frame, const std::string& prefix) {
    const Structure& structure = frame.structure;
    std::string text;
    if (structure.is_periodic() || structure.cell != Mat3{}) {
        text += "Lattice=" + nine_numbers(structure.cell) + " ";
    }
    text += "Properties=" + properties_text(frame, prefix + "forces");
    if (frame.labels.energy) {
        text += " " + prefix + "energy=" + real_text(*frame.labels.energy);
    }
    if (frame.labels.stress) {
        text += " " + prefix + "stress=" + nine_numbers(*frame.labels.stress);
    }
    for (const auto& [key, value] : frame.info) {
        if (!is_written_anyway(key, frame, prefix)) {
            text += " " + extxyz::key_text(key) + "=" + extxyz::value_text(value);
        }
    }
    text += " pbc=\"";
    for (std::size_t k = 0; k < 3; ++k) {
        text += (k == 0 ? "" : " ") + std::string(structure.pbc[k] ? "T" : "F");
    }
    return text + "\"";
}

std::string cell_text(const std::string& column, double value) {
    if (is_logical_column(column)) {
        return value != 0.0 ? "T" : "F";
    }
    return is_integer_column(column) ? std::to_string(std::lround(value)) : real_text(value);
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
    std::string text =
        std::to_string(structure.size()) + "\n" + comment_text(frame, options.label_prefix) + "\n";
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        text += symbol(structure.atomic_numbers[atom]);
        append_numbers(text, structure.positions[atom]);
        if (!frame.labels.forces.empty()) {
            append_numbers(text, frame.labels.forces[atom]);
        }
        for (const auto& [name, values] : frame.arrays) {
            const std::size_t width = values.size() / structure.size();
            for (std::size_t column = 0; column < width; ++column) {
                text += ' ' + cell_text(name, values[atom * width + column]);
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
