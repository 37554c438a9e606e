// The comment line of extended XYZ: keys and values. Used by the reader and the writer only.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"

namespace fibonaqi::extxyz {

/// One item of a comment line, quotes and escapes taken off. A key that stands alone has the value "T".
using KeyValue = std::pair<std::string, std::string>;

/// Splits a comment line as ASE's key_val_str_to_dict does: values bare, or between "", '', {}, [];
/// backslash takes the next character literally. A line without any '=' is plain text: one item "comment".
std::vector<KeyValue> split_comment(std::string_view line);

/// What a value stands for: a number, numbers (blanks or commas between), T/F, _JSON, or text as it is.
InfoValue interpret(const std::string& text);

/// As interpret(text), but the value of the key uid stays text, as in ASE: a hexadecimal identity such as
/// "1e5" would otherwise become a number.
InfoValue interpret(const std::string& key, const std::string& text);

/// The numbers in a value ("1 2 3", "[1, 2, 3]", "_JSON [[1, 2], [3, 4]]", one number); empty when it is
/// anything else.
std::vector<double> numbers_in(const InfoValue& value);

/// T/F, True/False, 0/1, one or three of them; empty when it is anything else.
std::optional<std::array<bool, 3>> periodicity_in(const std::string& text);

/// A finite or non-finite decimal number that fills all of `text`, locale-free. Empty for anything else,
/// Fortran's exponent D included (ASE refuses it too).
std::optional<double> real_in(std::string_view text);
std::optional<long> integer_in(std::string_view text);

/// The shortest text that reads back as the same double; always with a mark of a real number ("1.0").
std::string real_text(double value);

/// `value` such that reading "key=..." gives it back.
std::string value_text(const std::string& key, const InfoValue& value);

/// Whether a per-atom column may be called so.
bool is_column_name(const std::string& name);

/// A key, quoted where it must be.
std::string key_text(const std::string& key);

}  // namespace fibonaqi::extxyz
