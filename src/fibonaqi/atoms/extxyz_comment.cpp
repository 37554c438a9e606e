#include "fibonaqi/atoms/extxyz_comment.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::extxyz {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::string_view json_mark = "_JSON ";

bool is_blank(char c) {
    return blanks.find(c) != std::string_view::npos;
}

// The mark that ends what `c` opens, or 0.
char closing_mark(char c) {
    constexpr std::string_view opening = "\"'{[";
    constexpr std::string_view closing = "\"'}]";
    const std::size_t which = opening.find(c);
    return which == std::string_view::npos ? '\0' : closing[which];
}

// Walks over a comment line.
class Splitter {
  public:
    explicit Splitter(std::string_view line) : line_(line) {}

    std::vector<KeyValue> split() {
        std::vector<KeyValue> items;
        for (skip_blanks(); !at_end(); skip_blanks()) {
            KeyValue item(token(true), "T");
            skip_blanks();
            if (!at_end() && line_[at_] == '=') {
                ++at_;
                skip_blanks();
                item.second = token(false);
            }
            if (!item.first.empty()) {
                items.push_back(std::move(item));
            }
        }
        return items;
    }

  private:
    bool at_end() const { return at_ >= line_.size(); }
    void skip_blanks() {
        while (!at_end() && is_blank(line_[at_])) {
            ++at_;
        }
    }
    // Up to the next blank, or '=' where a key ends, that is not inside quotes or brackets.
    std::string token(bool is_key) {
        std::string text;
        char until = '\0';
        int depth = 0;  // of [ inside [: matrices as libAtoms/extxyz writes them
        for (; !at_end(); ++at_) {
            const char c = line_[at_];
            if (c == '\\') {
                if (++at_ < line_.size()) {
                    text += line_[at_];
                }
            } else if (until != '\0') {
                if (c == until && depth == 0) {
                    until = '\0';
                } else {
                    depth += until == ']' ? (c == '[') - (c == ']') : 0;
                    text += c;
                }
            } else if (is_blank(c) || (is_key && c == '=')) {
                break;
            } else if (closing_mark(c) != '\0') {
                until = closing_mark(c);
            } else {
                text += c;
            }
        }
        return text;
    }

    std::string_view line_;
    std::size_t at_ = 0;
};

std::vector<std::string_view> parts(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> found;
    std::size_t start = text.find_first_not_of(separators);
    while (start != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(separators, start), text.size());
        found.push_back(text.substr(start, end - start));
        start = text.find_first_not_of(separators, end);
    }
    return found;
}

// All parts as reals; empty unless every one of them is a number.
std::vector<double> reals_in(const std::vector<std::string_view>& texts) {
    std::vector<double> values;
    for (const std::string_view text : texts) {
        const std::optional<double> value = real_in(text);
        if (!value) {
            return {};
        }
        values.push_back(*value);
    }
    return values;
}

std::optional<bool> logical_in(std::string_view text) {
    for (const std::string_view name : {"T", "True", "true", "TRUE"}) {
        if (text == name) {
            return true;
        }
    }
    for (const std::string_view name : {"F", "False", "false", "FALSE"}) {
        if (text == name) {
            return false;
        }
    }
    return std::nullopt;
}

// Appends the numbers of a nested array, row by row; false when something else is in it.
bool flatten(const Json& value, std::vector<double>& numbers) {
    if (value.is_number()) {
        numbers.push_back(value.get<double>());
        return true;
    }
    return value.is_array() && std::all_of(value.begin(), value.end(),
                                           [&numbers](const Json& part) { return flatten(part, numbers); });
}

// What follows "_JSON ". Objects and mixed arrays stay the text that they are.
InfoValue interpret_json(const std::string& text) {
    Json value;
    try {
        value = parse_json(std::string_view(text).substr(json_mark.size()), "_JSON value");
    } catch (const FormatError&) {
        return text;
    }
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_boolean()) {
        return value.get<bool>();
    }
    if (value.is_number_integer()) {
        return value.get<long>();
    }
    if (value.is_number_float()) {
        return value.get<double>();
    }
    std::vector<double> numbers;
    return value.is_array() && flatten(value, numbers) ? InfoValue(std::move(numbers)) : InfoValue(text);
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + '"';
}

std::string quoted_if_needed(const std::string& text) {
    const bool is_plain = !text.empty() && text.find_first_of(" \t\r\n\v\f\"'{}[]=\\,") == std::string::npos;
    return is_plain ? text : quoted(text);
}

