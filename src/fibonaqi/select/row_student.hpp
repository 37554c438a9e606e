// A student of rows that turn in the course of a training: it predicts the rows of all frames from the few
// that are computed, so that selection need not pay for every gradient of a superbatch.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

/// Linear in fixed descriptors of the frames, with a memory of each frame's own deviation:
///
///     row_i = B' phi_i + kept_deviation (last known row_i - B' phi_i at that time)
///
/// phi_i = 1 and the principal scores of the frame's descriptors. B is followed by a Kalman filter whose
/// state drifts (recursive least squares with process noise): between two choices its rows lose certainty,
/// that of the 1, in which all rows turn together, much faster than the others. The covariance is that of one
/// column of B in units of the rows' own size (1 at the start), so nothing depends on the unit of the loss.
/// The constants were chosen by how well batches agree with exact ones (docs/selection.md). All on the host,
/// in float64.
class RowStudent {
  public:
    static constexpr double common_drift =
        1.0;  ///< variance that the coefficient of the 1 gains in advance()
    static constexpr double other_drift = 0.003;  ///< likewise of the others
    static constexpr double own_variance = 0.3;   ///< of what no descriptor explains of a row
    static constexpr double kept_deviation =
        0.9;  ///< share of a frame's last deviation that is expected again

    /// All that predictions depend on. Before the first row is learnt only the first two are defined.
    struct State {
        at::Tensor descriptors;   ///< phi [N, p]
        at::Tensor covariance;    ///< [p, p]
        at::Tensor coefficients;  ///< B [p, d]
        at::Tensor deviations;    ///< [N, d]; not finite for a frame whose row was not finite
    };

    /// `descriptors` [N, F], N >= 2: numbers that say how frames differ, in any units. Frames with one that
    /// is not finite count as average.
    explicit RowStudent(const at::Tensor& descriptors);
    explicit RowStudent(State state) : state_(std::move(state)) {}

    /// The weights of the network have moved: what is known of B is less certain now.
    void advance();

    /// Rows [n, d] of these frames at the present weights. Those with a number that is not finite are
    /// remembered and change nothing else. n > 0.
    void learn(const std::vector<std::uint64_t>& frames, const at::Tensor& rows);

    /// [n, d] for any frames; not finite where the last known row was not. Needs that something was learnt.
    at::Tensor predict(const std::vector<std::uint64_t>& frames) const;

    const State& state() const { return state_; }

  private:
    void correct(const at::Tensor& phi, const at::Tensor& rows);

    State state_;
};

}  // namespace fibonaqi
