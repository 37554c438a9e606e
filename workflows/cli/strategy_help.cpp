#include "workflows/cli/strategy_help.hpp"

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::cli {

std::string strategy_help() {
    return R"(Strategies and their options (--option key=value; defaults in brackets)
  uniform        at random
  divbs          so that few rows span the mean row. pick=draw|argmax|ols [draw], fill=uniform|restart|stop [uniform]
  gradmatch      so that weighted rows add up to the mean row. ridge [1e-6], fill=uniform|stop [uniform]
  gradient_norm  the longest rows, or a sample with unbiased weights. pick=top|importance [top],
                 gain_test [false; true = uniform where importance gains little]
  maxdiag        the largest variances. mode, posterior_sigma
  maxdet         the largest determinant. sigma [0.1], mode, posterior_sigma
  maxdist        the farthest from the others (core-set, k-centre). mode, posterior_sigma
  lcmd           the farthest of the largest cluster. mode, posterior_sigma
  kmeanspp       drawn by squared distance (k-means++, BADGE). first=uniform|largest [uniform], mode, posterior_sigma
  bait           the least variance of all is left. sigma [0.1], overselect [1; 2 = forward-backward], mode,
                 posterior_sigma
  frank_wolfe    a coreset of the sum of all rows. mode, posterior_sigma
  direct         from every cluster of the principal components. per_cluster [1], threshold [0.5], branching [50]
Strategies that go by numbers of --scores instead of features:
  loss           the largest, or drawn by rank. pick=top|rank [top], s_begin [100], s_end [s_begin], epochs [0]
  rho_loss       the largest loss less that of a reference model (--reference-model, or a second column)
  infobatch      fewer of those below the mean, with larger weights. prune [0.5], epochs [0], full_after [0.875]
  window         at random where low < score < high (a committee's deviation). low [0.05], high [0.15]
mode=tp [tp] starts from the rows of --labelled or --labelled-features, mode=p does not; posterior_sigma takes what they explain
out of all rows first. Details and formulas: docs/formats.md, src/fibonaqi/select.
)";
}

Json strategy_options(const std::vector<std::string>& given) {
    Json options = Json::object();
    for (const std::string& text : given) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw ConfigError("--option '" + text +
                              "' has no value (key=value is wanted) use for example sigma=0.1");
        }
        const std::string key = text.substr(0, equals);
        if (options.contains(key)) {
            throw ConfigError("option " + key + " is given twice (only one can hold) leave one out");
        }
        const std::string value = text.substr(equals + 1);
        const Json parsed = Json::parse(value, nullptr, false);
        options[key] = parsed.is_discarded() || parsed.is_structured() ? Json(value) : parsed;
    }
    return options;
}

}  // namespace fibonaqi::cli
