// Reading pseudopotential files word by word, with file and line in every complaint.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace fibonaqi::pseudo {

/// The lines of a text file, read one after the other.
class TextFile {
  public:
    /// Throws FileError; FormatError where the last line does not end: a number in it may have lost digits.
    explicit TextFile(const std::filesystem::path& path);

    const std::string& name() const { return name_; }
    bool is_at_end() const { return next_ == lines_.size(); }

    /// The next line; throws FormatError "file:line: ..." at the end of the file.
    const std::string& line();

    /// At least `count` numbers from the start of the next line; words after them are comments. Fortran's
    /// exponent letter D is read like E. Throws FormatError where there are fewer, or one is not finite.
    std::vector<double> numbers(std::size_t count);

    /// The same, for whole numbers.
    std::vector<int> integers(std::size_t count);

    /// Throws FormatError "file:line: problem", of the line that was read last.
    [[noreturn]] void refuse(const std::string& problem) const;

  private:
    std::string name_;
    std::vector<std::string> lines_;
    std::size_t next_ = 0;
};

/// The words of a line.
std::vector<std::string> words_of(const std::string& line);

/// The number that a word is, with E, e, D or d before its exponent; NaN where it is none or not finite.
double number_of(std::string word);

}  // namespace fibonaqi::pseudo
