#include "fibonaqi/base/scratch_folder.hpp"

#include <cerrno>
#include <cstring>

#include <stdlib.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {

ScratchFolder::ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fibonaqi-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw FileError("cannot make a temporary folder '" + pattern + "' (" + std::strerror(errno) +
                        ") set TMPDIR to a folder that can be written");
    }
    path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace fibonaqi
