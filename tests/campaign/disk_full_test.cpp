// A storage that fills up: one clear error, nothing lost, and the campaign goes on when there is room again.
#include <cerrno>
#include <cstring>

#include <sys/mount.h>

#include "fibonaqi/data/ledger.hpp"

#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// A storage of its own under `path`, as long as the object lives.
class SmallStorage {
  public:
    SmallStorage(const std::filesystem::path& path, std::size_t kilobytes) : path_(path) {
        make_directories(path);
        is_mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0,
                              ("size=" + std::to_string(kilobytes) + "k").c_str()) == 0;
    }
    ~SmallStorage() {
        if (is_mounted_) {
            ::umount2(path_.c_str(), MNT_DETACH);
        }
    }
    SmallStorage(const SmallStorage&) = delete;
    SmallStorage& operator=(const SmallStorage&) = delete;
    bool is_mounted() const { return is_mounted_; }
    std::filesystem::path path() const { return path_; }

    /// Writes a file that leaves this much free.
    void fill_up_to(std::uintmax_t free) const {
        const std::uintmax_t now = free_bytes(path_);
        if (now > free) {
            write_file_atomically(path_ / "filler", std::string(now - free, 'x'));
        }
    }
    void make_room() const { std::filesystem::remove(path_ / "filler"); }

  private:
    std::filesystem::path path_;
    bool is_mounted_ = false;
};

class CampaignOnAFullDisk : public FakeCampaign {
  protected:
    // A campaign that finds so much room, fails, is given more, and must end like `whole`.
    void run_with(std::uintmax_t kilobytes, const Json& whole) {
        const SmallStorage storage(folder_ / ("small-" + std::to_string(kilobytes)), 8192);
        if (!storage.is_mounted()) {
            GTEST_SKIP() << "no storage can be mounted here (" << std::strerror(errno) << ")";
        }
        const std::string run = storage.path() / "run";
        storage.fill_up_to(kilobytes * 1000);
        const Said said = fibonaqi({"run", "campaign.json", "--dir", run});
        EXPECT_EQ(said.code, 5) << said.err;
        EXPECT_THAT(said.err, ContainsRegex("error: [^\n]*free some space"));

        storage.make_room();
        const Said after = fibonaqi({"run", "campaign.json", "--dir", run});
        ASSERT_EQ(after.code, 0) << after.err;
        EXPECT_EQ(without_seconds(Json::parse(fibonaqi({"status", run, "--json"}).out)), whole);
        EXPECT_EQ(Ledger(storage.path() / "run/ledger.sqlite", Ledger::Access::read).integrity_problem(), "");
    }
};

TEST_F(CampaignOnAFullDisk, stops_resumable_and_loses_nothing) {
    set("/min_free_MB", 0);
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "whole"}).code, 0);
    const Json whole = without_seconds(Json::parse(fibonaqi({"status", "whole", "--json"}).out));
    // Too little for the folder, for the walkers, for the labels, for the training.
    for (const std::uintmax_t kilobytes : {8, 60, 120, 220, 350, 500}) {
        SCOPED_TRACE(kilobytes);
        run_with(kilobytes, whole);
    }
}

class CampaignWithLittleRoom : public FakeCampaign {};

TEST_F(CampaignWithLittleRoom, starts_nothing_below_the_limit) {
    set("/min_free_MB", 1.0e9);
    const Said said = run();
    EXPECT_EQ(said.code, 5);
    EXPECT_THAT(said.err, AllOf(HasSubstr("MB are free in"), HasSubstr("free some space")));
    EXPECT_FALSE(exists("run")) << "nothing was begun";
    set("/min_free_MB", 0.5);
    ASSERT_EQ(run().code, 0);
    set("/min_free_MB", 1.0e9);
    set("/cycles", 3);
    EXPECT_EQ(run().code, 5);
    EXPECT_EQ(launches("md 3").size(), 0U);
}

}  // namespace
}  // namespace fibonaqi::test
