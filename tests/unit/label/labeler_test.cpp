#include "fibonaqi/label/labeler.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_record.hpp"

#include "tests/support/memory_store.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Runs nothing: a job ends after `polls` looks with the outcome that `answer` gives for its task.
class ScriptedExecutor : public Executor {
  public:
    explicit ScriptedExecutor(std::size_t slots) : slots_(slots) {}
    std::size_t slots() const override { return slots_; }
    void start(const std::vector<ExecutorJob>& pack) override {
        log->push_back("start");
        for (const ExecutorJob& job : pack) {
            ++started;
            jobs_[job.key] = {job, polls};
            handles_[job.key] = "handle of " + pack.front().key;
        }
        packs.push_back(pack.size());
        most_at_once = std::max(most_at_once, jobs_.size());
    }
    void adopt(const ExecutorJob& job, const std::string& handle) override {
        adopted.push_back(handle);
        jobs_[job.key] = {job, is_adopted_lost ? -1 : polls};
    }
    std::string handle(const std::string& key) const override {
        return handles_.contains(key) ? handles_.at(key) : "handle of " + key;
    }
    JobReport poll(const std::string& key) override {
        auto& [job, left] = jobs_.at(key);
        if (left > 0) {
            --left;
            return {JobState::running};
        }
        const bool is_lost = left < 0 || losses > 0;
        losses -= left == 0 && losses > 0 ? 1 : 0;
        if (!is_lost) {
            LabelResult result;
            result.exit.wall_seconds = seconds;
            result.outcome = cancelled.contains(key) ? LabelFailure{FailureKind::cancelled, ""} : answer();
            write_file_atomically(job.result_file, damage.empty() ? to_json(result).dump() : damage);
        }
        jobs_.erase(key);
        return is_lost ? JobReport{JobState::lost, untold_loss()} : JobReport{JobState::finished};
    }
    void cancel(const std::string& key) override { cancelled.insert(key); }

    std::function<LabelOutcome()> answer = [] { return test::odd_label(-1.0); };
    int polls = 2;
    double seconds = 60.0;  // that a program says it took
    int losses = 0;
    bool is_adopted_lost = false;
    int started = 0;
    std::size_t most_at_once = 0;
    std::vector<std::string> adopted;
    std::vector<std::size_t> packs;
    std::set<std::string> cancelled;
    std::string damage;  // written instead of a result
    std::vector<std::string>* log = nullptr;

  private:
    std::size_t slots_;
    std::map<std::string, std::pair<ExecutorJob, int>> jobs_;
    std::map<std::string, std::string> handles_;
};

class PaperDriver : public LabelDriver {
  public:
    std::string name() const override { return "paper"; }
    DriverCapabilities capabilities() const override { return {.stress = true, .serves = serves}; }
    std::optional<LabelFailure> problem_with(const LabelRequest&) const override { return problem; }
    Json configuration() const override { return {{"type", "paper"}}; }
    std::vector<std::string> check(const std::vector<int>&) const override { return problems; }
    std::string fingerprint() const override { return "paper"; }
    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const std::filesystem::path&,
                     double) const override {
        return {};
    }
    LabelOutcome collect(const LabelRequest&, const ProcessExit&,
                         const std::filesystem::path&) const override {
        return LabelFailure{};
    }
    std::vector<std::string> problems;
    std::optional<LabelFailure> problem;
    bool serves = false;
};

class LabelerTest : public ::testing::Test {
  protected:
    LabelerTest() {
        options_.work_directory = folder_ / "work";
        options_.poll_seconds = 0.001;
        options_.min_free_MB = 0.0;
        executor_.log = &store_.log;
    }
    static std::vector<LabelItem> items(int count) {
        std::vector<LabelItem> items;
        for (int i = 0; i < count; ++i) {
            items.push_back({test::two_silicon_atoms(0.01 * i), {}});
        }
        return items;
    }
    LabelSummary run(const std::vector<LabelItem>& wanted, const LabelerHooks& hooks = {}) {
        return Labeler(driver_, executor_, store_, options_).run(wanted, hooks);
    }
    std::string only_key(const LabelItem& item) {
        return Labeler(driver_, executor_, store_, options_).key_of(item.request);
    }

