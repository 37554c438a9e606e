#include "fibonaqi/atoms/neighbor_list.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/rng.hpp"

#include "tests/support/shared_data.hpp"

namespace fibonaqi {
namespace {

using Edge = std::tuple<std::int64_t, std::int64_t, std::array<int, 3>>;  // receiver, sender, shift

std::vector<Edge> edges_of(const NeighborList& list) {
    std::vector<Edge> edges;
    for (std::size_t e = 0; e < list.size(); ++e) {
        edges.emplace_back(list.receiver[e], list.sender[e], list.unit_shift[e]);
    }
    return edges;
}

double edge_length(const Structure& structure, const Edge& edge) {
    const auto& [receiver, sender, shift] = edge;
    double square = 0.0;
    for (std::size_t x = 0; x < 3; ++x) {
        double part = structure.positions[static_cast<std::size_t>(receiver)][x] -
                      structure.positions[static_cast<std::size_t>(sender)][x];
        for (std::size_t k = 0; k < 3; ++k) {
            part += shift[k] == 0 ? 0.0 : shift[k] * structure.cell[k][x];
        }
        square += part * part;
    }
    return std::sqrt(square);
}

// Images to look at along direction k: the edge vector is known to be longer than
// |fractional component| * height, so that far images cannot be near.
int images_needed(const Structure& structure, std::size_t k, double cutoff) {
    if (!structure.pbc[k]) {
        return 0;
    }
    // |row k of the inverse| by Gram-Schmidt against the other periodic vectors.
    Vec3 rest = structure.cell[k];
    std::vector<Vec3> others;
    for (std::size_t other = 0; other < 3; ++other) {
        if (other != k && structure.pbc[other]) {
            others.push_back(structure.cell[other]);
        }
    }
    const auto dot = [](const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; };
    const auto remove = [&dot](Vec3& from, const Vec3& along) {
        const double part = dot(from, along) / dot(along, along);
        for (std::size_t x = 0; x < 3; ++x) {
            from[x] -= part * along[x];
        }
    };
    if (others.size() == 2) {
        remove(others[1], others[0]);
    }
    for (const Vec3& other : others) {
        remove(rest, other);
    }
    double farthest = 0.0;  // between two atoms, along `rest` [heights]
    for (const Vec3& a : structure.positions) {
        for (const Vec3& b : structure.positions) {
            farthest = std::max(farthest, std::abs(dot(a, rest) - dot(b, rest)) / dot(rest, rest));
        }
    }
    return static_cast<int>(std::ceil(cutoff / std::sqrt(dot(rest, rest)) + farthest)) + 1;
}

std::vector<Edge> brute_force(const Structure& structure, double cutoff) {
    std::vector<Edge> edges;
    const int n0 = images_needed(structure, 0, cutoff);
    const int n1 = images_needed(structure, 1, cutoff);
    const int n2 = images_needed(structure, 2, cutoff);
    const auto atoms = static_cast<std::int64_t>(structure.size());
    for (std::int64_t receiver = 0; receiver < atoms; ++receiver) {
        for (std::int64_t sender = 0; sender < atoms; ++sender) {
            for (int a = -n0; a <= n0; ++a) {
                for (int b = -n1; b <= n1; ++b) {
                    for (int c = -n2; c <= n2; ++c) {
                        const Edge edge{receiver, sender, {a, b, c}};
                        const bool is_itself = receiver == sender && a == 0 && b == 0 && c == 0;
                        if (!is_itself && edge_length(structure, edge) < cutoff) {
                            edges.push_back(edge);
                        }
                    }
                }
            }
        }
    }
    return edges;
}

double determinant(const Mat3& m) {
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

// Triclinic, of either handedness, atoms up to one cell outside; non-periodic directions sometimes without a
// cell vector.
Structure random_structure(KeyedRng& rng) {
    Structure structure;
    do {
        const double size = 1.5 + 6.0 * rng.uniform();
        for (Vec3& row : structure.cell) {
            for (double& x : row) {
                x = size * (2.0 * rng.uniform() - 1.0);
            }
        }
    } while (std::abs(determinant(structure.cell)) < 8.0);
    const std::size_t atoms = 1 + rng.below(12);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        Vec3 position{};
        for (std::size_t k = 0; k < 3; ++k) {
            const double fraction = 3.0 * rng.uniform() - 1.0;
            for (std::size_t x = 0; x < 3; ++x) {
                position[x] += fraction * structure.cell[k][x];
            }
        }
        structure.positions.push_back(position);
        structure.atomic_numbers.push_back(14);
    }
    for (std::size_t k = 0; k < 3; ++k) {
        structure.pbc[k] = rng.below(3) != 0;
        if (!structure.pbc[k] && rng.below(2) == 0) {
            structure.cell[k] = Vec3{};
        }
    }
    return structure;
}

Structure diamond(std::size_t repeats) {
    constexpr double a = 5.43;
    constexpr double quarter = a / 4.0;
    constexpr std::array<std::array<int, 3>, 8> sites{
        {{0, 0, 0}, {0, 2, 2}, {2, 0, 2}, {2, 2, 0}, {1, 1, 1}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}}};
    Structure structure;
    structure.pbc = {true, true, true};
    for (std::size_t n = 0; n < repeats * repeats * repeats; ++n) {
        const std::array<std::size_t, 3> cell{n / (repeats * repeats), n / repeats % repeats, n % repeats};
        for (const auto& site : sites) {
            Vec3 position;
            for (std::size_t x = 0; x < 3; ++x) {
                position[x] = a * static_cast<double>(cell[x]) + quarter * site[x];
            }
            structure.positions.push_back(position);
            structure.atomic_numbers.push_back(14);
        }
    }
    for (std::size_t k = 0; k < 3; ++k) {
        structure.cell[k][k] = a * static_cast<double>(repeats);
    }
    return structure;
}

template <class Function>
std::string message_of(Function function) {
    try {
        function();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(NeighborList, equals_brute_force_in_random_cells) {
    KeyedRng rng(7, "neighbor_list_test");
    std::size_t edges = 0;
    for (int trial = 0; trial < 300; ++trial) {
        const Structure structure = random_structure(rng);
        const double cutoff = 2.0 + 4.0 * rng.uniform();
        const std::vector<Edge> expected = brute_force(structure, cutoff);
        ASSERT_EQ(edges_of(neighbor_list(structure, cutoff)), expected) << "trial " << trial;
        edges += expected.size();
    }
    EXPECT_GT(edges, 50000U);  // the test looked at something
}

TEST(NeighborList, counts_the_shells_of_diamond) {
    // 4 at 2.351, 12 at 3.840, 12 at 4.502, 6 at 5.430, 12 at 5.917, 24 at 6.65 angstrom
    const std::vector<std::pair<double, std::size_t>> shells{{2.3, 0},  {2.4, 4},  {3.9, 16},
                                                             {4.6, 28}, {5.5, 34}, {6.0, 46}};
    for (const std::size_t repeats : {1U, 2U, 3U}) {
        const Structure structure = diamond(repeats);
        for (const auto& [cutoff, neighbors] : shells) {
            EXPECT_EQ(neighbor_list(structure, cutoff).size(), neighbors * structure.size());
        }
    }
}

TEST(NeighborList, takes_only_distances_below_the_cutoff) {
    Structure dimer{{1, 1}, {{0.0, 0.0, 0.0}, {3.0, 0.0, 0.0}}, {}, {}};
    EXPECT_EQ(neighbor_list(dimer, 3.0).size(), 0U);
    EXPECT_EQ(neighbor_list(dimer, std::nextafter(3.0, 4.0)).size(), 2U);
    Structure chain{{1}, {{0.5, 0.0, 0.0}}, {{{3.0, 0.0, 0.0}, {}, {}}}, {true, false, false}};
    EXPECT_EQ(neighbor_list(chain, 3.0).size(), 0U);
    EXPECT_EQ(neighbor_list(chain, 3.1).size(), 2U);
}

TEST(NeighborList, keeps_its_pairs_when_atoms_are_moved_by_cell_vectors_or_together) {
    KeyedRng rng(8, "neighbor_list_test");
    for (int trial = 0; trial < 20; ++trial) {
        Structure structure = random_structure(rng);
        const std::size_t count = neighbor_list(structure, 4.0).size();
        Structure moved = structure;
        for (Vec3& position : moved.positions) {
            const int cells = static_cast<int>(rng.below(7)) - 3;
            for (std::size_t x = 0; x < 3; ++x) {
                position[x] += 17.25 + (moved.pbc[0] ? cells * moved.cell[0][x] : 0.0);
            }
        }
        // A random distance within 1e-13 of the cutoff does not occur with these seeds.
        EXPECT_EQ(neighbor_list(moved, 4.0).size(), count) << "trial " << trial;
    }
}

TEST(NeighborList, has_every_edge_in_both_directions) {
    KeyedRng rng(9, "neighbor_list_test");
    const Structure structure = random_structure(rng);
    std::vector<Edge> edges = edges_of(neighbor_list(structure, 5.0));
    std::vector<Edge> reversed;
    for (const auto& [receiver, sender, shift] : edges) {
        reversed.emplace_back(sender, receiver, std::array<int, 3>{-shift[0], -shift[1], -shift[2]});
    }
    std::sort(reversed.begin(), reversed.end());
    EXPECT_TRUE(std::is_sorted(edges.begin(), edges.end()));
    EXPECT_EQ(edges, reversed);
    EXPECT_FALSE(edges.empty());
}

TEST(NeighborList, needs_time_in_proportion_to_the_atoms) {
    const auto seconds = [](const Structure& structure) {
        double best = std::numeric_limits<double>::infinity();
        for (int round = 0; round < 3; ++round) {
            const auto start = std::chrono::steady_clock::now();
            EXPECT_GT(neighbor_list(structure, 4.0).size(), 0U);
            best = std::min(best,
                            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
        return best;
    };
    const double small = seconds(diamond(5));   // 1000 atoms
    const double large = seconds(diamond(10));  // 8000 atoms: quadratic cost would be 64 times more
    EXPECT_LT(large, 32.0 * small);
}

TEST(NeighborList, does_not_pay_for_empty_space) {
    const Structure far{{1, 1, 1}, {{0.0, 0.0, 0.0}, {9.0e8, -9.0e8, 9.0e8}, {1.0, 0.0, 0.0}}, {}, {}};
    EXPECT_EQ(neighbor_list(far, 2.0).size(), 2U);
}

TEST(NeighborList, of_no_atoms_is_empty) {
    EXPECT_EQ(neighbor_list(Structure{}, 5.0).size(), 0U);
}

TEST(NeighborList, refuses_what_has_no_neighbors) {
    const auto refusal = [](const Structure& structure) {
        return message_of([&structure] { neighbor_list(structure, 5.0); });
    };
    Structure structure = diamond(1);
    structure.positions[3][1] = std::nan("");
    EXPECT_THAT(refusal(structure), testing::HasSubstr("atom 3 (Si) has a coordinate of nan"));
    structure = diamond(1);
    structure.cell[1] = Vec3{};
    EXPECT_THAT(refusal(structure), testing::HasSubstr("cell vector 2 has length 0"));
    structure = diamond(1);
    structure.cell[1] = structure.cell[0];
    EXPECT_THAT(refusal(structure), testing::HasSubstr("cell is singular"));
    structure = diamond(1);
    for (std::size_t k = 0; k < 3; ++k) {
        structure.cell[k][k] = 1.0e-3;
    }
    EXPECT_THAT(refusal(structure), testing::HasSubstr("too long"));
    structure.pbc = {true, true, false};
    structure.cell = {{{1.0, 1.0, 0.0}, {-2.0, -2.0, 0.0}, {}}};
    EXPECT_THAT(refusal(structure), testing::HasSubstr("cell is singular"));
    structure = diamond(1);
    structure.positions[0][0] = 1.0e300;
    EXPECT_THAT(refusal(structure), testing::HasSubstr("atom 0 (Si)"));
}

TEST(AtomGraph, repeats_the_list_with_cartesian_shifts) {
    KeyedRng rng(10, "neighbor_list_test");
    for (int trial = 0; trial < 20; ++trial) {
        const Structure structure = random_structure(rng);
        const NeighborList list = neighbor_list(structure, 4.0);
        const AtomGraph graph = make_graph(structure, 4.0);
        ASSERT_EQ(graph.sender, list.sender);
        ASSERT_EQ(graph.receiver, list.receiver);
        const std::vector<Edge> edges = edges_of(list);
        for (std::size_t e = 0; e < edges.size(); ++e) {
            double square = 0.0;
            for (std::size_t x = 0; x < 3; ++x) {
                const double part = graph.positions[static_cast<std::size_t>(graph.receiver[e])][x] -
                                    graph.positions[static_cast<std::size_t>(graph.sender[e])][x] +
                                    graph.shift[e][x];
                square += part * part;
            }
            // same sum in another order: rounding only
            ASSERT_NEAR(std::sqrt(square), edge_length(structure, edges[e]), 1.0e-13);
        }
        EXPECT_EQ(graph.volume > 0.0, structure.is_fully_periodic());
    }
}

// The tensors of one safetensors file: 8 bytes length, JSON header, data.
class ReferenceFile {
  public:
    explicit ReferenceFile(const std::filesystem::path& path) : content_(read_file(path)) {
        std::uint64_t size = 0;
        std::copy_n(content_.data(), sizeof size, reinterpret_cast<char*>(&size));
        header_ = parse_json(std::string_view(content_).substr(8, size), path.string());
        data_ = 8 + size;
    }
    template <class T>
    std::vector<T> values(const std::string& name, const std::string& dtype) const {
        const Json& tensor = header_.at(name);
        EXPECT_EQ(tensor.at("dtype"), dtype) << name;
        const auto begin = tensor.at("data_offsets")[0].get<std::size_t>();
        const auto end = tensor.at("data_offsets")[1].get<std::size_t>();
        std::vector<T> result((end - begin) / sizeof(T));
        std::copy_n(content_.data() + data_ + begin, end - begin, reinterpret_cast<char*>(result.data()));
        return result;
    }
    bool has(const std::string& name) const { return header_.contains(name); }

  private:
    std::string content_;
    Json header_;
    std::size_t data_ = 0;
};

Structure structure_in(const ReferenceFile& file, const std::string& prefix) {
    Structure structure;
    const std::vector<double> positions = file.values<double>(prefix + "positions", "F64");
    const std::vector<double> cell = file.values<double>(prefix + "cell", "F64");
    const std::vector<std::uint8_t> pbc = file.values<std::uint8_t>(prefix + "pbc", "U8");
    for (std::size_t n = 0; n < positions.size() / 3; ++n) {
        structure.positions.push_back({positions[3 * n], positions[3 * n + 1], positions[3 * n + 2]});
        structure.atomic_numbers.push_back(1);
    }
    for (std::size_t k = 0; k < 3; ++k) {
        structure.cell[k] = {cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]};
        structure.pbc[k] = pbc[k] != 0;
    }
    return structure;
}

TEST(NeighborList, equals_the_edges_of_the_python_original) {
    FIBONAQI_NEEDS_SHARED("data/mace_reference");
    const std::filesystem::path folder = test::shared_directory() / "data/mace_reference";
    std::size_t compared = 0;
    for (const char* set :
         {"solvent16_L0", "mp0_small_11el", "random8_mp0small", "random8_L1", "random8_density_agnesi_zbl"}) {
        const ReferenceFile file(folder / set / "reference.safetensors");
        const double cutoff = read_json(folder / set / "hyper.json").at("r_max").get<double>();
        for (const char* name :
             {"dimer", "molecule", "triclinic", "crystal2", "cluster", "slab_ttf", "atom"}) {
            const std::string prefix = std::string(name) + "/in.";
            if (!file.has(prefix + "positions") || !file.has(prefix + "edge_index")) {
                continue;
            }
            const auto index = file.values<std::int32_t>(prefix + "edge_index", "I32");
            const auto shifts = file.values<std::int32_t>(prefix + "unit_shifts", "I32");
            std::vector<Edge> expected;
            const std::size_t edges = index.size() / 2;
            for (std::size_t e = 0; e < edges; ++e) {
                expected.emplace_back(
                    index[edges + e], index[e],
                    std::array<int, 3>{shifts[3 * e], shifts[3 * e + 1], shifts[3 * e + 2]});
            }
            std::sort(expected.begin(), expected.end());
            EXPECT_EQ(edges_of(neighbor_list(structure_in(file, prefix), cutoff)), expected)
                << set << " " << name;
            ++compared;
        }
    }
    EXPECT_GE(compared, 25U);
}

}  // namespace
}  // namespace fibonaqi
