#include <algorithm>
#include <array>
#include <vector>

#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/quantum_espresso/input_writer.hpp"
#include "dft_drivers/quantum_espresso/output_parser.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

namespace fs = std::filesystem;

// Lines of stdout of runs that pw.x itself ends in good order.
constexpr std::array<Mark, 5> stdout_marks{{
    {"convergence NOT achieved after", FailureKind::scf_not_converged},
    {"Maximum CPU time exceeded", FailureKind::walltime},
    {"Program stopped by user request", FailureKind::cancelled},
    {"Stopping: not enough", FailureKind::out_of_memory},
    {"NaN", FailureKind::non_finite},
}};

// Texts inside an "Error in routine" box: the name of the routine and the message.
constexpr std::array<Mark, 22> error_marks{{
    {"S matrix not positive definite", FailureKind::diagonalisation},
    {"problems computing cholesky", FailureKind::diagonalisation},
    {"too many bands are not converged", FailureKind::diagonalisation},
    {"eigenvectors failed to converge", FailureKind::diagonalisation},
    {"eigenvalues not converged", FailureKind::diagonalisation},
    {"diaghg", FailureKind::diagonalisation},
    {"charge is wrong", FailureKind::charge},
    {"fixed occupations", FailureKind::charge},
    {"too few electrons", FailureKind::charge},
    {"cannot bracket Ef", FailureKind::charge},  // a spin without electrons
    {"overlap!", FailureKind::bad_geometry},
    {"readpp", FailureKind::missing_file},
    {"read_upf", FailureKind::missing_file},
    {"pseudo", FailureKind::missing_file},
    {"No space left", FailureKind::disk},
    {"cannot be created", FailureKind::disk},
    {"error while writing", FailureKind::disk},
    {"davcio", FailureKind::disk},
    {"diropn", FailureKind::disk},
    {"allocat", FailureKind::out_of_memory},
    {"NaN", FailureKind::non_finite},
    {"", FailureKind::bad_config},  // any other box: an input that pw.x refuses
}};

constexpr std::array<Mark, 6> stderr_marks{{
    {"No space left", FailureKind::disk},
    {"OUT-OF-RESOURCE", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"End of file", FailureKind::missing_file},  // a pseudopotential that stops half-way
    {"Fortran runtime error", FailureKind::unknown},
    {"MPI_ABORT", FailureKind::unknown},
}};

// "     Error in routine c_bands (1):" (stdout) or "     from c_bands : error #         1" (CRASH), then the
// message on the next line.
std::optional<LabelFailure> error_box(const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!has(lines[i], "Error in routine") && !(has(lines[i], "from ") && has(lines[i], ": error #"))) {
            continue;
        }
        std::string box = trimmed(lines[i]);
        for (std::size_t next = i + 1; next < lines.size() && !has(lines[next], "%%%"); ++next) {
            box += " " + trimmed(lines[next]);
        }
        LabelFailure failure = *first_marked_line(std::vector<std::string>{box}, error_marks);
        failure.evidence = trimmed(box);
        return failure;
    }
    return std::nullopt;
}

}  // namespace

std::optional<LabelFailure> find_failure(const fs::path& directory) {
    const std::vector<std::string> out = lines_of(directory / stdout_file);
    const std::vector<std::string> err = lines_of(directory / stderr_file);
    const bool has_banner = std::any_of(out.begin(), out.end(),
                                        [](const std::string& line) { return has(line, "Program PWSCF"); });
    if (!has_banner) {
        const std::string said = last_words(err.empty() ? out : err);
        return LabelFailure{FailureKind::launch,
                            said.empty() ? "pw.x did not print its banner" : "no banner of pw.x; " + said};
    }
    if (auto failure = first_marked_line(out, stdout_marks)) {
        return failure;
    }
    if (auto failure = error_box(out)) {
        return failure;
    }
    if (auto failure = error_box(lines_of(directory / crash_file))) {
        return failure;
    }
    return first_marked_line(err, stderr_marks);
}

}  // namespace fibonaqi::quantum_espresso