    test::TemporaryFolder folder_;
    PaperDriver driver_;
    test::MemoryStore store_;
    ScriptedExecutor executor_{2};
    LabelerOptions options_;
};

TEST_F(LabelerTest, labels_all_and_keeps_to_the_slots) {
    const LabelSummary summary = run(items(5));
    EXPECT_EQ(summary.accepted_now, 5u);
    EXPECT_TRUE(summary.is_complete());
    EXPECT_EQ(executor_.started, 5);
    EXPECT_EQ(executor_.most_at_once, 2u);
    EXPECT_EQ(store_.find(summary.keys[3])->label->labels.energy, test::odd_label(-1.0).labels.energy);
}

TEST_F(LabelerTest, commits_the_intent_before_the_launch) {
    run(items(1));
    EXPECT_THAT(store_.log, ElementsAre("intent", "start", "started", "accepted"));
}

TEST_F(LabelerTest, never_computes_a_label_twice) {
    std::vector<LabelItem> twice = items(2);
    twice.push_back(twice[0]);
    const LabelSummary first = run(twice);
    EXPECT_EQ(executor_.started, 2);
    EXPECT_EQ(first.keys[0], first.keys[2]);
    const LabelSummary second = run(twice);
    EXPECT_EQ(executor_.started, 2);
    EXPECT_EQ(second.accepted_now, 0u);
    EXPECT_EQ(second.accepted_before, 2u);
}

TEST_F(LabelerTest, gives_every_slot_its_share_of_a_program_that_serves) {
    driver_.serves = true;
    EXPECT_EQ(run(items(7)).accepted_now, 7u);
    EXPECT_THAT(executor_.packs, ElementsAre(4u, 3u)) << "two slots";
}

TEST_F(LabelerTest, gives_a_supervisor_work_for_a_second_once_it_knows_how_long_labels_take) {
    executor_.seconds = 0.1;
    run(items(30));
    EXPECT_THAT(executor_.packs, ElementsAre(1u, 1u, 10u, 10u, 4u, 4u)) << "two slots";
}

TEST_F(LabelerTest, packs_as_many_labels_as_it_is_told) {
    options_.pack = 3;
    EXPECT_EQ(run(items(7)).accepted_now, 7u);
    EXPECT_THAT(executor_.packs, ElementsAre(3u, 3u, 1u));
}

TEST_F(LabelerTest, launches_nothing_more_when_patience_is_at_an_end) {
    options_.patience.max_alike = 3;
    executor_.answer = [] { return LabelFailure{FailureKind::missing_file, "no such file"}; };
    const LabelSummary summary = run(items(10));
    EXPECT_THAT(summary.gave_up, HasSubstr("missing_file: no such file"));
    EXPECT_GE(summary.failed, 3u);
    EXPECT_LE(summary.failed, 4u) << "what ran is waited for";
    EXPECT_EQ(summary.open, 10 - summary.failed);
}

TEST_F(LabelerTest, leaves_alone_what_was_set_aside) {
    const std::vector<LabelItem> wanted = items(1);
    executor_.answer = [] { return LabelFailure{FailureKind::quarantined, "by hand"}; };
    run(wanted);
    options_.retry_failed = true;
    EXPECT_EQ(run(wanted).failed, 1u);
    EXPECT_EQ(executor_.started, 1);
}

