#include "fibonaqi/select/strategy_options.hpp"

#include <functional>
#include <map>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/select/bait_selector.hpp"
#include "fibonaqi/select/direct_selector.hpp"
#include "fibonaqi/select/divbs_selector.hpp"
#include "fibonaqi/select/frank_wolfe_selector.hpp"
#include "fibonaqi/select/gradient_norm_selector.hpp"
#include "fibonaqi/select/gradmatch_selector.hpp"
#include "fibonaqi/select/infobatch_selector.hpp"
#include "fibonaqi/select/kmeanspp_selector.hpp"
#include "fibonaqi/select/lcmd_selector.hpp"
#include "fibonaqi/select/loss_selector.hpp"
#include "fibonaqi/select/maxdet_selector.hpp"
#include "fibonaqi/select/maxdiag_selector.hpp"
#include "fibonaqi/select/maxdist_selector.hpp"
#include "fibonaqi/select/selector_options.hpp"
#include "fibonaqi/select/window_selector.hpp"

namespace fibonaqi {
namespace {

LabelledOptions labelled_options(const SelectorOptions& options) {
    LabelledOptions result;
    result.is_tp = options.choice<bool>("mode", true, {{"p", false}, {"tp", true}});
    if (options.has("posterior_sigma")) {
        result.posterior_sigma = options.number("posterior_sigma", 0.1, {0.0, false});
    }
    return result;
}

// What is known of one strategy.
struct Entry {
    StrategyTraits traits;
    std::function<void(const Json& options)> check;
};

template <class Options>
Entry entry(Options (*read)(const Json&), const StrategyTraits& traits) {
    return {traits, [read](const Json& options) { (void)read(options); }};
}

Entry without_options(const char* name, const StrategyTraits& traits) {
    return {traits, [name](const Json& options) { const SelectorOptions none(options, name, {}); }};
}

const std::map<std::string, Entry>& entries() {
    constexpr StrategyTraits by_features{true, false, false, false, false};
    constexpr StrategyTraits beside_labelled{true, false, false, true, false};
    constexpr StrategyTraits by_scores{false, true, false, false, false};
    constexpr StrategyTraits by_scores_and_epoch{false, true, false, false, true};
    static const std::map<std::string, Entry> list{
        {"bait", entry(bait_options_from_json, beside_labelled)},
        {"direct", entry(direct_options_from_json, by_features)},
        {"divbs", entry(divbs_options_from_json, by_features)},
        {"frank_wolfe", entry(frank_wolfe_options_from_json, beside_labelled)},
        {"gradient_norm", entry(gradient_norm_options_from_json, by_features)},
        {"gradmatch", entry(gradmatch_options_from_json, by_features)},
        {"infobatch", entry(infobatch_options_from_json, by_scores_and_epoch)},
        {"kmeanspp", entry(kmeanspp_options_from_json, beside_labelled)},
        {"lcmd", entry(lcmd_options_from_json, beside_labelled)},
        {"loss", entry(loss_options_from_json, by_scores_and_epoch)},
        {"maxdet", entry(maxdet_options_from_json, beside_labelled)},
        {"maxdiag", entry(maxdiag_options_from_json, beside_labelled)},
        {"maxdist", entry(maxdist_options_from_json, beside_labelled)},
        {"rho_loss", without_options("rho_loss", {false, true, true, false, false})},
        {"uniform", without_options("uniform", {})},
        {"window", entry(window_options_from_json, by_scores)}};
    return list;
}

const Entry& entry_of(const std::string& name) {
    const auto found = entries().find(name);
    if (found == entries().end()) {
        throw ConfigError("selection strategy '" + name + "' is unknown" +
                          suggestion(name, strategy_names()));
    }
    return found->second;
}

}  // namespace

BaitOptions bait_options_from_json(const Json& options) {
    const SelectorOptions given(options, "bait", {"sigma", "overselect", "mode", "posterior_sigma"});
    const BaitOptions defaults;
    return {labelled_options(given), given.number("sigma", defaults.sigma, {0.0, false}),
            given.number("overselect", defaults.overselect, {1.0, true, 100.0})};
}

DirectOptions direct_options_from_json(const Json& options) {
    const SelectorOptions given(options, "direct", {"per_cluster", "threshold", "branching"});
    const DirectOptions defaults;
    return {given.count("per_cluster", defaults.per_cluster, 1),
            given.number("threshold", defaults.threshold, {0.0, false}),
            given.count("branching", defaults.branching, 2)};
}

DivbsOptions divbs_options_from_json(const Json& options) {
    const SelectorOptions given(options, "divbs", {"pick", "fill"});
    const DivbsOptions defaults;
    return {
        given.choice<DivbsPick>(
            "pick", defaults.pick,
            {{"draw", DivbsPick::draw}, {"argmax", DivbsPick::argmax}, {"ols", DivbsPick::ols}}),
        given.choice<DivbsFill>(
            "fill", defaults.fill,
            {{"uniform", DivbsFill::uniform}, {"restart", DivbsFill::restart}, {"stop", DivbsFill::stop}})};
}

LabelledOptions frank_wolfe_options_from_json(const Json& options) {
    return labelled_options(SelectorOptions(options, "frank_wolfe", {"mode", "posterior_sigma"}));
}

GradientNormOptions gradient_norm_options_from_json(const Json& options) {
    const SelectorOptions given(options, "gradient_norm", {"pick", "gain_test"});
    return {given.choice<NormPick>("pick", GradientNormOptions().pick,
                                   {{"top", NormPick::top}, {"importance", NormPick::importance}}),
            given.flag("gain_test", false)};
}

GradMatchOptions gradmatch_options_from_json(const Json& options) {
    const SelectorOptions given(options, "gradmatch", {"ridge", "fill"});
    const GradMatchOptions defaults;
    return {given.number("ridge", defaults.ridge, {0.0, true}),
            given.choice<GradMatchFill>(
                "fill", defaults.fill, {{"uniform", GradMatchFill::uniform}, {"stop", GradMatchFill::stop}})};
}

InfoBatchOptions infobatch_options_from_json(const Json& options) {
    const SelectorOptions given(options, "infobatch", {"prune", "epochs", "full_after"});
    const InfoBatchOptions defaults;
    return {given.number("prune", defaults.prune, {0.0, true, 0.9}),
            given.count("epochs", defaults.epochs, 0),
            given.number("full_after", defaults.full_after, {0.0, true, 1.0})};
}

KmeansOptions kmeanspp_options_from_json(const Json& options) {
    const SelectorOptions given(options, "kmeanspp", {"first", "mode", "posterior_sigma"});
    return {labelled_options(given), given.choice<KmeansFirst>("first", KmeansOptions().first,
                                                               {{"uniform", KmeansFirst::uniform},
                                                                {"largest", KmeansFirst::largest}})};
}

LabelledOptions lcmd_options_from_json(const Json& options) {
    return labelled_options(SelectorOptions(options, "lcmd", {"mode", "posterior_sigma"}));
}

LossPickOptions loss_options_from_json(const Json& options) {
    const SelectorOptions given(options, "loss", {"pick", "s_begin", "s_end", "epochs"});
    LossPickOptions result;
    result.pick =
        given.choice<LossPick>("pick", result.pick, {{"top", LossPick::top}, {"rank", LossPick::rank}});
    result.s_begin = given.number("s_begin", result.s_begin, {1.0, true, 1e100});
    result.s_end = given.number("s_end", result.s_begin, {1.0, true, 1e100});
    result.epochs = given.count("epochs", result.epochs, 0);
    return result;
}

MaxDetOptions maxdet_options_from_json(const Json& options) {
    const SelectorOptions given(options, "maxdet", {"sigma", "mode", "posterior_sigma"});
    return {labelled_options(given), given.number("sigma", MaxDetOptions().sigma, {0.0, true})};
}

LabelledOptions maxdiag_options_from_json(const Json& options) {
    return labelled_options(SelectorOptions(options, "maxdiag", {"mode", "posterior_sigma"}));
}

LabelledOptions maxdist_options_from_json(const Json& options) {
    return labelled_options(SelectorOptions(options, "maxdist", {"mode", "posterior_sigma"}));
}

WindowOptions window_options_from_json(const Json& options) {
    const SelectorOptions given(options, "window", {"low", "high"});
    const WindowOptions defaults;
    const WindowOptions result{given.number("low", defaults.low, {0.0, true}),
                               given.number("high", defaults.high, {0.0, false})};
    if (!(result.low < result.high)) {
        std::ostringstream message;
        message << "options.high is " << result.high << " and options.low " << result.low
                << " (nothing lies between) give a high above low";
        throw ConfigError(message.str());
    }
    return result;
}

std::vector<std::string> strategy_names() {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries()) {
        names.push_back(name);
    }
    return names;
}

StrategyTraits strategy_traits(const std::string& name) {
    return entry_of(name).traits;
}

void check_strategy(const std::string& name, const Json& options) {
    const Entry& entry = entry_of(name);
    if (!options.is_null() && !options.is_object()) {
        throw ConfigError("options of the selection strategy are not an object (got " + options.dump() +
                          ") use for example {\"pick\": \"draw\"}");
    }
    entry.check(options.is_null() ? Json::object() : options);
}

}  // namespace fibonaqi
