// What `fibonaqi select --help` says about the strategies.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// A table of all strategies with their options, ready to print. The command line does not load LibTorch and
/// so cannot ask the selectors themselves; a test holds the two lists together.
std::string strategy_help();

/// {"key": value} of texts "key=value": a value is JSON where it can be read so (numbers, true, null), else a
/// text. Throws ConfigError for a text without "=" and for a key that is given twice.
Json strategy_options(const std::vector<std::string>& given);

}  // namespace fibonaqi::cli
