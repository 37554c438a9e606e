// What is known of the strategies without LibTorch: names, what they go by, and whether options are right.
// The engine checks a configuration with it before anything is computed.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// What a strategy goes by; the selector of that name says the same of itself (Selector).
struct StrategyTraits {
    bool needs_features = false;
    bool needs_scores = false;            ///< losses, or deviations of a committee
    bool needs_reference_scores = false;  ///< losses of a model that was trained on others
    bool uses_labelled = false;           ///< rows of frames that have labels already
    bool has_epochs = false;              ///< an option "epochs": a schedule in the course of a training
};

/// Names that make_selector knows, alphabetically.
std::vector<std::string> strategy_names();

/// Throws ConfigError with a suggestion for an unknown name.
StrategyTraits strategy_traits(const std::string& name);

/// Throws ConfigError, as make_selector with the same arguments would: unknown strategy or option, value out
/// of range. Null stands for no options.
void check_strategy(const std::string& name, const Json& options);

}  // namespace fibonaqi
