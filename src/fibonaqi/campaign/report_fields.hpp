// Reading a campaign summary that may be partial: what is missing, null or of another type reads as
// "nothing".
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::report {

/// The number at `key`, NaN where there is none.
double number(const Json& object, const std::string& key);

/// The whole number at `key`, 0 where there is none.
long long count(const Json& object, const std::string& key);

/// The text at `key` (numbers and booleans are written out), "" where there is none.
std::string text(const Json& object, const std::string& key);

/// The array or object at `key`, an empty array where there is none.
const Json& child(const Json& object, const std::string& key);

/// The array at `key` as numbers; an entry that is none becomes NaN.
std::vector<double> numbers(const Json& object, const std::string& key);

/// The number at `key` of every row, in order: one axis of a chart.
std::vector<double> column(const Json& rows, const std::string& key);

}  // namespace fibonaqi::report
