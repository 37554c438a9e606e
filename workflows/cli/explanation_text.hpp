// A frame's explanation as text for people.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Lines about the record `fibonaqi-explanation` (docs/formats.md): what is null there is left out, and what
/// is missing is said at the end.
std::string explanation_text(const Json& record);

}  // namespace fibonaqi::cli