std::string vector_text(const std::vector<double>& values) {
    const bool all_finite =
        std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    const bool as_json = values.size() < 2 && all_finite;  // "1.0" alone would read back as a number
    std::string text;
    for (const double value : values) {
        text += (text.empty() ? "" : (as_json ? ", " : " ")) + real_text(value);
    }
    return as_json ? "\"_JSON [" + text + "]\"" : "\"" + text + "\"";
}

// Text goes out as it is where it reads back as itself, otherwise ("12", "T", "", two lines) as JSON.
std::string text_text(const std::string& text) {
    const bool one_line = text.find_first_of("\r\n") == std::string::npos;
    const InfoValue back = interpret(text);
    if (one_line && std::holds_alternative<std::string>(back) && std::get<std::string>(back) == text &&
        !parts(text, " \t\r\n\v\f,").empty()) {
        return quoted_if_needed(text);
    }
    return quoted(std::string(json_mark) +
                  Json(text).dump(-1, ' ', true, nlohmann::detail::error_handler_t::replace));
}

bool is_verbatim(const std::string& key) {
    return key == "uid" || key == "UID";
}

}  // namespace

std::vector<KeyValue> split_comment(std::string_view line) {
    const std::size_t start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        return {};
    }
    line = line.substr(start, line.find_last_not_of(blanks) - start + 1);
    if (line.find('=') == std::string_view::npos) {
        return {{"comment", std::string(line)}};
    }
    return Splitter(line).split();
}

std::optional<double> real_in(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = end == text.data() + text.size() && !text.empty();
    if (whole && error == std::errc::result_out_of_range) {
        // Too small or too large for a double: what every other reader makes of it.
        return text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos
                   ? 0.0
                   : HUGE_VAL;
    }
    return whole && error == std::errc() ? std::optional<double>(value) : std::nullopt;
}

std::optional<long> integer_in(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = end == text.data() + text.size() && !text.empty();
    return whole && error == std::errc() ? std::optional<long>(value) : std::nullopt;
}

InfoValue interpret(const std::string& text) {
    const std::vector<std::string_view> words = parts(text, " \t\r\n\v\f,");
    if (words.size() == 1) {
        if (const std::optional<long> number = integer_in(words[0])) {
            return *number;
        }
        if (const std::optional<double> number = real_in(words[0])) {
            return *number;
        }
        if (const std::optional<bool> logical = logical_in(words[0])) {
            return *logical;
        }
    }
    if (words.size() > 1) {
        std::vector<double> numbers = reals_in(words);
        if (!numbers.empty()) {
            return numbers;
        }
    }
    return text.starts_with(json_mark) ? interpret_json(text) : InfoValue(text);
}

InfoValue interpret(const std::string& key, const std::string& text) {
    return is_verbatim(key) ? InfoValue(text) : interpret(text);
}

std::vector<double> numbers_in(const InfoValue& value) {
    if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
        return *numbers;
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return {*real};
    }
    if (const auto* integer = std::get_if<long>(&value)) {
        return {static_cast<double>(*integer)};
    }
    // "[[1, 2], [3, 4]]" without _JSON, as libAtoms/extxyz writes matrices: the brackets are only separators.
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? reals_in(parts(*text, " \t\r\n\v\f,[]")) : std::vector<double>{};
}

std::optional<std::array<bool, 3>> periodicity_in(const std::string& text) {
    std::vector<std::string_view> words = parts(text, " \t\r\n\v\f,[]");
    if (!words.empty() && words[0] == "_JSON") {
        words.erase(words.begin());
    }
    if (words.size() != 1 && words.size() != 3) {
        return std::nullopt;
    }
    std::array<bool, 3> pbc{};
    for (std::size_t k = 0; k < 3; ++k) {
        const std::string_view word = words[words.size() == 3 ? k : 0];
        const std::optional<bool> logical = logical_in(word);
        if (!logical && word != "1" && word != "0") {
            return std::nullopt;
        }
        pbc[k] = logical.value_or(word == "1");
    }
    return pbc;
}

std::string real_text(double value) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    std::string text(buffer, end);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string value_text(const std::string& key, const InfoValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        const bool one_line = text->find('\n') == std::string::npos;
        return is_verbatim(key) && one_line ? quoted_if_needed(*text) : text_text(*text);
    }
    if (const auto* logical = std::get_if<bool>(&value)) {
        return *logical ? "T" : "F";
    }
    if (const auto* integer = std::get_if<long>(&value)) {
        return std::to_string(*integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return real_text(*real);
    }
    return vector_text(std::get<std::vector<double>>(value));
}

bool is_column_name(const std::string& name) {
    return !name.empty() && name.find_first_of(" \t\r\n\v\f:=\"'{}[]\\,") == std::string::npos;
}

std::string key_text(const std::string& key) {
    return quoted_if_needed(key);
}

}  // namespace fibonaqi::extxyz
