// A folder for files that nobody needs afterwards.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi {

/// A new folder in TMPDIR (else /tmp), removed with all it holds at the end of this object's life.
class ScratchFolder {
  public:
    /// Throws FileError when none can be made.
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace fibonaqi
