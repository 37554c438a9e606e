// The one list of selectors: a new one is added here.
#include <functional>
#include <map>

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
#include "fibonaqi/select/rho_loss_selector.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/strategy_options.hpp"
#include "fibonaqi/select/uniform_selector.hpp"
#include "fibonaqi/select/window_selector.hpp"

namespace fibonaqi {
namespace {

using Maker = std::function<std::unique_ptr<Selector>(const Json& options)>;

// A selector class and the function that reads its options.
template <class Concrete, class Options>
Maker maker(Options (*read)(const Json&)) {
    return [read](const Json& options) { return std::make_unique<Concrete>(read(options)); };
}

template <class Concrete>
Maker without_options() {
    return [](const Json&) { return std::make_unique<Concrete>(); };
}

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> list{
        {"bait", maker<BaitSelector>(bait_options_from_json)},
        {"direct", maker<DirectSelector>(direct_options_from_json)},
        {"divbs", maker<DivbsSelector>(divbs_options_from_json)},
        {"frank_wolfe", maker<FrankWolfeSelector>(frank_wolfe_options_from_json)},
        {"gradient_norm", maker<GradientNormSelector>(gradient_norm_options_from_json)},
        {"gradmatch", maker<GradMatchSelector>(gradmatch_options_from_json)},
        {"infobatch", maker<InfoBatchSelector>(infobatch_options_from_json)},
        {"kmeanspp", maker<KmeansSelector>(kmeanspp_options_from_json)},
        {"lcmd", maker<LcmdSelector>(lcmd_options_from_json)},
        {"loss", maker<LossSelector>(loss_options_from_json)},
        {"maxdet", maker<MaxDetSelector>(maxdet_options_from_json)},
        {"maxdiag", maker<MaxDiagSelector>(maxdiag_options_from_json)},
        {"maxdist", maker<MaxDistSelector>(maxdist_options_from_json)},
        {"rho_loss", without_options<RhoLossSelector>()},
        {"uniform", without_options<UniformSelector>()},
        {"window", maker<WindowSelector>(window_options_from_json)}};
    return list;
}

}  // namespace

std::unique_ptr<Selector> make_selector(const std::string& name, const Json& options) {
    check_strategy(name, options);
    return makers().at(name)(options.is_null() ? Json::object() : options);
}

}  // namespace fibonaqi