TEST_F(LabelerTest, launches_nothing_for_what_the_driver_refuses) {
    driver_.problem = LabelFailure{FailureKind::charge, "27 electrons, but paired spins"};
    LabelItem charged = items(1)[0];
    charged.request.charge = 1.0;
    LabelItem triplet = items(1)[0];
    triplet.request.multiplicity = 3;
    const LabelSummary summary = run({items(1)[0], charged, triplet});
    EXPECT_EQ(summary.failed, 3u);
    EXPECT_EQ(executor_.started, 0);
    EXPECT_EQ(store_.find(summary.keys[0])->failure->kind, FailureKind::charge);
    EXPECT_THAT(store_.find(summary.keys[1])->failure->evidence, HasSubstr("no charged structure"));
    EXPECT_THAT(store_.find(summary.keys[2])->failure->evidence, HasSubstr("no multiplicity"));
}

TEST_F(LabelerTest, refuses_bad_geometry_without_a_launch) {
    std::vector<LabelItem> wanted = items(1);
    wanted[0].request.structure.positions[1] = {0.2, 0.0, 0.0};
    std::vector<LabelItem> molecule = items(1);
    molecule[0].request.structure.pbc = {false, false, false};
    wanted.push_back(molecule[0]);
    const LabelSummary summary = run(wanted);
    EXPECT_EQ(summary.failed, 2u);
    EXPECT_EQ(executor_.started, 0);
    EXPECT_EQ(store_.find(summary.keys[0])->failure->kind, FailureKind::bad_geometry);
    EXPECT_EQ(store_.find(summary.keys[1])->failure->kind, FailureKind::bad_geometry);
}

TEST_F(LabelerTest, does_not_accept_a_label_that_is_not_sane) {
    executor_.answer = [] {
        AcceptedLabel label = test::odd_label(-1.0);
        label.labels.forces = {{100.0, 0.0, 0.0}, {-100.0, 0.0, 0.0}};
        return label;
    };
    const LabelSummary summary = run(items(1));
    EXPECT_EQ(summary.failed, 1u);
    EXPECT_EQ(store_.find(summary.keys[0])->failure->kind, FailureKind::inconsistent);
}

TEST_F(LabelerTest, goes_on_after_failures_and_tries_again_only_what_may_pass) {
    executor_.answer = [] { return LabelFailure{FailureKind::scf_not_converged, ""}; };
    EXPECT_EQ(run(items(3)).failed, 3u);
    EXPECT_EQ(executor_.started, 3);
    EXPECT_EQ(run(items(3)).failed, 3u);
    EXPECT_EQ(executor_.started, 3) << "the structure is to blame: not again";
    options_.retry_failed = true;
    EXPECT_EQ(run(items(3)).failed, 3u);
    EXPECT_EQ(executor_.started, 6);

    options_.retry_failed = false;
    executor_.answer = [] { return LabelFailure{FailureKind::disk, ""}; };
    EXPECT_EQ(run(items(4)).failed, 4u);
    EXPECT_EQ(executor_.started, 7);
    executor_.answer = [] { return test::odd_label(-1.0); };
    const LabelSummary last = run(items(4));
    EXPECT_EQ(executor_.started, 8) << "the circumstances were to blame: again";
    EXPECT_EQ(last.accepted_now, 1u);
}

TEST_F(LabelerTest, adopts_what_an_earlier_engine_started) {
    const LabelItem item = items(1)[0];
    const std::string key = only_key(item);
    store_.plan({{key, item.request, "paper", {}}});
    std::filesystem::create_directories(folder_ / "work");
    store_.record_intent(key, folder_ / "work/attempt-1");
    store_.record_started(key, "old handle");
    const LabelSummary summary = run({item});
    EXPECT_THAT(executor_.adopted, ElementsAre("old handle"));
    EXPECT_EQ(executor_.started, 0);
    EXPECT_EQ(summary.accepted_now, 1u);
}

