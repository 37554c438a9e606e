// The one list of selectors: a new one is added here.
#include <algorithm>
#include <functional>
#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/select/divbs_selector.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/uniform_selector.hpp"

namespace fibonaqi {
namespace {

using Maker = std::function<std::unique_ptr<Selector>(const Json& options)>;

std::unique_ptr<Selector> make_divbs(const Json& options) {
    return std::make_unique<DivbsSelector>(divbs_options_from_json(options));
}

std::unique_ptr<Selector> make_uniform(const Json& options) {
    if (!options.empty()) {
        throw ConfigError("options." + options.begin().key() +
                          " is unknown (the uniform selector has no options) remove it");
    }
    return std::make_unique<UniformSelector>();
}

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> list{{"divbs", make_divbs}, {"uniform", make_uniform}};
    return list;
}

}  // namespace

std::unique_ptr<Selector> make_selector(const std::string& name, const Json& options) {
    const auto found = makers().find(name);
    if (found == makers().end()) {
        throw ConfigError("selection strategy '" + name + "' is unknown" +
                          suggestion(name, selector_names()));
    }
    if (!options.is_null() && !options.is_object()) {
        throw ConfigError("options of the selection strategy are not an object (got " + options.dump() +
                          ") use for example {\"pick\": \"draw\"}");
    }
    return found->second(options.is_null() ? Json::object() : options);
}

std::vector<std::string> selector_names() {
    std::vector<std::string> names;
    for (const auto& [name, maker] : makers()) {
        names.push_back(name);
    }
    return names;
}

}  // namespace fibonaqi
