#include "fibonaqi/atoms/neighbor_list.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

using Int3 = std::array<int, 3>;

constexpr double largest_coordinate = 1.0e9;  // [angstrom]; beyond it rounding would spoil distances
constexpr double most_edges = 2147483648.0;   // 2^31
constexpr double most_bins_searched = 1.0e8;  // around one bin; reached only by absurdly small or flat cells
constexpr double singular_ratio = 1.0e-8;     // volume of the cell / product of its edge lengths
// Bins are chosen for a slightly longer cutoff, so that rounding in fractional coordinates loses no pair. The
// distance itself is tested without it.
constexpr double safety = 1.0 + 1.0e-9;

double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double length(const Vec3& a) {
    return std::sqrt(dot(a, a));
}

Vec3 scaled(const Vec3& a, double factor) {
    return {a[0] * factor, a[1] * factor, a[2] * factor};
}

// a + n * cell
Vec3 shifted(const Vec3& a, const Int3& n, const Mat3& cell) {
    Vec3 sum = a;
    for (std::size_t k = 0; k < 3; ++k) {
        for (std::size_t x = 0; x < 3; ++x) {
            sum[x] += n[k] * cell[k][x];
        }
    }
    return sum;
}

void check(const Structure& structure, double cutoff) {
    FIBONAQI_EXPECT(structure.positions.size() == structure.size());
    FIBONAQI_EXPECT(std::isfinite(cutoff) && cutoff > 0.0);
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        for (const double x : structure.positions[atom]) {
            if (!(std::abs(x) <= largest_coordinate)) {
                const int number = structure.atomic_numbers[atom];
                const bool known = number >= 1 && number <= largest_atomic_number;
                throw Error("atom " + std::to_string(atom) + (known ? " (" + symbol(number) + ")" : "") +
                            " has a coordinate of " + std::to_string(x) +
                            " angstrom (not finite, or too far away) check the structure");
            }
        }
    }
    for (std::size_t k = 0; k < 3; ++k) {
        const double edge = length(structure.cell[k]);
        if (structure.pbc[k] && !(edge > 0.0 && edge <= largest_coordinate)) {
            throw Error("cell vector " + std::to_string(k + 1) + " has length " + std::to_string(edge) +
                        " angstrom (but this direction is periodic) give a cell, or set pbc to F");
        }
    }
}

// A unit vector perpendicular to `others`, which are one or two of the three basis vectors.
Vec3 perpendicular(const Vec3& first, const Vec3& second) {
    const Vec3 normal = cross(first, second);
    return scaled(normal, 1.0 / length(normal));
}

