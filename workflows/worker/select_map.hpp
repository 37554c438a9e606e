// Where candidates, picks and labelled frames stand in the plane of largest variance: the "map" of a select
// task, for people to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/json.hpp"

#include "workflows/worker/row_source.hpp"

namespace fibonaqi::worker {

/// Collects the rows of a selection as they pass.
class SelectMap {
  public:
    /// From the keys "map" and "labelled" of the task; empty where no map is asked for. Throws ConfigError
    /// where there is nothing to draw: a strategy that looks at no features, many seeds, or labelled frames
    /// whose rows nothing computes.
    static std::optional<SelectMap> wanted(const Json& task, bool has_features);

    bool has_labelled() const { return has_labelled_; }

    /// Rows [n, d] of a superbatch. Those that are not finite have no place on the map.
    void add(const std::vector<std::uint64_t>& ids, const at::Tensor& rows);

    /// {"variance_shares": [2], "candidates": {"id", "x", "y", "target_temperature_K"}, "of": n, "labelled":
    /// {"x", "y"}}: arrays. Of more than `most` candidates every k-th is there, and all `picks`. Labelled
    /// frames stand where they would as candidates of the last superbatch.
    Json record(const std::vector<std::uint64_t>& picks, RowSource& source) const;

    static constexpr std::size_t most = 2000;

  private:
    bool has_labelled_ = false;
    std::size_t superbatches_ = 0;  // so far
    std::vector<std::uint64_t> ids_;
    std::vector<at::Tensor> rows_;
};

}  // namespace fibonaqi::worker
