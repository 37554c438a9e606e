#include "dft_drivers/template/number_source.hpp"

#include <algorithm>
#include <fstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::text_template {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_missing(const std::string& what, const std::string& why) {
    refuse(FailureKind::partial_output, what + ": " + why);
}

// Also with Fortran's exponent letter d.
double number_in(std::string word, const std::string& what) {
    std::replace_if(
        word.begin(), word.end(), [](char letter) { return letter == 'd' || letter == 'D'; }, 'e');
    return expect_numbers(word, 1, what)[0];
}

std::vector<double> by_regex(const NumberSource& source, const std::vector<std::string>& lines,
                             const std::string& what) {
    std::string found;
    for (const std::string& line : lines) {
        std::smatch groups;
        if (matches(line, source.compiled, &groups)) {
            found = groups[1].str();
            if (!source.takes_last) {
                break;
            }
        }
    }
    if (found.empty()) {
        refuse_missing(what, "no line of " + source.file + " matches '" + source.regex + "'");
    }
    return {number_in(found, what)};
}

std::size_t line_of_mark(const NumberSource& source, const std::vector<std::string>& lines,
                         const std::string& what) {
    if (source.takes_last) {
        if (const auto last = last_line_with(lines, source.after)) {
            return *last;
        }
    }
    const auto first = std::find_if(lines.begin(), lines.end(),
                                    [&](const std::string& line) { return has(line, source.after); });
    if (first == lines.end()) {
        refuse_missing(what, "no line of " + source.file + " has '" + source.after + "'");
    }
    return static_cast<std::size_t>(first - lines.begin());
}

std::vector<double> by_rows(const NumberSource& source, const std::vector<std::string>& lines,
                            std::size_t count, const std::string& what) {
    const std::size_t first = line_of_mark(source, lines, what) + 1 + source.skip;
    std::vector<double> numbers;
    for (std::size_t line = first; numbers.size() < count; ++line) {
        if (line >= lines.size()) {
            refuse_missing(what, source.file + " ends after " + std::to_string(numbers.size()) + " of " +
                                     std::to_string(count) + " numbers");
        }
        const std::vector<std::string> words = words_of(lines[line]);
        for (const int column : source.columns) {
            if (static_cast<std::size_t>(column) > words.size()) {
                refuse(FailureKind::inconsistent,
                       what + ": no column " + std::to_string(column) + " in '" + trimmed(lines[line]) + "'");
            }
            numbers.push_back(number_in(words[static_cast<std::size_t>(column) - 1], what));
        }
    }
    return numbers;
}

void flatten(const Json& value, const std::string& what, std::vector<double>& numbers) {
    if (value.is_array()) {
        for (const Json& part : value) {
            flatten(part, what, numbers);
        }
    } else if (value.is_number()) {
        numbers.push_back(value.get<double>());
    } else {
        refuse(FailureKind::non_finite, what + ": " + trimmed(value.dump()) + " is no number");
    }
}

std::vector<double> by_pointer(const NumberSource& source, const fs::path& file, const std::string& what) {
    std::vector<double> numbers;
    try {
        const Json content = read_json(file);
        const Json::json_pointer pointer(source.pointer);
        if (!content.contains(pointer)) {
            refuse_missing(what, source.file + " has no " + source.pointer);
        }
        flatten(content.at(pointer), what, numbers);
    } catch (const Error& error) {
        refuse_missing(what, error.what());
    }
    return numbers;
}

}  // namespace

std::vector<std::string> whole_lines_of(const fs::path& file) {
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line) && !stream.eof();) {
        lines.push_back(std::move(line));
    }
    return lines;
}

bool matches(const std::string& line, const std::regex& pattern, std::smatch* groups) {
    constexpr std::ptrdiff_t longest = 2000;
    const auto end = line.begin() + std::min(longest, std::ssize(line));
    std::smatch local;
    return std::regex_search(line.begin(), end, groups == nullptr ? local : *groups, pattern);
}

std::vector<double> read_numbers(const NumberSource& source, const fs::path& directory, std::size_t count,
                                 const std::string& what) {
    const fs::path file = directory / source.file;
    if (!fs::is_regular_file(file)) {
        refuse_missing(what, "the program left no file " + source.file);
    }
    std::vector<double> numbers;
    if (!source.pointer.empty()) {
        numbers = by_pointer(source, file, what);
    } else {
        const std::vector<std::string> lines = whole_lines_of(file);
        numbers = source.regex.empty() ? by_rows(source, lines, count, what) : by_regex(source, lines, what);
    }
    if (numbers.size() != count) {
        refuse(FailureKind::inconsistent, what + ": " + source.file + " has " +
                                              std::to_string(numbers.size()) + " numbers, not " +
                                              std::to_string(count));
    }
    for (double& number : numbers) {
        number *= source.factor;
    }
    return numbers;
}

}  // namespace fibonaqi::text_template
