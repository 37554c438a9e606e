#include "fibonaqi/data/ledger.hpp"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class LedgerTest : public ::testing::Test {
  protected:
    test::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "ledger.sqlite";
};

PlannedLabel planned(const std::string& key, std::optional<LabelOrigin> origin = {}) {
    return {key, test::two_silicon_atoms(), "code settings", std::move(origin)};
}

void execute(const std::filesystem::path& path, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
}

TEST_F(LedgerTest, keeps_a_label_through_its_life_bit_for_bit) {
    const AcceptedLabel label = test::odd_label(-215.7);
    {
        Ledger ledger(path_);
        EXPECT_FALSE(ledger.find("k1").has_value());
        ledger.plan({planned("k1")});
        EXPECT_EQ(ledger.find("k1")->state, LabelState::planned);
        ledger.record_intent("k1", "/runs/k1/attempt-1");
        EXPECT_EQ(ledger.find("k1")->attempts, 1);
        ledger.record_started("k1", "local:12:34:boot");
        EXPECT_EQ(ledger.find("k1")->handle, "local:12:34:boot");
        EXPECT_EQ(ledger.find("k1")->directory, "/runs/k1/attempt-1");
        ledger.record_accepted("k1", label, {6.5, 6.25});
    }
    const Ledger again(path_);
    const StoredLabel stored = again.find("k1").value();
    EXPECT_EQ(stored.state, LabelState::accepted);
    EXPECT_EQ(stored.label->labels.energy, label.labels.energy);
    EXPECT_EQ(stored.label->labels.forces, label.labels.forces);
    EXPECT_EQ(stored.label->labels.stress, label.labels.stress);
    EXPECT_EQ(stored.label->details, label.details);
    EXPECT_EQ(stored.cost.cpu_seconds, 6.25);
    const LedgerEntry entry = again.entries({}).at(0);
    EXPECT_EQ(entry.request.structure.positions, test::two_silicon_atoms().structure.positions);
    EXPECT_EQ(entry.request.structure.cell, test::two_silicon_atoms().structure.cell);
    EXPECT_TRUE(entry.request.want_stress);
    EXPECT_FALSE(entry.origin.has_value());
}

TEST_F(LedgerTest, a_failed_label_may_be_tried_again_and_costs_add_up) {
    Ledger ledger(path_);
    ledger.plan({planned("k1")});
    ledger.record_intent("k1", "/a1");
    ledger.record_started("k1", "h1");
    ledger.record_failed("k1", {FailureKind::scf_not_converged, "after 3 iterations"}, {2.0, 1.5});
    EXPECT_EQ(ledger.find("k1")->failure->kind, FailureKind::scf_not_converged);
    EXPECT_EQ(ledger.find("k1")->failure->evidence, "after 3 iterations");
    ledger.record_intent("k1", "/a2");
    const StoredLabel second = ledger.find("k1").value();
    EXPECT_EQ(second.attempts, 2);
    EXPECT_EQ(second.directory, "/a2");
    EXPECT_TRUE(second.handle.empty());
    EXPECT_FALSE(second.failure.has_value());
    ledger.record_accepted("k1", test::odd_label(-1.0), {4.0, 3.0});
    EXPECT_EQ(ledger.find("k1")->cost.wall_seconds, 6.0);
    EXPECT_EQ(ledger.find("k1")->cost.cpu_seconds, 4.5);
}

TEST_F(LedgerTest, an_accepted_label_is_never_touched_again) {
    Ledger ledger(path_);
    ledger.plan({planned("k1")});
    ledger.record_accepted("k1", test::odd_label(-1.0), {});
    ledger.plan({planned("k1")});
    EXPECT_EQ(ledger.find("k1")->state, LabelState::accepted);
    EXPECT_THROW(ledger.record_intent("k1", "/a"), ContractError);
    EXPECT_THROW(ledger.record_failed("k1", {FailureKind::unknown, ""}, {}), ContractError);
    EXPECT_THROW(ledger.record_accepted("k1", test::odd_label(-2.0), {}), ContractError);
    EXPECT_THROW(ledger.record_intent("never planned", "/a"), ContractError);
    EXPECT_EQ(ledger.find("k1")->label->labels.energy, test::odd_label(-1.0).labels.energy);
}

