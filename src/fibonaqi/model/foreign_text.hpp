// Texts that come out of a file of unknown origin, made fit for messages and records.
#pragma once

#include <string>
#include <string_view>

namespace fibonaqi {

/// `text` with everything but printable ASCII as '?', cut to 80 characters: names inside of a hostile file
/// may hold megabytes, or sequences that command a terminal.
std::string shown(std::string_view text);

/// `text` with bytes that are no UTF-8 replaced by U+FFFD: names of files may hold any bytes, JSON may not.
std::string as_utf8(const std::string& text);

}  // namespace fibonaqi
