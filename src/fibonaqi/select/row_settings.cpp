#include "fibonaqi/select/row_settings.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi {

std::vector<ConfigKey> row_keys(const std::string& section) {
    using namespace config;
    return {
        text(section + ".last_layer", "final",
             "gradients are of these weights: final = of the last linear layer, linear_readouts = also those "
             "of "
             "earlier layers, readouts = hidden weights too")
            .one_of({"final", "linear_readouts", "readouts"}),
        flag(section + ".normalise_rows", false, "features to length 1: directions only"),
        number(
            section + ".clip_norm", 0,
            "features longer than this quantile of their superbatch are shortened to it, so that an outlier "
            "is not chosen again and again; 0 = none")
            .between(0, 1),
    };
}

std::vector<ConfigProblem> row_problems(const Json& values, const std::string& pointer) {
    if (!values.at("normalise_rows").get<bool>() || values.at("clip_norm") == 0) {
        return {};
    }
    return {
        {pointer + "/clip_norm", "is given with normalise_rows (all rows have length 1 then) leave one out"}};
}

std::vector<ConfigProblem> strategy_problems(const Json& values, const std::string& pointer) {
    try {
        check_strategy(values.at("strategy").get<std::string>(), values.at("options"));
    } catch (const ConfigError& error) {
        return {{pointer + "/options", error.what()}};
    }
    return {};
}

}  // namespace fibonaqi
