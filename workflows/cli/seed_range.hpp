// Several seeds in one command.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fibonaqi::cli {

/// "A:B" is A, A + 1, ... B, both included; "A" is A alone. Throws ConfigError for anything else, and for
/// more than 100000 seeds.
std::vector<std::uint64_t> seeds_from(const std::string& text);

}  // namespace fibonaqi::cli
