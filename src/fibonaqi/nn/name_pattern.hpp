// Patterns of names, as shells have them for files: which weights of a model are meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi::nn {

/// Whether `pattern` is the whole `name`: '*' stands for any number of characters (none and '.' too), '?' for
/// one, everything else for itself.
bool matches(std::string_view pattern, std::string_view name);

/// For every name whether one of the patterns is it. Throws ConfigError for a pattern that is none of the
/// names, starting with `key` and with the nearest name: a mistyped pattern must not pass as "nothing".
std::vector<bool> matching(const std::vector<std::string>& names, const std::vector<std::string>& patterns,
                           const std::string& key);

}  // namespace fibonaqi::nn
