// What frames that have labels already mean for a choice by prediction features: options of the strategies of
// batch-mode active learning.
#pragma once

#include "fibonaqi/select/candidate_rows.hpp"
#include "fibonaqi/select/labelled_options.hpp"

namespace fibonaqi {

/// Candidate rows with these options applied: in mode P `labelled` is empty afterwards.
CandidateRows candidate_rows(const at::Tensor& features, const SelectionRequest& request,
                             const LabelledOptions& options);

/// Rows [n, d] under the map M = sigma (sigma^2 + X'X)^(-1/2), X [m, d] the labelled rows: M g . M h is
/// sigma^2 g' (sigma^2 + X'X)^-1 h, the covariance that is left of a linear model after X was observed with
/// noise sigma (the posterior kernel there, up to a rotation, which no strategy sees). Nothing larger than
/// the smaller of m x m and d x d is formed.
at::Tensor posterior_rows(const at::Tensor& rows, const at::Tensor& labelled, double sigma);

/// W [k, d] with 1 - W'W = sigma^2 (sigma^2 + X'X)^-1; at sigma = 0 an orthonormal basis of the rows of X, of
/// which directions shorter than 1e-6 of the longest are left out. No rows for an empty X.
at::Tensor explained_directions(const at::Tensor& labelled, double sigma);

}  // namespace fibonaqi
