#include "fibonaqi/atoms/extxyz_labels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "fibonaqi/atoms/extxyz_comment.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

// In order of preference. Plain `energy` comes before `free_energy`, as MACE and ASE's get_potential_energy()
// take it; the audit says where both are there and differ, because forces follow the free energy.
constexpr std::array<const char*, 3> energy_keys{"REF_energy", "energy", "free_energy"};
constexpr std::array<const char*, 3> forces_keys{"REF_forces", "forces", "force"};
struct StressKey {
    const char* name;
    bool is_virial;  // virial = -stress * volume
};
constexpr std::array<StressKey, 6> stress_keys{{{"REF_stress", false},
                                                {"REF_virials", true},
                                                {"REF_virial", true},
                                                {"stress", false},
                                                {"virial", true},
                                                {"virials", true}}};

[[noreturn]] void fail(const std::string& place, const std::string& problem) {
    throw FormatError(place + ": " + problem);
}

bool all_finite(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// Nine numbers are a matrix, six are Voigt xx yy zz yz xz xy.
Mat3 matrix_from(const std::vector<double>& n) {
    if (n.size() == 6) {
        return {{{n[0], n[5], n[4]}, {n[5], n[1], n[3]}, {n[4], n[3], n[2]}}};
    }
    return {{{n[0], n[1], n[2]}, {n[3], n[4], n[5]}, {n[6], n[7], n[8]}}};
}

bool is_symmetric(const Mat3& matrix) {
    double largest = 0.0;
    double difference = 0.0;
    for (std::size_t x = 0; x < 3; ++x) {
        for (std::size_t y = 0; y < 3; ++y) {
            largest = std::max(largest, std::abs(matrix[x][y]));
            difference = std::max(difference, std::abs(matrix[x][y] - matrix[y][x]));
        }
    }
    return difference <= 1.0e-3 * largest;
}

std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + (count == 1 ? " frame " : " frames ") + what;
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// A key that may be a label under another name ("dft_energy"), or an empty string.
template <class Map>
std::string similar_key(const Map& map, const std::string& word) {
    for (const auto& [key, value] : map) {
        if (lower_case(key).find(word) != std::string::npos) {
            return key;
        }
    }
    return {};
}

void add_key_note(std::vector<std::string>& notes, const std::string& what,
                  const std::map<std::string, std::size_t>& keys) {
    if (keys.size() > 1) {
        std::string note = what + " comes from different keys:";
        for (const auto& [key, count] : keys) {
            note += " " + key + " (" + std::to_string(count) + ")";
        }
        notes.push_back(note);
    }
}

std::string key_line(const std::string& what, const std::map<std::string, std::size_t>& keys) {
    std::string line = "  " + what + ":";
    for (const auto& [key, count] : keys) {
        line += " " + key + " (" + std::to_string(count) + ")";
    }
    return line + (keys.empty() ? " none" : "") + "\n";
}

}  // namespace

std::string KeyAudit::report() const {
    std::string text = std::to_string(frames) + (frames == 1 ? " frame\n" : " frames\n");
    text +=
        key_line("energy", energy_keys) + key_line("forces", forces_keys) + key_line("stress", stress_keys);
    for (const std::string& note : notes) {
        text += "  note: " + note + "\n";
    }
    return text;
}

