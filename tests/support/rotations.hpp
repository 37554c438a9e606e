// Rotations and reflections of features, for tests of equivariance.
#pragma once

#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"

#include "tests/support/random_tensors.hpp"

namespace fibonaqi::test {

/// [count, 3], always the same for an item.
inline at::Tensor unit_vectors(std::int64_t count, std::uint64_t item) {
    const at::Tensor vectors = random_tensor({count, 3}, item);
    return vectors / vectors.norm(2, {1}, true);
}

/// The matrix that takes the harmonics of u to those of R u, times (-1)^n for other than natural parity.
inline at::Tensor representation(const Irrep& irrep, const at::Tensor& rotation) {
    const at::Tensor vectors = unit_vectors(60, 99);
    const nn::SphericalHarmonics harmonics(irrep.l, float64);
    const auto part = [&](const at::Tensor& unit) {
        return harmonics.evaluate(unit).narrow(1, irrep.l * irrep.l, 2 * irrep.l + 1);
    };
    const at::Tensor before = part(vectors), after = part(at::mm(vectors, rotation.t()));
    const at::Tensor gram = at::mm(before.t(), before);
    const at::Tensor matrix = at::mm(after.t(), at::mm(before, at::inverse(gram)));
    const bool is_mirrored = at::det(rotation).item<double>() < 0.0;
    return is_mirrored && irrep.parity != natural_parity(irrep.l) ? -matrix : matrix;
}

/// A rotation about a skew axis, times an inversion where `mirrored`.
inline at::Tensor skew_rotation(bool mirrored) {
    const at::Tensor random = random_tensor({3, 3}, 77);
    const at::Tensor q = std::get<0>(at::linalg_qr(random));
    const bool is_mirrored = at::det(q).item<double>() < 0.0;
    return is_mirrored == mirrored ? q : -q;
}

/// Every block times the matrix of its irrep.
inline nn::BlockFeatures rotated(const nn::BlockFeatures& features, const Irreps& irreps,
                                 const at::Tensor& rotation) {
    nn::BlockFeatures result;
    for (std::size_t i = 0; i < features.size(); ++i) {
        result.push_back(at::tensordot(representation(irreps[i].irrep, rotation), features[i], {1}, {0}));
    }
    return result;
}

/// Blocks of normally distributed numbers for the irreps.
inline nn::BlockFeatures random_features(const Irreps& irreps, std::int64_t atoms, std::uint64_t item) {
    nn::BlockFeatures features;
    for (std::size_t i = 0; i < irreps.size(); ++i) {
        features.push_back(
            random_tensor({irreps[i].irrep.components(), atoms, irreps[i].channels}, item + i));
    }
    return features;
}

}  // namespace fibonaqi::test
