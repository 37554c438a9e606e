#include "dft_drivers/pseudo/text_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi::pseudo {

TextFile::TextFile(const std::filesystem::path& path) : name_(path.string()) {
    const std::string content = read_file(path);
    std::istringstream text(content);
    for (std::string line; std::getline(text, line);) {
        lines_.push_back(std::move(line));
    }
    if (!content.ends_with('\n')) {
        throw FormatError(name_ + ": the last line has no end (the file is cut off) fetch it again");
    }
}

const std::string& TextFile::line() {
    if (is_at_end()) {
        refuse("the file ends too early (it is cut off) fetch it again");
    }
    return lines_[next_++];
}

std::vector<double> TextFile::numbers(std::size_t count) {
    const std::vector<std::string> words = words_of(line());
    std::vector<double> found;
    for (const std::string& word : words) {
        const double number = number_of(word);
        if (std::isnan(number)) {
            break;
        }
        found.push_back(number);
    }
    if (found.size() < count) {
        refuse("has " + std::to_string(found.size()) + " numbers, not " + std::to_string(count) +
               " (the file is damaged) fetch it again");
    }
    return found;
}

std::vector<int> TextFile::integers(std::size_t count) {
    std::vector<int> whole;
    for (const double number : numbers(count)) {
        if (number != std::round(number) || std::abs(number) > 1.0e9) {
            break;
        }
        whole.push_back(static_cast<int>(number));
    }
    if (whole.size() < count) {
        refuse("has a broken number where a whole one belongs (the file is damaged) fetch it again");
    }
    return whole;
}

void TextFile::refuse(const std::string& problem) const {
    throw FormatError(name_ + ":" + std::to_string(std::max<std::size_t>(next_, 1)) + ": " + problem);
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream text(line);
    std::vector<std::string> words;
    for (std::string word; text >> word;) {
        words.push_back(std::move(word));
    }
    return words;
}

double number_of(std::string word) {
    std::replace(word.begin(), word.end(), 'D', 'e');
    std::replace(word.begin(), word.end(), 'd', 'e');
    const char* start = word.data() + (word.starts_with('+') ? 1 : 0);
    const char* end = word.data() + word.size();
    double number = 0.0;
    const auto [stop, error] = std::from_chars(start, end, number);
    const bool is_whole = error == std::errc() && stop == end && std::isfinite(number);
    return is_whole ? number : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace fibonaqi::pseudo