namespace extxyz {

void LabelFinder::take_energy(Frame& frame, const std::string& place) {
    for (const char* key : energy_keys) {
        const auto found = frame.info.find(key);
        if (found == frame.info.end()) {
            continue;
        }
        const std::vector<double> numbers = numbers_in(found->second);
        if (numbers.size() != 1 || !all_finite(numbers)) {
            fail(place, std::string(key) + " is not one finite number (it is an energy in eV) remove the " +
                            "frame, or the key");
        }
        frame.labels.energy = numbers[0];
        frame.info.erase(found);
        ++audit_.energy_keys[key];
        break;
    }
    const auto free_energy = frame.info.find("free_energy");
    if (frame.labels.energy && free_energy != frame.info.end()) {
        const std::vector<double> numbers = numbers_in(free_energy->second);
        const double difference = numbers.size() == 1 ? std::abs(numbers[0] - *frame.labels.energy) : 0.0;
        if (difference > 1.0e-6) {
            ++oddities_["have a free_energy that differs from the energy that is used"];
            largest_free_energy_difference_ = std::max(largest_free_energy_difference_, difference);
        }
    }
}

void LabelFinder::take_forces(Frame& frame, const std::string& place) {
    for (const char* key : forces_keys) {
        const auto found = frame.arrays.find(key);
        if (found == frame.arrays.end()) {
            continue;
        }
        const std::vector<double> numbers = std::move(found->second);
        frame.arrays.erase(found);
        if (numbers.size() != 3 * frame.structure.size()) {
            fail(place, std::string(key) + " has " + std::to_string(numbers.size() / frame.structure.size()) +
                            " columns (forces have 3)");
        }
        if (!all_finite(numbers)) {
            fail(place, std::string(key) +
                            " holds a value that is not finite (forces in eV/angstrom) remove " +
                            "the frame");
        }
        frame.labels.forces.resize(frame.structure.size());
        for (std::size_t n = 0; n < numbers.size(); ++n) {
            frame.labels.forces[n / 3][n % 3] = numbers[n];
        }
        ++audit_.forces_keys[key];
        return;
    }
}

void LabelFinder::take_stress(Frame& frame, const std::string& place) {
    for (const StressKey& key : stress_keys) {
        const auto found = frame.info.find(key.name);
        if (found == frame.info.end()) {
            continue;
        }
        const std::vector<double> numbers = numbers_in(found->second);
        if ((numbers.size() != 6 && numbers.size() != 9) || !all_finite(numbers)) {
            fail(place, std::string(key.name) + " is not 6 (xx yy zz yz xz xy) or 9 finite numbers");
        }
        Mat3 stress = matrix_from(numbers);
        const double cell_volume = volume(frame.structure);
        if (key.is_virial && !(cell_volume > 0.0)) {
            ++oddities_["have a virial without a cell, which is left out"];
            continue;
        }
        for (Vec3& row : stress) {
            for (double& value : row) {
                value = key.is_virial ? -value / cell_volume : value;
                if (!std::isfinite(value)) {
                    fail(place, std::string(key.name) + " gives a stress that is not finite (the cell has " +
                                    "almost no volume)");
                }
            }
        }
        oddities_["have a stress that is not symmetric"] += is_symmetric(stress) ? 0 : 1;
        frame.labels.stress = stress;
        frame.info.erase(found);
        ++audit_.stress_keys[key.name];
        return;
    }
}

void LabelFinder::note_oddities(const Frame& frame) {
    const Labels& labels = frame.labels;
    const bool has_forces = !labels.forces.empty();
    if (!labels.energy && !has_forces && !labels.stress) {
        ++oddities_["have no labels"];
    } else if (!labels.energy) {
        ++oddities_["have labels but no energy"];
    } else if (!has_forces) {
        ++oddities_["have an energy but no forces"];
    }
    const bool all_zero = std::all_of(labels.forces.begin(), labels.forces.end(),
                                      [](const Vec3& force) { return force == Vec3{}; });
    if (has_forces && all_zero && frame.structure.size() > 1) {
        ++oddities_["have forces that are all zero"];
    }
    if (!labels.energy) {
        const std::string key = similar_key(frame.info, "energy");
        if (!key.empty()) {
            ++oddities_["have no energy under a known key but '" + key + "' (rename it to REF_energy)"];
        }
    }
    if (!has_forces) {
        const std::string key = similar_key(frame.arrays, "force");
        if (!key.empty()) {
            ++oddities_["have no forces under a known key but '" + key + "' (rename it to REF_forces)"];
        }
    }
    if (frame.structure.is_periodic() && !(volume(frame.structure) > 0.0)) {
        ++oddities_["have pbc but no cell of three vectors"];
    }
}

void LabelFinder::take_labels(Frame& frame, const std::string& place) {
    ++audit_.frames;
    take_energy(frame, place);
    take_forces(frame, place);
    take_stress(frame, place);
    note_oddities(frame);
}

KeyAudit LabelFinder::audit() const {
    KeyAudit audit = audit_;
    add_key_note(audit.notes, "energy", audit.energy_keys);
    add_key_note(audit.notes, "forces", audit.forces_keys);
    add_key_note(audit.notes, "stress", audit.stress_keys);
    for (const auto& [what, count] : oddities_) {
        if (count > 0) {
            audit.notes.push_back(count_of(count, what));
        }
    }
    if (largest_free_energy_difference_ > 0.0) {
        std::ostringstream note;
        note << "energy and free_energy differ by up to " << largest_free_energy_difference_
             << " eV: energy is used, as MACE does (with electronic smearing forces follow free_energy: "
                "rename it "
                "to REF_energy to train on it)";
        audit.notes.push_back(note.str());
    }
    return audit;
}

}  // namespace extxyz
}  // namespace fibonaqi
