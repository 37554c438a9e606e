// A folder for files that nobody needs afterwards.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi {

/// A new folder in TMPDIR (else /tmp), removed with all it holds at the end of this object's life.
class ScratchFolder {
  public:
    /// Throws FileError when none can be made, with the reason and what to do (set TMPDIR).
    ScratchFolder();
    /// What cannot be removed stays, without a word: a result that is there counts more than a tidy folder.
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    /// Absolute, if TMPDIR is.
    const std::filesystem::path& path() const { return path_; }
    /// A name in it; nothing is made.
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace fibonaqi
