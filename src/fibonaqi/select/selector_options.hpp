// Reading the options of a selector: every message names the key, what was given and what is wanted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Bounds of a number.
struct OptionRange {
    double least = 0.0;
    bool may_be_least = true;  ///< whether `least` itself is allowed
    double most = 1e300;       ///< always allowed
};

/// The options of one selector, a JSON object that must outlive this. A key that is absent or null has the
/// value `fallback`, the selector's own default. All functions throw ConfigError where a value cannot be
/// used, in the form "options.KEY is VALUE (of SELECTOR, what is wanted) use for example FALLBACK"; a text
/// that is nearly right gets the nearest known one as a suggestion.
class SelectorOptions {
  public:
    /// Refuses keys that are not among `known`.
    SelectorOptions(const Json& options, std::string selector, const std::vector<std::string>& known);

    bool has(const std::string& key) const;
    /// A number within the range, in the unit that the selector gives it.
    double number(const std::string& key, double fallback, const OptionRange& range) const;
    /// A whole number of at least `least`.
    std::size_t count(const std::string& key, std::size_t fallback, std::size_t least) const;
    /// True or false.
    bool flag(const std::string& key, bool fallback) const;
    /// The value that belongs to a name: for enumerations.
    template <class Value>
    Value choice(const std::string& key, Value fallback, const std::map<std::string, Value>& values) const {
        if (!has(key)) {
            return fallback;
        }
        std::vector<std::string> names;
        for (const auto& [name, value] : values) {
            names.push_back(name);
        }
        return values.at(name(key, names));
    }

  private:
    std::string name(const std::string& key, const std::vector<std::string>& known) const;

    const Json& options_;
    std::string selector_;
};

}  // namespace fibonaqi
