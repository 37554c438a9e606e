#include <algorithm>
#include <array>

#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/cp2k/output_parser.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;

// Lines of runs that CP2K ends in good order, with exit code 0.
constexpr std::array<Mark, 4> output_marks{{
    {"exceeded requested execution time", FailureKind::walltime},
    {"SCF run NOT converged", FailureKind::scf_not_converged},
    {"outer SCF loop FAILED to converge", FailureKind::scf_not_converged},
    {"NaN", FailureKind::non_finite},
}};

// Texts inside the box of an abort.
constexpr std::array<Mark, 15> abort_marks{{
    {"SCF run NOT converged", FailureKind::scf_not_converged},
    {"was not found in the", FailureKind::missing_file},
    {"cannot be opened", FailureKind::missing_file},
    {"odd number of electrons", FailureKind::charge},
    {"multiplicity", FailureKind::charge},
    {"unknown keyword", FailureKind::bad_config},
    {"unknown subsection", FailureKind::bad_config},
    {"invalid value", FailureKind::bad_config},
    {"GEOMETRY wrong", FailureKind::bad_geometry},
    {"Cholesky", FailureKind::diagonalisation},
    {"diagonaliz", FailureKind::diagonalisation},
    {"out of memory", FailureKind::out_of_memory},
    {"allocat", FailureKind::out_of_memory},
    {"No space left", FailureKind::disk},
    {"", FailureKind::unknown},
}};

constexpr std::array<Mark, 4> stderr_marks{{
    {"No space left", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"Fortran runtime error", FailureKind::unknown},
    {"MPI_ABORT", FailureKind::unknown},
}};

// A line of the box without its frame and the figure that stands in its first ten columns.
std::string message_part(const std::string& line) {
    constexpr std::size_t first = 10;
    if (line.size() <= first) {
        return "";
    }
    const std::size_t frame = line.rfind('*');
    const std::size_t end = frame == std::string::npos || frame < first ? line.size() : frame;
    return trimmed(std::string_view(line).substr(first, end - first));
}

// " * [ABORT]  ...  *", the message over several lines, then a line with the place in the source.
std::optional<LabelFailure> abort_box(const std::vector<std::string>& lines) {
    const auto start = std::find_if(lines.begin(), lines.end(),
                                    [](const std::string& line) { return has(line, "[ABORT]"); });
    if (start == lines.end()) {
        return std::nullopt;
    }
    std::string message;
    for (auto line = start + 1; line != lines.end() && !has(*line, "****"); ++line) {
        const std::string part = message_part(*line);
        message += part.empty() ? "" : (message.empty() ? "" : " ") + part;
    }
    LabelFailure failure = *first_marked_line(std::vector<std::string>{message}, abort_marks);
    failure.evidence = trimmed(message);
    return failure;
}

}  // namespace

std::optional<LabelFailure> find_failure(const fs::path& directory) {
    const std::vector<std::string> out = lines_of(directory / output_file);
    const std::vector<std::string> err = lines_of(directory / stderr_file);
    if (auto failure = abort_box(out)) {
        return failure;
    }
    const bool has_banner = std::any_of(
        out.begin(), out.end(), [](const std::string& line) { return has(line, "CP2K| version string:"); });
    if (!has_banner) {
        const std::string said = last_words(err.empty() ? out : err);
        return LabelFailure{FailureKind::launch,
                            said.empty() ? "CP2K did not print its banner" : "no banner of CP2K; " + said};
    }
    if (auto failure = first_marked_line(out, output_marks)) {
        return failure;
    }
    return first_marked_line(err, stderr_marks);
}

}  // namespace fibonaqi::cp2k
