#include "fibonaqi/atoms/structure.hpp"

#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi {

double volume(const Structure& structure) {
    const auto& [a, b, c] = structure.cell;
    return std::abs(a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
                    a[2] * (b[0] * c[1] - b[1] * c[0]));
}

std::string structure_hash(const Structure& structure) {
    FIBONAQI_EXPECT(structure.positions.size() == structure.size());
    Sha256 hash;
    hash.text("fibonaqi-structure-1").integer(static_cast<std::int64_t>(structure.size()));
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        hash.integer(structure.atomic_numbers[atom]);
        for (const double x : structure.positions[atom]) {
            hash.real(x);
        }
    }
    for (std::size_t k = 0; k < 3; ++k) {
        for (const double x : structure.cell[k]) {
            hash.real(x);
        }
        hash.integer(structure.pbc[k] ? 1 : 0);
    }
    return hash.hex();
}

}  // namespace fibonaqi
