// Feature matrices for tests of the selectors.
#pragma once

#include <cmath>
#include <numeric>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi::test {

using Rows = std::vector<std::vector<double>>;

inline at::Tensor to_tensor(const Rows& rows) {
    std::vector<double> flat;
    for (const std::vector<double>& row : rows) {
        flat.insert(flat.end(), row.begin(), row.end());
    }
    const auto count = static_cast<std::int64_t>(rows.size());
    return at::tensor(flat, at::kDouble)
        .reshape({count, count == 0 ? 0 : static_cast<std::int64_t>(flat.size()) / count});
}

/// Normal entries, keyed by `seed`.
inline Rows random_rows(std::size_t count, std::size_t columns, std::uint64_t seed) {
    KeyedRng rng(seed, "test rows");
    Rows rows(count, std::vector<double>(columns));
    for (std::vector<double>& row : rows) {
        for (double& value : row) {
            value = rng.normal();
        }
    }
    return rows;
}

/// Rows of rank at most `rank`: mixtures of that many directions.
inline Rows random_rows_of_rank(std::size_t count, std::size_t columns, std::size_t rank,
                                std::uint64_t seed) {
    const Rows mix = random_rows(count, rank, seed);
    const Rows directions = random_rows(rank, columns, seed + 1000);
    Rows rows(count, std::vector<double>(columns, 0.0));
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < rank; ++k) {
            for (std::size_t j = 0; j < columns; ++j) {
                rows[i][j] += mix[i][k] * directions[k][j];
            }
        }
    }
    return rows;
}

/// The matrix that tests/reference/selection_strategies.py makes of the same numbers: x <- 1103515245 x +
/// 12345 mod 2^31, entries in (-2, 2), row i longer by 1 + (i mod 7) / 2.
inline Rows recurrence_rows(std::size_t count, std::size_t columns, std::uint64_t seed) {
    std::uint64_t state = seed;
    Rows rows(count, std::vector<double>(columns));
    for (std::size_t i = 0; i < count; ++i) {
        for (double& value : rows[i]) {
            state = (1103515245 * state + 12345) % (std::uint64_t{1} << 31);
            value = (static_cast<double>(state) / 2147483648.0 - 0.5) * 4.0 *
                    (1.0 + static_cast<double>(i % 7) / 2.0);
        }
    }
    return rows;
}

/// Request with ids 0..count-1.
inline SelectionRequest request_for(std::size_t count, std::size_t batch, std::uint64_t seed = 1) {
    SelectionRequest request;
    request.batch = batch;
    request.seed = seed;
    request.ids.resize(count);
    std::iota(request.ids.begin(), request.ids.end(), std::uint64_t{0});
    return request;
}

inline std::vector<std::uint64_t> ids_of(const Selection& selection) {
    std::vector<std::uint64_t> ids;
    for (const Pick& pick : selection.picks) {
        ids.push_back(pick.id);
    }
    return ids;
}

/// Five rows with exact rational weights: order 0,2,4 and 2,0,3 are worked out by hand.
inline Rows hand_worked_rows() {
    return {{3, 0, 0}, {0, 2, 0}, {1, 1, 0}, {0, 0, 1}, {-1, 0, 1}};
}

/// Fourteen rows in four dimensions without symmetry, from integer formulas.
inline Rows formula_rows() {
    Rows rows;
    for (int i = 0; i < 14; ++i) {
        rows.push_back({7 * i % 13 - 6 + 0.01 * i, 5 * i * i % 11 - 5 - 0.02 * i, 3 * i % 7 - 3 + 0.03 * i,
                        static_cast<double>((2 * i * i + i) % 9 - 4)});
    }
    return rows;
}

}  // namespace fibonaqi::test
