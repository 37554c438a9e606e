// Reading what quantum-mechanical programs print: lines, known messages, numbers, and the structure they
// echo.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// A text that a program prints, and what it means.
struct Mark {
    const char* text;
    FailureKind kind;
};

/// Why an output is not accepted. Thrown and caught inside one driver only: it makes parsers readable.
struct Refusal {
    LabelFailure failure;
};
[[noreturn]] void refuse(FailureKind kind, const std::string& evidence);

/// Lines of a file; none when it is not there.
std::vector<std::string> lines_of(const std::filesystem::path& file);

bool has(std::string_view line, std::string_view text);

/// Without blanks at both ends, and cut where it gets too long for a message.
std::string trimmed(std::string_view line);

/// The failure of the first mark (in their order, not that of the lines) that is in one of the lines, with
/// that line as evidence. A mark with an empty text matches any line.
std::optional<LabelFailure> first_marked_line(const std::vector<std::string>& lines,
                                              std::span<const Mark> marks);

/// Place of the last line that has the text, at or after `from`.
std::optional<std::size_t> last_line_with(const std::vector<std::string>& lines, std::string_view text,
                                          std::size_t from = 0);

/// The last line that says anything; "" when none does.
std::string last_words(const std::vector<std::string>& lines);

/// What stands between blanks; the same in one line, with one blank between each.
std::vector<std::string> words_of(std::string_view text);
std::string single_spaced(std::string_view text);

/// All numbers of a text, read whatever the locale is; empty if anything in it is no finite number ("NaN",
/// "*****", "Infinity", "1.0d0": where a program writes Fortran's exponent letter, its driver replaces it).
std::optional<std::vector<double>> numbers_in(std::string_view text);

/// `count` numbers out of a text. Throws Refusal: non_finite where something is no finite number,
/// inconsistent where there are more or fewer; `what` names them.
std::vector<double> expect_numbers(std::string_view text, std::size_t count, const std::string& what);

/// What a program says that it computed, in angstrom; what it does not say stays empty.
struct EchoedStructure {
    std::vector<int> atomic_numbers;
    std::vector<Vec3> positions;
    std::optional<Mat3> cell;
};

/// Throws Refusal (inconsistent) unless these are the atoms that were asked for: same elements in the same
/// order, positions (and cell, where it is echoed) within `tolerance_A`.
void expect_structure(const EchoedStructure& echoed, const Structure& asked, double tolerance_A);

/// Environment of a serial or MPI program: one thread per rank; no daemon of Open MPI in a session of its
/// own, which would escape its process group; messages of gfortran programs written at once, so that the last
/// words of a crash are not lost. `user` on top.
std::map<std::string, std::string> program_environment(const std::map<std::string, std::string>& user);

}  // namespace fibonaqi
