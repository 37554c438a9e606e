#include "fibonaqi/select/selector_options.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

std::string as_text(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

}  // namespace

SelectorOptions::SelectorOptions(const Json& options, std::string selector,
                                 const std::vector<std::string>& known)
    : options_(options), selector_(std::move(selector)) {
    for (const auto& [key, value] : options.items()) {
        if (known.empty()) {
            throw ConfigError("options." + key + " is unknown (the " + selector_ +
                              " selector has no options) remove it");
        }
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            throw ConfigError("options." + key + " is unknown (of the " + selector_ + " selector)" +
                              suggestion(key, known));
        }
    }
}

bool SelectorOptions::has(const std::string& key) const {
    const auto found = options_.find(key);
    return found != options_.end() && !found->is_null();
}

double SelectorOptions::number(const std::string& key, double fallback, const OptionRange& range) const {
    if (!has(key)) {
        return fallback;
    }
    const Json& given = options_.at(key);
    const double value = given.is_number() ? given.get<double>() : std::nan("");
    const bool is_within =
        (range.may_be_least ? value >= range.least : value > range.least) && value <= range.most;
    if (!is_within) {
        throw ConfigError("options." + key + " is " + given.dump() + " (of " + selector_ + ", a number " +
                          (range.may_be_least ? "of at least " : "above ") + as_text(range.least) +
                          (range.most < 1e300 ? " and at most " + as_text(range.most) : "") +
                          ") use for example " + as_text(fallback));
    }
    return value;
}

std::size_t SelectorOptions::count(const std::string& key, std::size_t fallback, std::size_t least) const {
    if (!has(key)) {
        return fallback;
    }
    const Json& given = options_.at(key);
    if (!given.is_number_integer() || given.get<double>() < static_cast<double>(least)) {
        throw ConfigError("options." + key + " is " + given.dump() + " (of " + selector_ +
                          ", a whole number of at least " + std::to_string(least) + ") use for example " +
                          std::to_string(fallback));
    }
    return given.get<std::size_t>();
}

bool SelectorOptions::flag(const std::string& key, bool fallback) const {
    if (has(key) && !options_.at(key).is_boolean()) {
        throw ConfigError("options." + key + " is " + options_.at(key).dump() + " (of " + selector_ +
                          ", true or false) use for example " + (fallback ? "true" : "false"));
    }
    return has(key) ? options_.at(key).get<bool>() : fallback;
}

std::string SelectorOptions::name(const std::string& key, const std::vector<std::string>& known) const {
    const Json& given = options_.at(key);
    const std::string name = given.is_string() ? given.get<std::string>() : given.dump();
    if (!given.is_string() || std::find(known.begin(), known.end(), name) == known.end()) {
        throw ConfigError("options." + key + " is '" + name + "' (unknown for " + selector_ + ")" +
                          suggestion(name, known));
    }
    return name;
}

}  // namespace fibonaqi
