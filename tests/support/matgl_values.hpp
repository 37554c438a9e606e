// Compares predictions with what matgl computes (tests/data/matgl).
#pragma once

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "fibonaqi/model/matgl_import.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/matgl_data.hpp"
#include "tests/support/random_tensors.hpp"

namespace fibonaqi::test {

inline std::unique_ptr<Potential> potential_of(const ModelFile& model) {
    return nn::make_potential(nn::load_network(model, float64));
}

inline Prediction predict(Potential& potential, const Structure& structure) {
    const AtomGraph graph = make_graph(structure, potential.card().cutoff);
    return potential.evaluate({&graph, 1})[0];
}

/// Energies [eV], forces [eV/angstrom] and stresses [eV/angstrom^3] of all structures of a record.
inline void expect_matgl_values(Potential& potential, const Json& structures, const Json& values,
                                double tolerance) {
    for (const auto& [name, expected] : values.items()) {
        SCOPED_TRACE(name);
        const Prediction prediction = predict(potential, structure_from(structures.at(name)));
        EXPECT_NEAR(prediction.energy, expected.at("energy").get<double>(), tolerance);
        const std::vector<Vec3> forces = rows_of(expected.at("forces"));
        for (std::size_t atom = 0; atom < forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(prediction.forces[atom][axis], forces[atom][axis], tolerance) << atom;
            }
        }
        ASSERT_EQ(prediction.stress.has_value(), expected.contains("stress"));
        for (std::size_t row = 0; prediction.stress && row < 3; ++row) {
            const Vec3 stress = rows_of(expected.at("stress"))[row];
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR((*prediction.stress)[row][axis], stress[axis], tolerance);
            }
        }
    }
}

/// A potential of O, Mg and Si in this folder, cut to silicon and oxygen, keeps its energies.
inline void expect_same_with_fewer_elements(const ModelFile& whole, const std::filesystem::path& folder) {
    const Structure structure =
        structure_from(read_json(matgl_data / "reference.json").at("structures").at("skewed"));
    ImportOptions options;
    options.species = {14, 8};
    const auto all = potential_of(whole), cut = potential_of(import_matgl(folder, options));
    EXPECT_EQ(cut->card().species, (std::vector<int>{8, 14}));
    EXPECT_NEAR(predict(*all, structure).energy, predict(*cut, structure).energy, 1e-12);
}

}  // namespace fibonaqi::test
