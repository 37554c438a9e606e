#include "fibonaqi/base/config_schema.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/base/unit_suffix.hpp"

namespace fibonaqi {
namespace {

std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

std::string pointer_of(const std::string& path) {
    std::string pointer = path.empty() ? "" : "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    return pointer;
}

std::string last_name(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
}

std::string parent_of(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::string joined(const std::string& section, const std::string& name) {
    return section.empty() ? name : section + "." + name;
}

const char* wanted(ConfigKind kind) {
    switch (kind) {
        case ConfigKind::section:
        case ConfigKind::object:
            return "an object {...}";
        case ConfigKind::text:
            return "a text in quotes";
        case ConfigKind::flag:
            return "true or false";
        case ConfigKind::integer:
            return "a whole number";
        case ConfigKind::number:
            return "a number";
        case ConfigKind::texts:
            return "a list of texts [\"...\"]";
        case ConfigKind::integers:
            return "a list of whole numbers [...]";
        case ConfigKind::numbers:
            return "a list of numbers [...]";
    }
    return "";
}

// Kind of the elements of a list.
std::optional<ConfigKind> element_kind(ConfigKind kind) {
    switch (kind) {
        case ConfigKind::texts:
            return ConfigKind::text;
        case ConfigKind::integers:
            return ConfigKind::integer;
        case ConfigKind::numbers:
            return ConfigKind::number;
        default:
            return std::nullopt;
    }
}

bool has_kind(const Json& value, ConfigKind kind) {
    switch (kind) {
        case ConfigKind::section:
        case ConfigKind::object:
            return value.is_object();
        case ConfigKind::text:
            return value.is_string();
        case ConfigKind::flag:
            return value.is_boolean();
        case ConfigKind::integer:
            return value.is_number_integer();
        case ConfigKind::number:
            return value.is_number();
        default:
            return value.is_array();
    }
}

// Values are quoted whole where they are short.
std::string shown(const Json& value) {
    const std::string text = value.dump();
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::string wrong_type(const Json& value, ConfigKind kind) {
    std::string hint;
    if (value.is_string() && (kind == ConfigKind::number || kind == ConfigKind::integer)) {
        hint = " write it without quotes; its unit stands in the name of the key";
    } else if (const auto element = element_kind(kind); element && has_kind(value, *element)) {
        hint = " write [" + shown(value) + "]";
    }
    return "is " + shown(value) + " (" + wanted(kind) + " is expected)" + hint;
}

std::string range_text(const ConfigKey& key) {
    const bool has_most = key.most != std::numeric_limits<double>::infinity();
    std::string lower = (key.is_least_excluded ? "above "
                         : has_most            ? ""
                                               : "at least ") +
                        number_text(key.least);
    if (!has_most) {
        return lower;
    }
    return lower + (key.is_least_excluded ? " and at most " : " to ") + number_text(key.most);
}

// What is wrong with one text or number; empty: nothing.
std::string wrong_value(const ConfigKey& key, const Json& value) {
    if (value.is_number()) {
        const double number = value.get<double>();
        const bool is_inside =
            (key.is_least_excluded ? number > key.least : number >= key.least) && number <= key.most;
        if (!is_inside) {
            return "is " + value.dump() + " (allowed: " + range_text(key) + ")";
        }
    }
    if (value.is_string() && !key.choices.empty() &&
        std::find(key.choices.begin(), key.choices.end(), value.get<std::string>()) == key.choices.end()) {
        return "is " + shown(value) + " (unknown)" + suggestion(value.get<std::string>(), key.choices);
    }
    return "";
}

// Problems of a value that is no section; its pointer goes in front.
std::vector<ConfigProblem> problems_of(const ConfigKey& key, const Json& value) {
    const std::string pointer = pointer_of(key.path);
    if (key.may_be_file && value.is_string()) {
        return {};
    }
    if (!has_kind(value, key.kind)) {
        const char* other = key.may_be_file ? " write it, or in quotes the path of a file with it" : "";
        return {{pointer, wrong_type(value, key.kind) + other}};
    }
    const auto element = element_kind(key.kind);
    if (!element) {
        const std::string problem = wrong_value(key, value);
        return problem.empty() ? std::vector<ConfigProblem>{} : std::vector{ConfigProblem{pointer, problem}};
    }
    std::vector<ConfigProblem> problems;
    if (value.size() < key.least_items) {
        problems.push_back({pointer, "has " + std::to_string(value.size()) + " entries (at least " +
                                         std::to_string(key.least_items) + " are needed)"});
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string problem =
            has_kind(value[i], *element) ? wrong_value(key, value[i]) : wrong_type(value[i], *element);
        if (!problem.empty()) {
            problems.push_back({pointer + "/" + std::to_string(i), problem});
        }
    }
    return problems;
}

std::string unit_advice(const KeyName& given, const std::string& right, const Json& value) {
    const KeyName known = split_unit(right);
    std::string text = given.unit.empty()
                           ? "unknown key (the unit " + known.unit + " belongs to the name)"
                           : "unknown key (its unit is " + known.unit + ", not " + given.unit + ")";
    text += " did you mean '" + right + "'?";
    const auto factor = unit_factor(given.unit, known.unit);
    if (factor && value.is_number()) {
        text += " " + number_text(value.get<double>()) + " " + given.unit + " = " +
                number_text(value.get<double>() * *factor) + " " + known.unit;
    }
    return text;
}

}  // namespace

ConfigSchema::ConfigSchema(std::string title, std::vector<ConfigKey> keys)
    : title_(std::move(title)), keys_(std::move(keys)) {
    for (const ConfigKey& key : keys_) {
        const std::string parent = parent_of(key.path);
        FIBONAQI_EXPECT(parent.empty() || find(parent) != nullptr);
        FIBONAQI_EXPECT(key.kind == ConfigKind::section || key.fallback.is_null() ||
                        problems_of(key, key.fallback).empty());
    }
}

const ConfigKey* ConfigSchema::find(const std::string& path) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const ConfigKey& key) { return key.path == path; });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<const ConfigKey*> ConfigSchema::children(const std::string& section) const {
    std::vector<const ConfigKey*> found;
    for (const ConfigKey& key : keys_) {
        if (parent_of(key.path) == section) {
            found.push_back(&key);
        }
    }
    return found;
}

CheckedConfig ConfigSchema::check(const Json& given) const {
    CheckedConfig checked;
    ConfigKey top;
    if (!given.is_object()) {
        checked.problems.push_back({"", wrong_type(given, ConfigKind::section)});
    }
    checked.values = check_section(top, given.is_object() ? given : Json::object(), checked.problems);
    if (!given.is_object()) {
        checked.problems.resize(1);  // what an empty file lacks would only hide the first problem
    }
    return checked;
}

Json ConfigSchema::check_section(const ConfigKey& section, const Json& given,
                                 std::vector<ConfigProblem>& problems) const {
    check_names(section.path, given, problems);
    Json values = Json::object();
    for (const ConfigKey* key : children(section.path)) {
        const std::string name = last_name(key->path);
        const auto found = given.find(name);
        const bool is_given = found != given.end() && !(found->is_null() && key->fallback.is_null());
        if (!is_given && key->is_required) {
            problems.push_back({pointer_of(section.path), "'" + name + "' is missing (" + key->help + ")"});
        }
        if (key->kind != ConfigKind::section) {
            const auto wrong = is_given ? problems_of(*key, *found) : std::vector<ConfigProblem>{};
            problems.insert(problems.end(), wrong.begin(), wrong.end());
            values[name] = is_given && wrong.empty() ? *found : key->fallback;
        } else if (is_given && !found->is_object()) {
            problems.push_back({pointer_of(key->path), wrong_type(*found, key->kind)});
            values[name] = nullptr;
        } else if (is_given || !key->fallback.is_null()) {
            values[name] = check_section(*key, is_given ? *found : Json::object(), problems);
        } else {
            values[name] = nullptr;
        }
    }
    return values;
}

void ConfigSchema::check_names(const std::string& section, const Json& given,
                               std::vector<ConfigProblem>& problems) const {
    for (const auto& [name, value] : given.items()) {
        const bool is_editor_hint = section.empty() && name == "$schema";
        if (!is_editor_hint && find(joined(section, name)) == nullptr) {
            problems.push_back({pointer_of(section) + "/" + name, advice(section, name, value)});
        }
    }
}

std::string ConfigSchema::advice(const std::string& section, const std::string& name,
                                 const Json& value) const {
    std::vector<std::string> siblings;
    const KeyName given = split_unit(name);
    for (const ConfigKey* key : children(section)) {
        siblings.push_back(last_name(key->path));
        const KeyName known = split_unit(siblings.back());
        const bool is_same_stem =
            nearest_name(given.stem, {known.stem}) == known.stem && given.stem.size() == known.stem.size();
        if (!known.unit.empty() && known.unit != given.unit && is_same_stem) {
            return unit_advice(given, siblings.back(), value);
        }
    }
    if (!nearest_name(name, siblings).empty()) {
        return "unknown key;" + suggestion(name, siblings);
    }
    for (const ConfigKey& key : keys_) {
        if (last_name(key.path) == name) {
            return "unknown key (it belongs to another section) did you mean '" + key.path + "'?";
        }
    }
    return "unknown key;" + suggestion(name, siblings);
}

}  // namespace fibonaqi
