#include "fibonaqi/base/file_system.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_file_error(const std::string& what, const fs::path& path, int reason) {
    const std::string message = what + " '" + path.string() + "' failed (" + std::strerror(reason) + ")";
    if (reason == ENOSPC || reason == EDQUOT) {
        throw DiskFullError(message + " free some space, then resume");
    }
    throw FileError(message);
}

// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

void write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw_file_error("writing", path, errno);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

void write_and_sync(const fs::path& path, std::string_view content) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.get() < 0) {
        throw_file_error("creating", path, errno);
    }
    write_all(file.get(), content, path);
    if (::fsync(file.get()) != 0) {
        throw_file_error("writing", path, errno);
    }
}

void sync_directory(const fs::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
        throw_file_error("syncing folder", path, errno);
    }
}

}  // namespace

std::string read_file(const fs::path& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::error_code ignored;
    if (!file || fs::is_directory(path, ignored)) {
        throw_file_error("reading", path, errno != 0 ? errno : EISDIR);
    }
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

void write_file_atomically(const fs::path& path, std::string_view content) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const fs::path temporary =
        folder / ("." + path.filename().string() + ".tmp" + std::to_string(::getpid()));
    try {
        write_and_sync(temporary, content);
        if (::rename(temporary.c_str(), path.c_str()) != 0) {
            throw_file_error("replacing", path, errno);
        }
    } catch (const FileError&) {
        ::unlink(temporary.c_str());
        throw;
    }
    sync_directory(folder);
}

void make_directories(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) {
        throw_file_error("creating folder", path, error.value());
    }
}

std::uintmax_t free_bytes(const fs::path& path) {
    std::error_code error;
    const fs::space_info space = fs::space(path, error);
    if (error) {
        throw_file_error("asking for the free space of", path, error.value());
    }
    return space.available;
}

fs::path find_program(const std::string& program) {
    const auto runnable = [](const fs::path& path) {
        std::error_code ignored;
        return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
    };
    if (program.find('/') != std::string::npos) {
        return runnable(program) ? fs::absolute(program) : fs::path();
    }
    const char* path_variable = std::getenv("PATH");
    std::istringstream folders(path_variable != nullptr ? path_variable : "/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        const fs::path candidate = fs::path(folder.empty() ? "." : folder) / program;
        if (!program.empty() && runnable(candidate)) {
            return fs::absolute(candidate);
        }
    }
    return {};
}

fs::path executable_directory() {
    return fs::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace fibonaqi
