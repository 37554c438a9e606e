// One engine per campaign folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "fibonaqi/base/process_identity.hpp"

namespace fibonaqi {

/// Who works in a campaign folder, as the lock file says.
struct LockHolder {
    std::string host;
    ProcessIdentity process;
    std::string since;                   ///< UTC
    std::chrono::seconds silent_for{0};  ///< time since its last sign of life
};

/// Held as long as the object lives: flock (children do not inherit it), and a JSON line that says who.
/// flock may not reach across hosts on network file systems, therefore a holder on another host counts as
/// alive as long as its last sign of life is younger than `remote_patience`.
class CampaignLock {
  public:
    /// Throws LockedError naming the holder, FileError.
    explicit CampaignLock(const std::filesystem::path& file);
    ~CampaignLock();
    CampaignLock(const CampaignLock&) = delete;
    CampaignLock& operator=(const CampaignLock&) = delete;

    /// A sign of life.
    void touch() const;

    static constexpr std::chrono::seconds remote_patience{300};

  private:
    int fd_ = -1;
};

/// The engine that works there now; empty when there is none. Reads only; touches no lock.
std::optional<LockHolder> lock_holder(const std::filesystem::path& file);

}  // namespace fibonaqi