TEST_F(LabelerTest, launches_again_what_an_earlier_engine_lost_in_a_fresh_folder) {
    const LabelItem item = items(1)[0];
    const std::string key = only_key(item);
    store_.plan({{key, item.request, "paper", {}}});
    store_.record_intent(key, folder_ / "work/attempt-1");
    executor_.is_adopted_lost = true;
    const LabelSummary summary = run({item});
    EXPECT_THAT(executor_.adopted, ElementsAre(""));
    EXPECT_EQ(executor_.started, 1);
    EXPECT_EQ(summary.accepted_now, 1u);
    EXPECT_EQ(store_.find(key)->attempts, 2);
    EXPECT_EQ(store_.find(key)->directory.filename(), "attempt-2");
}

TEST_F(LabelerTest, gives_a_lost_supervisor_one_more_try) {
    executor_.losses = 1;
    EXPECT_EQ(run(items(1)).accepted_now, 1u);
    EXPECT_EQ(executor_.started, 2);
    executor_.losses = 2;
    const LabelSummary summary = run({{test::two_silicon_atoms(0.3), {}}});
    EXPECT_EQ(summary.failed, 1u);
    EXPECT_EQ(executor_.started, 4);
    EXPECT_EQ(store_.find(summary.keys[0])->failure->kind, FailureKind::signal);
}

TEST_F(LabelerTest, stops_after_what_runs) {
    LabelerHooks hooks;
    hooks.stop = [this] { return executor_.started >= 2 ? LabelStop::after_running : LabelStop::no; };
    const LabelSummary summary = run(items(5), hooks);
    EXPECT_EQ(summary.accepted_now, 2u);
    EXPECT_EQ(summary.open, 3u);
    EXPECT_FALSE(summary.is_complete());
    EXPECT_EQ(run(items(5)).accepted_now, 3u);
}

TEST_F(LabelerTest, stops_at_once_and_goes_on_later) {
    LabelerHooks hooks;
    hooks.stop = [] { return LabelStop::now; };
    const LabelSummary summary = run(items(5), hooks);
    EXPECT_EQ(summary.accepted_now, 0u);
    EXPECT_EQ(summary.failed, 0u) << "cancelled is open, not failed";
    EXPECT_EQ(summary.open, 5u);
    EXPECT_EQ(executor_.cancelled.size(), 2u);
    executor_.cancelled.clear();
    EXPECT_EQ(run(items(5)).accepted_now, 5u);
}

TEST_F(LabelerTest, reports_counts_that_always_add_up) {
    LabelerHooks hooks;
    std::vector<LabelProgress> seen;
    hooks.progress = [&seen](const LabelProgress& progress) { seen.push_back(progress); };
    run(items(4), hooks);
    ASSERT_GT(seen.size(), 8u);
    for (const LabelProgress& progress : seen) {
        EXPECT_EQ(progress.done + progress.failed + progress.running + progress.queued, 4u) << progress.note;
    }
    EXPECT_EQ(seen.front().queued, 4u);
    EXPECT_EQ(seen.back().done, 4u);
}

TEST_F(LabelerTest, does_not_start_with_a_driver_that_cannot_work) {
    driver_.problems = {"program 'x' was not found", "no pseudopotential for C"};
    try {
        run(items(1));
        FAIL();
    } catch (const DriverError& error) {
        EXPECT_STREQ(error.what(), "program 'x' was not found; no pseudopotential for C");
    }
    EXPECT_EQ(executor_.started, 0);
}

TEST_F(LabelerTest, launches_nothing_on_a_full_disk) {
    options_.min_free_MB = 1.0e12;
    EXPECT_THROW(run(items(2)), DiskFullError);
    EXPECT_EQ(executor_.started, 0);
    options_.min_free_MB = 0.0;
    EXPECT_EQ(run(items(2)).accepted_now, 2u);
}

TEST_F(LabelerTest, a_damaged_result_is_a_failure_and_not_the_end) {
    executor_.damage = "{\"format\": \"fibonaqi-result\", \"version\": 1, \"ok\": tr";
    const LabelSummary summary = run(items(2));
    EXPECT_EQ(summary.failed, 2u);
    EXPECT_THAT(store_.find(summary.keys[0])->failure->evidence, HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace fibonaqi
