#include <algorithm>
#include <cmath>
#include <limits>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/label/conformance_checks.hpp"

namespace fibonaqi::conformance {
namespace {

constexpr double pushed_scale = 0.6;

double length(const Vec3& vector) {
    return std::hypot(vector[0], vector[1], vector[2]);
}

double radii(const Structure& structure, std::size_t first, std::size_t second) {
    return covalent_radius(structure.atomic_numbers[first]) +
           covalent_radius(structure.atomic_numbers[second]);
}

}  // namespace

namespace run_names {
std::string displaced(std::size_t direction, double side) {
    return "displaced " + std::to_string(direction + 1) + (side > 0.0 ? " +" : " -");
}
std::string strained(std::size_t direction, double side) {
    return "strained " + std::to_string(direction + 1) + (side > 0.0 ? " +" : " -");
}
}  // namespace run_names

std::vector<Vec3> displacement(std::size_t atoms, std::size_t direction) {
    KeyedRng rng(1, "conformance displacement", 0, direction);
    std::vector<Vec3> vectors(atoms);
    double square = 0.0;
    for (Vec3& vector : vectors) {
        for (double& component : vector) {
            component = rng.normal();
            square += component * component;
        }
    }
    for (Vec3& vector : vectors) {
        for (double& component : vector) {
            component /= std::sqrt(square);
        }
    }
    return vectors;
}

Mat3 scaled(const Mat3& matrix, double factor) {
    Mat3 result = matrix;
    for (Vec3& row : result) {
        for (double& element : row) {
            element *= factor;
        }
    }
    return result;
}

Vec3 turn(const Vec3& vector) {
    // Rodrigues' formula.
    constexpr double angle = 40.0 * 3.14159265358979323846 / 180.0;
    const double norm = std::sqrt(14.0);
    const Vec3 axis{1.0 / norm, 2.0 / norm, 3.0 / norm};
    const double along = axis[0] * vector[0] + axis[1] * vector[1] + axis[2] * vector[2];
    const Vec3 across{axis[1] * vector[2] - axis[2] * vector[1], axis[2] * vector[0] - axis[0] * vector[2],
                      axis[0] * vector[1] - axis[1] * vector[0]};
    Vec3 result{};
    for (std::size_t i = 0; i < 3; ++i) {
        result[i] = std::cos(angle) * vector[i] + std::sin(angle) * across[i] +
                    (1.0 - std::cos(angle)) * along * axis[i];
    }
    return result;
}

double turned_stress_difference(const Mat3& example, const Mat3& found) {
    // R S R^T, column by column.
    Mat3 half{};
    for (std::size_t column = 0; column < 3; ++column) {
        const Vec3 turned = turn({example[0][column], example[1][column], example[2][column]});
        for (std::size_t row = 0; row < 3; ++row) {
            half[row][column] = turned[row];
        }
    }
    double largest = 0.0;
    for (std::size_t row = 0; row < 3; ++row) {
        const Vec3 turned = turn(half[row]);
        for (std::size_t column = 0; column < 3; ++column) {
            largest = std::max(largest, std::abs(turned[column] - found[row][column]));
        }
    }
    return largest;
}

std::optional<AtomPair> closest_edge(const Structure& structure) {
    constexpr double cutoff_A = 6.0;
    const AtomGraph graph = make_graph(structure, cutoff_A);
    std::optional<AtomPair> closest;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t edge = 0; edge < graph.sender.size(); ++edge) {
        const auto first = static_cast<std::size_t>(graph.sender[edge]);
        const auto second = static_cast<std::size_t>(graph.receiver[edge]);
        const double scale = edge_length(graph, edge) / radii(structure, first, second);
        if (first != second && scale < least) {
            least = scale;
            Vec3 vector = graph.shift[edge];
            for (std::size_t axis = 0; axis < 3; ++axis) {
                vector[axis] += graph.positions[second][axis] - graph.positions[first][axis];
            }
            closest = AtomPair{first, second, vector};
        }
    }
    return closest;
}

double pushed_distance(const Structure& structure, const AtomPair& pair) {
    return pushed_scale * radii(structure, pair.first, pair.second);
}

Structure pushed_together(const Structure& structure, const AtomPair& pair) {
    Structure pushed = structure;
    const double now = length(pair.vector);
    const double change = pushed_distance(structure, pair) / now - 1.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        pushed.positions[pair.second][axis] += change * pair.vector[axis];
    }
    return pushed;
}

}  // namespace fibonaqi::conformance