// Along non-periodic directions nothing repeats, so whatever vector the cell has there is replaced by a unit
// vector perpendicular to the periodic ones: such a basis always exists.
Mat3 complete_basis(const Structure& structure) {
    Mat3 basis = structure.cell;
    std::vector<std::size_t> fixed;
    std::vector<std::size_t> open;
    for (std::size_t k = 0; k < 3; ++k) {
        (structure.pbc[k] ? fixed : open).push_back(k);
    }
    if (fixed.empty()) {
        return {{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    }
    if (fixed.size() == 1) {
        const Vec3& a = basis[fixed[0]];
        std::size_t least = 0;  // the axis that is most nearly perpendicular to a
        for (std::size_t x = 1; x < 3; ++x) {
            least = std::abs(a[x]) < std::abs(a[least]) ? x : least;
        }
        Vec3 axis{};
        axis[least] = 1.0;
        basis[open[0]] = perpendicular(a, axis);
        basis[open[1]] = perpendicular(a, basis[open[0]]);
    } else if (fixed.size() == 2) {
        const Vec3 normal = cross(basis[fixed[0]], basis[fixed[1]]);
        const double size = length(normal);
        basis[open[0]] = size > 0.0 ? scaled(normal, 1.0 / size) : Vec3{};
    }
    return basis;
}

// How space is cut into bins: fractional coordinates of `basis`, from `origin` in steps of `width`.
struct Grid {
    Mat3 basis;
    Mat3 reciprocal;  // columns of the inverse: fractional coordinate k = dot(position, reciprocal[k])
    Vec3 height;      // distance between the faces of the basis [angstrom]
    Vec3 origin{};    // least fractional coordinate that is binned
    Vec3 extent{1.0, 1.0, 1.0};  // range of fractional coordinates that is binned
    Int3 bins{1, 1, 1};
    Int3 reach{};  // how many bins away a neighbour may be
};

Grid make_basis(const Structure& structure) {
    Grid grid;
    grid.basis = complete_basis(structure);
    const auto& [a, b, c] = grid.basis;
    const double det = dot(a, cross(b, c));
    if (!(std::abs(det) > singular_ratio * length(a) * length(b) * length(c))) {
        throw Error("cell is singular (its periodic vectors lie in one plane or line; volume " +
                    std::to_string(std::abs(det)) + " angstrom^3) give three independent cell vectors");
    }
    grid.reciprocal = {scaled(cross(b, c), 1.0 / det), scaled(cross(c, a), 1.0 / det),
                       scaled(cross(a, b), 1.0 / det)};
    for (std::size_t k = 0; k < 3; ++k) {
        grid.height[k] = 1.0 / length(grid.reciprocal[k]);
    }
    return grid;
}

// Refuses lists that cannot be held before anything is allocated: every atom has about this many images.
void check_size(const Structure& structure, const Grid& grid, double cutoff) {
    double images = 1.0;
    double searched = 1.0;
    for (std::size_t k = 0; k < 3; ++k) {
        images *= structure.pbc[k] ? std::max(1.0, cutoff / grid.height[k]) : 1.0;
        searched *= structure.pbc[k] ? 2.0 * std::ceil(cutoff / grid.height[k]) + 1.0 : 1.0;
    }
    if (images * static_cast<double>(structure.size()) > most_edges || searched > most_bins_searched) {
        throw Error("neighbour list would be too long (the cell is tiny or flat beside the cutoff of " +
                    std::to_string(cutoff) + " angstrom) check the cell");
    }
}

void choose_bins(Grid& grid, const Structure& structure, double cutoff) {
    const double reach = cutoff * safety;
    Vec3 wanted;
    for (std::size_t k = 0; k < 3; ++k) {
        wanted[k] = std::clamp(std::floor(grid.extent[k] * grid.height[k] / reach), 1.0, 1.0e9);
    }
    // Atoms far apart must not cost memory: never many more bins than atoms.
    const double most = 64.0 + 4.0 * static_cast<double>(structure.size());
    while (wanted[0] * wanted[1] * wanted[2] > most) {
        double& largest = *std::max_element(wanted.begin(), wanted.end());
        largest = std::ceil(largest / 2.0);
    }
    for (std::size_t k = 0; k < 3; ++k) {
        grid.bins[k] = static_cast<int>(wanted[k]);
        const double width = grid.extent[k] * grid.height[k] / wanted[k];
        const double steps = width > 0.0 ? std::ceil(reach / width) : 0.0;
        grid.reach[k] = static_cast<int>(structure.pbc[k] ? steps : std::min(steps, wanted[k] - 1.0));
    }
}

// Every atom wrapped into the cell along periodic directions, and sorted into its bin.
struct Binned {
    std::vector<Vec3> wrapped;       // position - offset * cell
    std::vector<Int3> offset;        // whole cells taken off
    std::vector<Int3> bin;           // of each atom
    std::vector<std::size_t> first;  // atoms of bin b: order[first[b]] .. order[first[b + 1] - 1]
    std::vector<std::size_t> order;
};

std::size_t flat(const Int3& bin, const Grid& grid) {
    return (static_cast<std::size_t>(bin[0]) * static_cast<std::size_t>(grid.bins[1]) +
            static_cast<std::size_t>(bin[1])) *
               static_cast<std::size_t>(grid.bins[2]) +
           static_cast<std::size_t>(bin[2]);
}

// Wraps all atoms and returns their fractional coordinates.
std::vector<Vec3> wrap(Binned& binned, const Structure& structure, const Grid& grid) {
    std::vector<Vec3> fractional(structure.size());
    binned.offset.assign(structure.size(), Int3{});
    binned.wrapped.resize(structure.size());
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        for (std::size_t k = 0; k < 3; ++k) {
            double& f = fractional[atom][k];
            f = dot(structure.positions[atom], grid.reciprocal[k]);
            if (!structure.pbc[k]) {
                continue;
            }
            const double whole = std::floor(f);
            if (std::abs(whole) > 1.0e8) {
                throw Error("atom " + std::to_string(atom) + " lies " + std::to_string(whole) +
                            " cells away (too far to count images) wrap it into the cell");
            }
            binned.offset[atom][k] = static_cast<int>(whole);
            f -= whole;
        }
        const Int3& n = binned.offset[atom];
        binned.wrapped[atom] = shifted(structure.positions[atom], {-n[0], -n[1], -n[2]}, grid.basis);
    }
    return fractional;
}

void set_extent(Grid& grid, const Structure& structure, const std::vector<Vec3>& fractional) {
    for (std::size_t k = 0; k < 3; ++k) {
        if (structure.pbc[k] || fractional.empty()) {
            continue;
        }
        const auto [low, high] = std::minmax_element(
            fractional.begin(), fractional.end(), [k](const Vec3& a, const Vec3& b) { return a[k] < b[k]; });
        grid.origin[k] = (*low)[k];
        grid.extent[k] = (*high)[k] - (*low)[k];
    }
}

void sort_into_bins(Binned& binned, const Grid& grid, const std::vector<Vec3>& fractional) {
    const std::size_t atoms = fractional.size();
    const Int3 last{grid.bins[0] - 1, grid.bins[1] - 1, grid.bins[2] - 1};
    binned.bin.resize(atoms);
    binned.first.assign(flat(last, grid) + 2, 0);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        for (std::size_t k = 0; k < 3; ++k) {
            const double part =
                grid.extent[k] > 0.0 ? (fractional[atom][k] - grid.origin[k]) / grid.extent[k] : 0.0;
            binned.bin[atom][k] = std::clamp(static_cast<int>(part * grid.bins[k]), 0, last[k]);
        }
        ++binned.first[flat(binned.bin[atom], grid) + 1];
    }
    for (std::size_t b = 1; b < binned.first.size(); ++b) {
        binned.first[b] += binned.first[b - 1];
    }
    std::vector<std::size_t> next(binned.first.begin(), binned.first.end() - 1);
    binned.order.resize(atoms);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        binned.order[next[flat(binned.bin[atom], grid)]++] = atom;
    }
}

