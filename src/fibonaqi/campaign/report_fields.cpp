#include "fibonaqi/campaign/report_fields.hpp"

#include <limits>

namespace fibonaqi::report {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// The value at `key`, or null.
const Json& value_at(const Json& object, const std::string& key) {
    static const Json none;
    if (!object.is_object()) {
        return none;
    }
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

double as_number(const Json& value) {
    return value.is_number() ? value.get<double>() : nothing;
}

}  // namespace

double number(const Json& object, const std::string& key) {
    return as_number(value_at(object, key));
}

long long count(const Json& object, const std::string& key) {
    const Json& value = value_at(object, key);
    return value.is_number_integer() ? value.get<long long>() : 0;
}

std::string text(const Json& object, const std::string& key) {
    const Json& value = value_at(object, key);
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_number() || value.is_boolean() ? value.dump() : "";
}

const Json& child(const Json& object, const std::string& key) {
    static const Json empty = Json::array();
    const Json& value = value_at(object, key);
    return value.is_structured() ? value : empty;
}

std::vector<double> numbers(const Json& object, const std::string& key) {
    std::vector<double> values;
    for (const Json& value : child(object, key)) {
        values.push_back(as_number(value));
    }
    return values;
}

std::vector<double> column(const Json& rows, const std::string& key) {
    std::vector<double> values;
    for (const Json& row : rows) {
        values.push_back(number(row, key));
    }
    return values;
}

}  // namespace fibonaqi::report
