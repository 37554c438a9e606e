// "Did you mean ...?" for every name that a user may mistype.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi {

/// The candidate nearest to `name` by edit distance (case ignored), or an empty string when none is near
/// enough (more than a third of its letters, at least 2, would have to change).
std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

/// " did you mean 'x'?" or, where nothing is near, " known: a, b, c": the end of an error message.
std::string suggestion(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace fibonaqi