TEST_F(LedgerTest, filters_by_state_purpose_and_cycle_in_the_order_of_planning) {
    Ledger ledger(path_);
    LabelOrigin test_frame;
    test_frame.purpose = "test";
    LabelOrigin first{1, 2, 400, 1500.0, "train", 0, 0.75};
    LabelOrigin second{2, 0, 10, 300.0, "train", 1, std::nullopt};
    ledger.plan({planned("t", test_frame), planned("b", first)});
    ledger.plan({planned("a", second), planned("b", second)});
    ledger.record_accepted("b", test::odd_label(-1.0), {});

    const auto keys = [&ledger](const LedgerFilter& filter) {
        std::string joined;
        for (const LedgerEntry& entry : ledger.entries(filter)) {
            joined += entry.stored.key;
        }
        return joined;
    };
    EXPECT_EQ(keys({}), "tbab");
    EXPECT_EQ(keys({.state = LabelState::accepted}), "bb");
    EXPECT_EQ(keys({.purpose = "test"}), "t");
    EXPECT_EQ(keys({.cycle = 2}), "ab");
    EXPECT_EQ(keys({.up_to_cycle = 1}), "tb");
    EXPECT_EQ(keys({.state = LabelState::accepted, .purpose = "train", .cycle = 1}), "b");
    const LabelOrigin origin = ledger.entries({.cycle = 1}).at(0).origin.value();
    EXPECT_EQ(origin.walker, 2);
    EXPECT_EQ(origin.step, 400);
    EXPECT_EQ(origin.temperature_K, 1500.0);
    EXPECT_EQ(origin.order, 0);
    EXPECT_EQ(origin.score, 0.75);
    EXPECT_FALSE(ledger.entries({.cycle = 2}).at(0).origin->score.has_value());
    EXPECT_EQ(ledger.counts().at(LabelState::accepted), 1u);
    EXPECT_EQ(ledger.counts().at(LabelState::planned), 2u);
}

TEST_F(LedgerTest, changes_made_together_are_all_there_or_none_of_them) {
    Ledger ledger(path_);
    ledger.plan({planned("k1"), planned("k2")});
    ledger.together([&] {
        ledger.record_intent("k1", "/a");
        ledger.record_intent("k2", "/b");
    });
    const auto fail = [&] {
        ledger.record_accepted("k1", test::odd_label(-1.0), {});
        ledger.record_intent("never planned", "/c");
    };
    EXPECT_THROW(ledger.together(fail), ContractError);
    for (const char* key : {"k1", "k2"}) {
        EXPECT_EQ(Ledger(path_, Ledger::Access::read).find(key)->state, LabelState::intent) << key;
    }
    ledger.record_accepted("k1", test::odd_label(-1.0), {});
    EXPECT_EQ(Ledger(path_, Ledger::Access::read).find("k1")->state, LabelState::accepted);
}

TEST_F(LedgerTest, counts_labels_that_serve_several_purposes) {
    Ledger ledger(path_);
    const auto origin = [](const std::string& purpose, int cycle) {
        LabelOrigin one;
        one.purpose = purpose;
        one.cycle = cycle;
        return one;
    };
    ledger.plan({planned("a", origin("train", 1)), planned("b", origin("train", 1)), planned("c")});
    ledger.plan({planned("a", origin("train", 2))});
    EXPECT_EQ(ledger.labels_of_several_purposes(), 0u) << "the same one twice";
    ledger.plan({planned("b", origin("control-1", 1)), planned("b", origin("control-2", 1))});
    EXPECT_EQ(ledger.labels_of_several_purposes(), 1u);
}

TEST_F(LedgerTest, planning_the_same_again_changes_nothing) {
    Ledger ledger(path_);
    LabelOrigin origin;
    ledger.plan({planned("k", origin), planned("k", origin)});
    ledger.plan({planned("k", origin)});
    EXPECT_EQ(ledger.entries({}).size(), 1u);
}

