#include "fibonaqi/nn/input_features.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

std::size_t place_of(int atomic_number, const std::vector<int>& species) {
    const auto found = std::lower_bound(species.begin(), species.end(), atomic_number);
    FIBONAQI_EXPECT(found != species.end() && *found == atomic_number);
    return static_cast<std::size_t>(found - species.begin());
}

// Place of the unordered pair among (0, 0), (0, 1), ..., (1, 1), ....
std::size_t pair_place(std::size_t a, std::size_t b, std::size_t species) {
    const std::size_t low = std::min(a, b), high = std::max(a, b);
    return low * species - low * (low + 1) / 2 + high;
}

// Adds `share` times the basis functions of one distance.
void add_distance(double* row, double distance, double cutoff, double share) {
    if (distance >= cutoff) {
        return;
    }
    const double fade = 0.5 * (1.0 + std::cos(std::numbers::pi * distance / cutoff));
    const double width = cutoff / radial_columns;
    for (int k = 0; k < radial_columns; ++k) {
        const double away = (distance - (k + 1) * width) / width;
        row[k] += share * fade * std::exp(-0.5 * away * away);
    }
}

void fill_geometry(double* row, const AtomGraph& graph, const InputColumns& columns) {
    const std::size_t species = columns.species.size();
    std::vector<std::size_t> place;
    for (const int number : graph.atomic_numbers) {
        place.push_back(place_of(number, columns.species));
    }
    const auto atoms = static_cast<double>(graph.size());
    for (std::size_t edge = 0; edge < graph.sender.size(); ++edge) {
        const std::size_t pair = pair_place(place[static_cast<std::size_t>(graph.sender[edge])],
                                            place[static_cast<std::size_t>(graph.receiver[edge])], species);
        add_distance(row + pair * radial_columns, edge_length(graph, edge), columns.cutoff, 1.0 / atoms);
    }
    row[species * (species + 1) / 2 * radial_columns] = std::cbrt(graph.volume / atoms);
}

at::Tensor zero_rows(std::size_t rows, std::size_t columns) {
    return at::zeros({static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, at::kDouble);
}

}  // namespace

std::vector<int> elements_of(std::span<const AtomGraph> graphs) {
    std::set<int> elements;
    for (const AtomGraph& graph : graphs) {
        elements.insert(graph.atomic_numbers.begin(), graph.atomic_numbers.end());
    }
    return {elements.begin(), elements.end()};
}

at::Tensor composition_rows(std::span<const AtomGraph> graphs, const InputColumns& columns) {
    const std::size_t width = columns.species.size();
    at::Tensor rows = zero_rows(graphs.size(), width);
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        double* row = rows.data_ptr<double>() + i * width;
        for (const int number : graphs[i].atomic_numbers) {
            row[place_of(number, columns.species)] += 1.0;
        }
    }
    return rows / rows.sum(1, /*keepdim=*/true);
}

at::Tensor geometry_rows(std::span<const AtomGraph> graphs, const InputColumns& columns) {
    FIBONAQI_EXPECT(columns.cutoff > 0.0);
    const std::size_t species = columns.species.size();
    const std::size_t width = species * (species + 1) / 2 * radial_columns + 1;
    at::Tensor rows = zero_rows(graphs.size(), width);
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        fill_geometry(rows.data_ptr<double>() + i * width, graphs[i], columns);
    }
    return rows;
}

}  // namespace fibonaqi::nn
