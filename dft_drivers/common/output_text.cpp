#include "dft_drivers/common/output_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

namespace fibonaqi {
namespace {

constexpr std::size_t longest_evidence = 300;
constexpr std::string_view blanks = " \t\r\n";

double largest_difference(const Vec3& a, const Vec3& b) {
    double largest = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        largest = std::max(largest, std::abs(a[axis] - b[axis]));
    }
    return largest;
}

std::optional<double> number_of(std::string_view word) {
    word.remove_prefix(word.starts_with('+') ? 1 : 0);
    double number = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_whole = error == std::errc() && end == word.data() + word.size();
    return is_whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

void refuse(FailureKind kind, const std::string& evidence) {
    throw Refusal{{kind, evidence}};
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(std::move(line));
    }
    return lines;
}

bool has(std::string_view line, std::string_view text) {
    return line.find(text) != std::string_view::npos;
}

std::string trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return "";
    }
    const std::size_t length = line.find_last_not_of(blanks) - first + 1;
    return std::string(line.substr(first, std::min(length, longest_evidence)));
}

std::optional<LabelFailure> first_marked_line(const std::vector<std::string>& lines,
                                              std::span<const Mark> marks) {
    for (const Mark& mark : marks) {
        for (const std::string& line : lines) {
            if (has(line, mark.text)) {
                return LabelFailure{mark.kind, trimmed(line)};
            }
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> last_line_with(const std::vector<std::string>& lines, std::string_view text,
                                          std::size_t from) {
    for (std::size_t line = lines.size(); line > from; --line) {
        if (has(lines[line - 1], text)) {
            return line - 1;
        }
    }
    return std::nullopt;
}

std::string last_words(const std::vector<std::string>& lines) {
    const auto found = std::find_if(lines.rbegin(), lines.rend(),
                                    [](const std::string& line) { return !trimmed(line).empty(); });
    return found == lines.rend() ? "" : trimmed(*found);
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) {
            return words;
        }
        words.emplace_back(text.substr(0, text.find_first_of(blanks)));
        text.remove_prefix(words.back().size());
    }
}

std::string single_spaced(std::string_view text) {
    std::string line;
    for (const std::string& word : words_of(text)) {
        line += (line.empty() ? "" : " ") + word;
    }
    return line;
}

std::optional<std::vector<double>> numbers_in(std::string_view text) {
    std::vector<double> numbers;
    for (const std::string& word : words_of(text)) {
        const auto number = number_of(word);
        if (!number) {
            return std::nullopt;
        }
        numbers.push_back(*number);
    }
    return numbers;
}

std::vector<double> expect_numbers(std::string_view text, std::size_t count, const std::string& what) {
    const auto found = numbers_in(text);
    if (!found) {
        refuse(FailureKind::non_finite, what + " holds something that is no number");
    }
    if (found->size() != count) {
        refuse(FailureKind::inconsistent,
               what + " has " + std::to_string(found->size()) + " numbers, not " + std::to_string(count));
    }
    return *found;
}

void expect_structure(const EchoedStructure& echoed, const Structure& asked, double tolerance_A) {
    if (echoed.positions.size() != asked.size() || echoed.atomic_numbers.size() != asked.size()) {
        refuse(FailureKind::inconsistent, "the output has " + std::to_string(echoed.positions.size()) +
                                              " atoms, not " + std::to_string(asked.size()));
    }
    for (std::size_t atom = 0; atom < asked.size(); ++atom) {
        if (echoed.atomic_numbers[atom] != asked.atomic_numbers[atom]) {
            refuse(FailureKind::inconsistent,
                   "atom " + std::to_string(atom + 1) + " of the output is not the one that was asked for");
        }
        if (!(largest_difference(echoed.positions[atom], asked.positions[atom]) <= tolerance_A)) {
            refuse(FailureKind::inconsistent,
                   "atom " + std::to_string(atom + 1) + " is not where it was asked for");
        }
    }
    for (std::size_t row = 0; row < 3 && echoed.cell; ++row) {
        if (!(largest_difference((*echoed.cell)[row], asked.cell[row]) <= tolerance_A)) {
            refuse(FailureKind::inconsistent, "the cell of the output is not the one that was asked for");
        }
    }
}

std::map<std::string, std::string> program_environment(const std::map<std::string, std::string>& user) {
    std::map<std::string, std::string> environment = user;
    environment.insert({{"OMP_NUM_THREADS", "1"},
                        {"OMPI_MCA_ess_singleton_isolated", "1"},
                        {"GFORTRAN_UNBUFFERED_PRECONNECTED", "y"}});
    return environment;
}

}  // namespace fibonaqi
