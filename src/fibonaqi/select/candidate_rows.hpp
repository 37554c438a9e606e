// The rows of a feature matrix that may be selected, in an order that does not depend on the caller's.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/select/row_products.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// Finite rows in float64 on the device of the features, sorted by id: from here on a selector is a function
/// of the set of samples, bit for bit, because even the rounding of its sums cannot see the caller's row
/// order. Rows that are already so are not copied.
struct CandidateRows {
    at::Tensor features;                   ///< [m, d] float64
    at::Tensor labelled;                   ///< [k, d] float64, finite; k = 0 where the request has none
    std::vector<std::uint64_t> ids;        ///< m, ascending
    std::vector<double> scores;            ///< m, or none where the request has none
    std::vector<double> reference_scores;  ///< m, or none where the request has none
    std::vector<std::uint64_t> rejected;   ///< ids of rows or scores with a non-finite entry, ascending

    std::size_t size() const { return ids.size(); }
    /// Row of one of `ids`.
    std::size_t row_of(std::uint64_t id) const;
};

/// Contract: a matrix with one different id per row, batch at least 1; scores and labelled rows, where they
/// are given, of the same number of rows and columns. ContractError names an id that two rows have.
CandidateRows candidate_rows(const at::Tensor& features, const SelectionRequest& request);

/// When no choice is left because batch >= candidates: all of them, by id, reason bypassed or pool_exhausted.
Selection take_everything(const CandidateRows& rows, std::size_t batch);

}  // namespace fibonaqi
