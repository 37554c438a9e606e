// Where a frame came from, as its info keys say (docs/formats.md, fibonaqi-md and select).
#pragma once

#include <optional>
#include <string>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/label/label_store.hpp"

namespace fibonaqi {

/// The number under `key`; empty when there is none or it is no number.
std::optional<double> number_of(const Frame& frame, const std::string& key);

/// The text under `key`; empty when there is none.
std::string text_of(const Frame& frame, const std::string& key);

/// walker, step, target_temperature_K, selection_order and selection_score of a chosen frame.
LabelOrigin origin_of(const Frame& frame, int cycle);

}  // namespace fibonaqi
