#include "fibonaqi/campaign/lock.hpp"

#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CampaignLockTest : public ::testing::Test {
  protected:
    std::filesystem::path file() const { return folder_ / "engine.lock"; }

    // As an engine elsewhere, or one that was killed, leaves it.
    void write_holder(const std::string& host, const ProcessIdentity& process) const {
        const Json entry{{"host", host},
                         {"pid", process.pid},
                         {"start_time", process.start_time},
                         {"boot_id", process.boot_id},
                         {"since", "2026-01-31T12:00:00Z"}};
        write_file_atomically(file(), entry.dump() + "\n");
    }
    void set_age(long seconds) const {
        const time_t then = ::time(nullptr) - seconds;
        const struct timespec times[2] = {{then, 0}, {then, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, file().c_str(), times, 0), 0);
    }
    std::string message() const {
        try {
            const CampaignLock lock(file());
        } catch (const LockedError& error) {
            return error.what();
        }
        return "not locked";
    }

    test::TemporaryFolder folder_;
};

TEST_F(CampaignLockTest, lets_one_engine_in_and_names_it_to_the_second) {
    const CampaignLock lock(file());
    EXPECT_THAT(message(), AllOf(HasSubstr("is in use (process " + std::to_string(::getpid()) + " on host "),
                                 HasSubstr(", since 20"), HasSubstr(folder_.path().string())));
    const auto holder = lock_holder(file());
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->process.pid, ::getpid());
}

TEST_F(CampaignLockTest, is_free_again_afterwards) {
    EXPECT_FALSE(lock_holder(file())) << "there is no file yet";
    { const CampaignLock lock(file()); }
    EXPECT_FALSE(lock_holder(file()));
    EXPECT_EQ(message(), "not locked");
}

TEST_F(CampaignLockTest, passes_over_an_engine_of_this_host_that_is_gone) {
    char host[256] = {};
    ASSERT_EQ(::gethostname(host, sizeof host - 1), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    const ProcessIdentity process = identify(child);
    ::waitpid(child, nullptr, 0);
    write_holder(host, process);
    EXPECT_FALSE(lock_holder(file()));
    EXPECT_EQ(message(), "not locked");
    // A process that has the same number now is not that engine.
    write_holder(host, {::getpid(), "12345", process.boot_id});
    EXPECT_EQ(message(), "not locked");
}

TEST_F(CampaignLockTest, waits_for_an_engine_of_another_host_as_long_as_it_gives_signs_of_life) {
    write_holder("elsewhere", {4711, "1", "boot"});
    EXPECT_THAT(message(), HasSubstr("process 4711 on host elsewhere, since 2026-01-31T12:00:00Z"));
    EXPECT_TRUE(lock_holder(file()));
    set_age(CampaignLock::remote_patience.count() + 60);
    EXPECT_FALSE(lock_holder(file()));
    EXPECT_EQ(message(), "not locked");
}

TEST_F(CampaignLockTest, gives_signs_of_life) {
    const CampaignLock lock(file());
    set_age(1000);
    lock.touch();
    EXPECT_LT(lock_holder(file())->silent_for.count(), 100);
}

TEST_F(CampaignLockTest, is_not_inherited_by_children) {
    auto lock = std::make_unique<CampaignLock>(file());
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/sleep", "sleep", "30", nullptr);
        ::_exit(1);
    }
    ::usleep(100000);
    lock.reset();
    EXPECT_EQ(message(), "not locked");
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

TEST_F(CampaignLockTest, takes_a_file_that_holds_nonsense_for_nobody) {
    write_file_atomically(file(), "{\"pid\": ");
    EXPECT_FALSE(lock_holder(file()));
    EXPECT_EQ(message(), "not locked");
    EXPECT_THROW(CampaignLock(folder_ / "none" / "engine.lock"), FileError);
}

}  // namespace
}  // namespace fibonaqi
