// Numbers of records as text for tables and sentences.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// `factor` times a number, by a printf format for one double, of at most 47 characters; "-" for anything
/// that is no number.
std::string number_text(const Json& value, const char* format, double factor = 1.0);

}  // namespace fibonaqi
