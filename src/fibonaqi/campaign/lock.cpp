#include "fibonaqi/campaign/lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string our_entry() {
    const ProcessIdentity self = identify(::getpid());
    return Json{{"host", host_name()},
                {"pid", self.pid},
                {"start_time", self.start_time},
                {"boot_id", self.boot_id},
                {"since", utc_time()}}
               .dump() +
           "\n";
}

// What the file says, whether that is still true or not.
std::optional<LockHolder> written_holder(const fs::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0 || info.st_size == 0) {
        return std::nullopt;
    }
    const Json entry = Json::parse(read_file(file), nullptr, false);
    if (!entry.is_object() || !entry.contains("pid")) {
        return std::nullopt;
    }
    LockHolder holder;
    holder.host = entry.value("host", "");
    holder.process = {entry.value("pid", -1), entry.value("start_time", ""), entry.value("boot_id", "")};
    holder.since = entry.value("since", "");
    holder.silent_for = std::chrono::seconds(std::time(nullptr) - info.st_mtime);
    return holder;
}

bool is_at_work(const LockHolder& holder) {
    return holder.host == host_name() ? is_alive(holder.process)
                                      : holder.silent_for < CampaignLock::remote_patience;
}

[[noreturn]] void throw_locked(const fs::path& file, const std::optional<LockHolder>& holder) {
    const std::string who = holder ? "process " + std::to_string(holder->process.pid) + " on host " +
                                         holder->host + ", since " + holder->since
                                   : "an engine that is just starting";
    throw LockedError("folder '" + file.parent_path().string() + "' is in use (" + who +
                      ") wait for it, or stop it with Ctrl-C there");
}

void write_entry(int fd, const std::string& entry, const fs::path& file) {
    const bool is_written = ::ftruncate(fd, 0) == 0 &&
                            ::pwrite(fd, entry.data(), entry.size(), 0) == static_cast<ssize_t>(entry.size());
    if (!is_written && (errno == ENOSPC || errno == EDQUOT)) {
        throw DiskFullError("writing '" + file.string() + "' failed (" + std::strerror(errno) +
                            ") free some space, then resume");
    }
    if (!is_written) {
        throw FileError("writing '" + file.string() + "' failed (" + std::strerror(errno) + ")");
    }
}

}  // namespace

CampaignLock::CampaignLock(const fs::path& file)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0) {
        throw FileError("opening '" + file.string() + "' failed (" + std::strerror(errno) + ")");
    }
    try {
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            throw_locked(file, written_holder(file));
        }
        const auto earlier = written_holder(file);
        if (earlier && earlier->host != host_name() && is_at_work(*earlier)) {
            throw_locked(file, earlier);
        }
        write_entry(fd_, our_entry(), file);
    } catch (const Error&) {
        ::close(fd_);
        throw;
    }
}

CampaignLock::~CampaignLock() {
    // Empty means: nobody. If it fails, the entry names a process that is gone, which means the same.
    const int ignored = ::ftruncate(fd_, 0);
    static_cast<void>(ignored);
    ::close(fd_);
}

void CampaignLock::touch() const {
    ::futimens(fd_, nullptr);
}

std::optional<LockHolder> lock_holder(const fs::path& file) {
    const auto holder = written_holder(file);
    return holder && is_at_work(*holder) ? holder : std::nullopt;
}

}  // namespace fibonaqi
