#include "fibonaqi/campaign/start_structure.hpp"

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi {
namespace {

Structure first_frame(const std::string& file) {
    const FrameFile content = read_extxyz(file);
    if (content.frames.empty() || content.frames.front().structure.size() == 0) {
        throw ConfigError("system.structure: '" + file +
                          "' has no atoms (the walkers start there) give a "
                          "structure");
    }
    return content.frames.front().structure;
}

}  // namespace

Structure diamond_lattice(int atomic_number, double a) {
    // Two face-centred cubic lattices, a quarter of the diagonal apart.
    Structure structure;
    const std::vector<Vec3> corners{{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    for (const double shift : {0.0, 0.25}) {
        for (const Vec3& corner : corners) {
            structure.atomic_numbers.push_back(atomic_number);
            structure.positions.push_back(
                {a * (corner[0] + shift), a * (corner[1] + shift), a * (corner[2] + shift)});
        }
    }
    structure.cell = {{{a, 0, 0}, {0, a, 0}, {0, 0, a}}};
    structure.pbc = {true, true, true};
    return structure;
}

Structure repeated(const Structure& structure, const std::vector<int>& copies) {
    Structure result;
    result.pbc = structure.pbc;
    for (std::size_t k = 0; k < 3; ++k) {
        if (copies.at(k) > 1 && !structure.pbc[k]) {
            throw ConfigError("system.repeat: copies along a direction that is not periodic (direction " +
                              std::to_string(k + 1) + ") use 1 there");
        }
        for (std::size_t x = 0; x < 3; ++x) {
            result.cell[k][x] = structure.cell[k][x] * copies[k];
        }
    }
    for (int cell = 0; cell < copies[0] * copies[1] * copies[2]; ++cell) {
        const std::array<int, 3> at{cell / (copies[1] * copies[2]), cell / copies[2] % copies[1],
                                    cell % copies[2]};
        for (std::size_t i = 0; i < structure.size(); ++i) {
            Vec3 position = structure.positions[i];
            for (std::size_t x = 0; x < 3; ++x) {
                position[x] += at[0] * structure.cell[0][x] + at[1] * structure.cell[1][x] +
                               at[2] * structure.cell[2][x];
            }
            result.atomic_numbers.push_back(structure.atomic_numbers[i]);
            result.positions.push_back(position);
        }
    }
    return result;
}

Structure start_structure(const CampaignOptions& options) {
    const Structure cell =
        options.structure.empty()
            ? diamond_lattice(atomic_number(options.diamond_element).value(), options.diamond_a_A)
            : first_frame(options.structure);
    return repeated(cell, options.repeat);
}

Mat3 random_strain(double strain_percent, std::uint64_t seed, int cycle, std::size_t item) {
    KeyedRng random(seed, "walker strain", static_cast<std::uint64_t>(cycle), item);
    const double most = strain_percent / 100.0;
    Mat3 strain{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = i; j < 3; ++j) {
            const double value = (i == j ? 1.0 : 0.5) * most * (2.0 * random.uniform() - 1.0);
            strain[i][j] = strain[j][i] = value;
        }
    }
    return strain;
}

}  // namespace fibonaqi