TEST_F(LedgerTest, remembers_stages_and_values) {
    {
        Ledger ledger(path_);
        EXPECT_FALSE(ledger.stage(1, "select").has_value());
        ledger.record_stage(1, "select", Json{{"picks", {3, 1, 4}}}, 2.5);
        ledger.record_stage(1, "select", Json{{"picks", {3, 1}}}, 3.5);
        ledger.record_stage(2, "select", Json::object());
        ledger.set_meta("seed", "1");
        ledger.set_meta("seed", "2");
    }
    const Ledger ledger(path_, Ledger::Access::read);
    EXPECT_EQ(ledger.stage(1, "select")->dump(), R"({"picks":[3,1]})");
    EXPECT_EQ(ledger.stage_seconds(1, "select"), 3.5);
    EXPECT_EQ(ledger.stage_seconds(2, "select"), 0.0);
    EXPECT_FALSE(ledger.stage_seconds(3, "select").has_value());
    EXPECT_EQ(ledger.meta("seed"), "2");
    EXPECT_FALSE(ledger.meta("sead").has_value());
    EXPECT_EQ(ledger.integrity_problem(), "");
}

TEST_F(LedgerTest, has_one_writer_and_any_number_of_readers) {
    Ledger writer(path_);
    writer.set_meta("a", "1");
    EXPECT_THROW(Ledger second(path_), LockedError);
    Ledger reader(path_, Ledger::Access::read);
    EXPECT_EQ(reader.meta("a"), "1");
    EXPECT_THROW(reader.set_meta("a", "2"), FileError);
    writer.set_meta("a", "3");
    EXPECT_EQ(reader.meta("a"), "3");
}

TEST_F(LedgerTest, refuses_a_newer_layout_and_foreign_files_in_one_sentence) {
    { Ledger ledger(path_); }
    execute(path_, "PRAGMA user_version = 99");
    for (const Ledger::Access access : {Ledger::Access::write, Ledger::Access::read}) {
        try {
            Ledger ledger(path_, access);
            FAIL();
        } catch (const FormatError& error) {
            EXPECT_THAT(error.what(),
                        HasSubstr("written by a newer FIBonAQi (layout 99, this program knows up to 1)"));
        }
    }
    execute(folder_ / "other.sqlite", "CREATE TABLE mine (x)");
    EXPECT_THROW(Ledger other(folder_ / "other.sqlite"), FormatError);
    std::ofstream(folder_ / "text") << std::string(4096, 'x');
    EXPECT_THROW(Ledger text(folder_ / "text"), FormatError);
    EXPECT_THROW(Ledger missing(folder_ / "missing", Ledger::Access::read), FileError);
}

// A limit on the size of files stands for a full storage, which would need root to make.
TEST_F(LedgerTest, a_full_storage_is_a_typed_error_and_loses_nothing) {
    { Ledger ledger(path_); }
    const pid_t child = ::fork();
    if (child == 0) {
        // RLIMIT_FSIZE makes write() fail with EFBIG; SIGXFSZ must not kill us first.
        std::signal(SIGXFSZ, SIG_IGN);
        int stored = 0;
        try {
            Ledger ledger(path_);
            const rlimit limit{200'000, 200'000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            for (;; ++stored) {
                ledger.set_meta("n" + std::to_string(stored), std::string(1000, 'x'));
            }
        } catch (const DiskFullError&) {
            ::_exit(stored > 20 && stored < 250 ? stored : 1);
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    const int stored = WEXITSTATUS(status);
    ASSERT_GT(stored, 20);
    Ledger ledger(path_);
    EXPECT_EQ(ledger.integrity_problem(), "");
    for (int i = 0; i < stored; ++i) {
        EXPECT_TRUE(ledger.meta("n" + std::to_string(i)).has_value()) << i;
    }
}

}  // namespace
}  // namespace fibonaqi
