#include <algorithm>
#include <array>
#include <vector>

#include "dft_drivers/abinit/input_writer.hpp"
#include "dft_drivers/abinit/output_parser.hpp"
#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::abinit {
namespace {

namespace fs = std::filesystem;

// Lines of the log of runs that ABINIT itself ends in good order.
constexpr std::array<Mark, 2> stop_marks{{
    {"Approaching time limit", FailureKind::walltime},
    {"Exit has been requested", FailureKind::cancelled},
}};

// Texts inside the documents !ERROR and !BUG.
constexpr std::array<Mark, 21> error_marks{{
    {"No space left", FailureKind::disk},
    {"Disk quota exceeded", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"llocation", FailureKind::out_of_memory},
    {"Cannot open file", FailureKind::missing_file},
    {"No such file", FailureKind::missing_file},
    {"UPF >= 2 is not supported", FailureKind::missing_file},
    {"reading pseudopotential", FailureKind::missing_file},
    {"located at the same point", FailureKind::bad_geometry},
    {"primitive vectors", FailureKind::bad_geometry},
    {"not enough bands", FailureKind::bad_config},
    {"charge balance", FailureKind::charge},
    {"number of electrons", FailureKind::charge},
    {"heev", FailureKind::diagonalisation},
    {"hegv", FailureKind::diagonalisation},
    {"potrf", FailureKind::diagonalisation},
    {"Cholesky", FailureKind::diagonalisation},
    {"NaN", FailureKind::non_finite},
    {"registered input variable", FailureKind::bad_config},
    {"Action", FailureKind::bad_config},  // advice for the input
    {"", FailureKind::unknown},
}};

constexpr std::array<Mark, 5> stderr_marks{{
    {"No space left", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"End of file", FailureKind::missing_file},  // a pseudopotential that stops half-way
    {"Fortran runtime error", FailureKind::unknown},
    {"MPI_ABORT", FailureKind::unknown},
}};

// The first document !ERROR or !BUG: its message in one line.
std::optional<LabelFailure> error_document(const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!has(lines[i], "--- !ERROR") && !has(lines[i], "--- !BUG")) {
            continue;
        }
        std::string message;
        bool is_inside = false;
        for (std::size_t next = i + 1; next < lines.size() && trimmed(lines[next]) != "..."; ++next) {
            message += is_inside ? trimmed(lines[next]) + " " : "";
            is_inside = is_inside || has(lines[next], "message: |");
        }
        LabelFailure failure = *first_marked_line(std::vector<std::string>{message}, error_marks);
        failure.evidence = message.empty() ? trimmed(lines[i]) : trimmed(message);
        return failure;
    }
    return std::nullopt;
}

}  // namespace

std::optional<LabelFailure> find_failure(const fs::path& directory) {
    const std::vector<std::string> log = lines_of(directory / log_file);
    const std::vector<std::string> err = lines_of(directory / error_file);
    const bool has_banner = std::any_of(log.begin(), log.end(), [](const std::string& line) {
        return has(line, "Version") && has(line, "of ABINIT");
    });
    if (!has_banner) {
        const std::string said = last_words(err.empty() ? log : err);
        return LabelFailure{FailureKind::launch, said.empty() ? "ABINIT did not print its banner"
                                                              : "no banner of ABINIT; " + said};
    }
    if (auto failure = first_marked_line(log, stop_marks)) {
        return failure;
    }
    for (const std::vector<std::string>& lines : {log, err}) {
        if (auto failure = error_document(lines)) {
            return failure;
        }
    }
    if (auto failure = first_marked_line(err, stderr_marks)) {
        return failure;
    }
    const auto unconverged = last_line_with(log, "!ScfConvergenceWarning");
    if (!unconverged) {
        return std::nullopt;
    }
    const std::size_t words = std::min(*unconverged + 2, log.size() - 1);
    return LabelFailure{FailureKind::scf_not_converged, trimmed(log[words])};
}

}  // namespace fibonaqi::abinit