// Finds the neighbours of one atom after the other.
class Search {
  public:
    Search(const Structure& structure, const Grid& grid, const Binned& binned, double cutoff)
        : structure_(structure), grid_(grid), binned_(binned), cutoff_(cutoff) {}

    void append_edges_to(std::size_t receiver, NeighborList& list) {
        found_.clear();
        const Int3& bin = binned_.bin[receiver];
        Int3 step;
        for (step[0] = -grid_.reach[0]; step[0] <= grid_.reach[0]; ++step[0]) {
            for (step[1] = -grid_.reach[1]; step[1] <= grid_.reach[1]; ++step[1]) {
                for (step[2] = -grid_.reach[2]; step[2] <= grid_.reach[2]; ++step[2]) {
                    search_bin(receiver, {bin[0] + step[0], bin[1] + step[1], bin[2] + step[2]});
                }
            }
        }
        std::sort(found_.begin(), found_.end());
        if (static_cast<double>(list.size() + found_.size()) > most_edges) {
            throw Error("neighbour list has more than 2^31 edges (cutoff " + std::to_string(cutoff_) +
                        " angstrom) use a smaller structure or cutoff");
        }
        for (const auto& [sender, shift] : found_) {
            list.sender.push_back(static_cast<std::int64_t>(sender));
            list.receiver.push_back(static_cast<std::int64_t>(receiver));
            list.unit_shift.push_back(shift);
        }
    }

  private:
    // `bin` may lie outside the grid: along periodic directions it then stands for an image of a bin inside.
    void search_bin(std::size_t receiver, Int3 bin) {
        Int3 image{};
        for (std::size_t k = 0; k < 3; ++k) {
            if (bin[k] >= 0 && bin[k] < grid_.bins[k]) {
                continue;
            }
            if (!structure_.pbc[k]) {
                return;
            }
            image[k] = bin[k] / grid_.bins[k] - (bin[k] % grid_.bins[k] < 0 ? 1 : 0);
            bin[k] -= image[k] * grid_.bins[k];
        }
        const Vec3 moved = shifted(Vec3{}, image, grid_.basis);
        const std::size_t b = flat(bin, grid_);
        for (std::size_t at = binned_.first[b]; at < binned_.first[b + 1]; ++at) {
            const std::size_t sender = binned_.order[at];
            const Vec3& from = binned_.wrapped[sender];
            const Vec3& to = binned_.wrapped[receiver];
            const Vec3 rough{to[0] - from[0] - moved[0], to[1] - from[1] - moved[1],
                             to[2] - from[2] - moved[2]};
            if (dot(rough, rough) <= cutoff_ * cutoff_ * safety) {
                add_if_near(receiver, sender, image);
            }
        }
    }

    // The distance that counts is the one that users of the list compute: from positions as given.
    void add_if_near(std::size_t receiver, std::size_t sender, const Int3& image) {
        Int3 shift;
        for (std::size_t k = 0; k < 3; ++k) {
            shift[k] = binned_.offset[sender][k] - binned_.offset[receiver][k] - image[k];
        }
        const Vec3& to = structure_.positions[receiver];
        const Vec3& from = structure_.positions[sender];
        const Vec3 edge = shifted({to[0] - from[0], to[1] - from[1], to[2] - from[2]}, shift, grid_.basis);
        const bool is_itself = receiver == sender && shift == Int3{};
        if (!is_itself && length(edge) < cutoff_) {
            found_.emplace_back(sender, shift);
        }
    }

    const Structure& structure_;
    const Grid& grid_;
    const Binned& binned_;
    double cutoff_;
    std::vector<std::pair<std::size_t, Int3>> found_;
};

}  // namespace

NeighborList neighbor_list(const Structure& structure, double cutoff) {
    check(structure, cutoff);
    Grid grid = make_basis(structure);
    check_size(structure, grid, cutoff);
    Binned binned;
    const std::vector<Vec3> fractional = wrap(binned, structure, grid);
    set_extent(grid, structure, fractional);
    choose_bins(grid, structure, cutoff);
    sort_into_bins(binned, grid, fractional);

    NeighborList list;
    Search search(structure, grid, binned, cutoff);
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        search.append_edges_to(atom, list);
    }
    return list;
}

}  // namespace fibonaqi
