// The checks of the conformance kit, each by itself: what was computed and what it should be.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/label/conformance.hpp"

namespace fibonaqi::conformance {

/// Names of the runs.
namespace run_names {
inline constexpr const char* example = "example";
inline constexpr const char* again = "again";        ///< the example once more
inline constexpr const char* pushed = "pushed";      ///< the closest pair pushed together
inline constexpr const char* shifted = "shifted";    ///< all atoms by one vector
inline constexpr const char* turned = "turned";      ///< atoms and cell by turn()
inline constexpr const char* reversed = "reversed";  ///< atoms in the opposite order
inline constexpr const char* spoiled = "spoiled";    ///< with LabelDriver::spoiled()
std::string displaced(std::size_t direction, double side);
std::string strained(std::size_t direction, double side);
}  // namespace run_names

/// Directions of finite differences: of all atoms together, of length 1 in 3 N dimensions, keyed by their
/// number.
inline constexpr std::size_t displacement_count = 3;
std::vector<Vec3> displacement(std::size_t atoms, std::size_t direction);

/// Symmetric strains of Frobenius length 1: one along the axes, one of angles only.
inline constexpr std::array<Mat3, 2> strain_directions{
    Mat3{Vec3{0.8, 0.0, 0.0}, Vec3{0.0, -0.36, 0.0}, Vec3{0.0, 0.0, 0.48}},
    Mat3{Vec3{0.0, 0.54, -0.36}, Vec3{0.54, 0.0, 0.28}, Vec3{-0.36, 0.28, 0.0}}};
Mat3 scaled(const Mat3& matrix, double factor);

/// The vector in a frame that is turned by 40 degrees around (1, 2, 3).
Vec3 turn(const Vec3& vector);

/// A pair of atoms by their distance over the sum of their covalent radii; `vector` [angstrom] points from
/// first to second (a periodic image of it, perhaps).
struct AtomPair {
    std::size_t first, second;
    Vec3 vector;
};
std::optional<AtomPair> closest_edge(const Structure& structure);

/// The second atom moved along the line until pushed_distance [angstrom], 0.6 of the sum of the covalent
/// radii: there the repulsion of the bare atoms is most of the force (measured: 0.8 to 1.2 times of it, for
/// O-H, C-C and C-O by GFN2-xTB and Si-Si by PBE).
double pushed_distance(const Structure& structure, const AtomPair& pair);
Structure pushed_together(const Structure& structure, const AtomPair& pair);

/// Largest element of turn(example) - found, as tensors.
double turned_stress_difference(const Mat3& example, const Mat3& found);

/// What a check looks at.
struct Evidence {
    const LabelRequest& example;
    const ConformanceOptions& options;
    const ConformanceOutcomes& outcomes;

    const Labels& example_labels() const;
    /// Of a run; null where it has no label.
    const Labels* labels(const std::string& run) const;
    /// "run 'x' has no label (why)".
    std::string missing(const std::string& run) const;
};

ConformanceFinding passed(const std::string& check, const std::string& text);
ConformanceFinding failed(const std::string& check, const std::string& text);
ConformanceFinding unproven(const std::string& check, const std::string& text);

ConformanceFinding judge_label(const Evidence& evidence);   ///< plausible, and far enough from equilibrium
ConformanceFinding judge_forces(const Evidence& evidence);  ///< against differences of energies
ConformanceFinding judge_units(const Evidence& evidence);   ///< force of the pushed pair, to a factor
ConformanceFinding judge_shift(const Evidence& evidence);   ///< nothing changes
ConformanceFinding judge_turn(const Evidence& evidence);    ///< forces and stress turn along
ConformanceFinding judge_order(const Evidence& evidence);   ///< forces come in the order of the atoms
ConformanceFinding judge_repetition(const Evidence& evidence);  ///< the same label again
ConformanceFinding judge_honesty(const Evidence& evidence);     ///< a run that cannot converge gives no label

/// Stress against differences of energies in one of strain_directions.
ConformanceFinding judge_stress(const Evidence& evidence, const std::string& check, std::size_t direction);

}  // namespace fibonaqi::conformance
