#include "fibonaqi/atoms/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// row * (1 + strain)
Vec3 strained_row(const Vec3& row, const Mat3& strain) {
    Vec3 result = row;
    for (std::size_t x = 0; x < 3; ++x) {
        for (std::size_t y = 0; y < 3; ++y) {
            result[x] += row[y] * strain[y][x];
        }
    }
    return result;
}

std::string counted(const std::string& name, std::size_t count) {
    return count == 1 ? name : name + std::to_string(count);
}

}  // namespace

double edge_length(const AtomGraph& graph, std::size_t edge) {
    const Vec3& to = graph.positions[static_cast<std::size_t>(graph.receiver[edge])];
    const Vec3& from = graph.positions[static_cast<std::size_t>(graph.sender[edge])];
    double square = 0.0;
    for (std::size_t x = 0; x < 3; ++x) {
        const double part = to[x] - from[x] + graph.shift[edge][x];
        square += part * part;
    }
    return std::sqrt(square);
}

ClosestPair closest_pair(const Structure& structure, double cutoff) {
    const AtomGraph graph = make_graph(structure, cutoff);
    ClosestPair closest{infinity, 0, 0};
    for (std::size_t edge = 0; edge < graph.sender.size(); ++edge) {
        const double distance = edge_length(graph, edge);
        if (distance < closest.distance) {
            const auto [first, second] = std::minmax(graph.sender[edge], graph.receiver[edge]);
            closest = {distance, static_cast<std::size_t>(first), static_cast<std::size_t>(second)};
        }
    }
    return closest;
}

double closest_approach(const Structure& structure) {
    double largest_radius = 0.0;
    for (const int number : structure.atomic_numbers) {
        largest_radius = std::max(largest_radius, covalent_radius(number));
    }
    if (structure.size() == 0) {
        return infinity;
    }
    const AtomGraph graph = make_graph(structure, 4.0 * largest_radius);
    const auto radius = [&graph](std::int64_t atom) {
        return covalent_radius(graph.atomic_numbers[static_cast<std::size_t>(atom)]);
    };
    double closest = infinity;
    for (std::size_t edge = 0; edge < graph.sender.size(); ++edge) {
        const double sum = radius(graph.sender[edge]) + radius(graph.receiver[edge]);
        closest = std::min(closest, edge_length(graph, edge) / sum);
    }
    return closest < 2.0 ? closest : infinity;
}

Structure strained(const Structure& structure, const Mat3& strain) {
    for (std::size_t x = 0; x < 3; ++x) {
        for (std::size_t y = 0; y < x; ++y) {
            FIBONAQI_EXPECT(strain[x][y] == strain[y][x]);
        }
    }
    Structure result = structure;
    for (Vec3& position : result.positions) {
        position = strained_row(position, strain);
    }
    for (Vec3& row : result.cell) {
        row = strained_row(row, strain);
    }
    return result;
}

std::string formula(const Structure& structure) {
    std::map<std::string, std::size_t> counts;
    for (const int number : structure.atomic_numbers) {
        ++counts[symbol(number)];
    }
    std::string text;
    if (counts.contains("C")) {  // Hill order: carbon, hydrogen, then by alphabet
        for (const char* first : {"C", "H"}) {
            if (counts.contains(first)) {
                text += counted(first, counts[first]);
                counts.erase(first);
            }
        }
    }
    for (const auto& [name, count] : counts) {
        text += counted(name, count);
    }
    return text;
}

}  // namespace fibonaqi
