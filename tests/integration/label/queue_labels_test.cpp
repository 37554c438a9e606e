// Five hundred labels through a queue that does everything that queues do: none is computed twice, none is
// forgotten.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/data/ledger.hpp"
#include "fibonaqi/label/label_record.hpp"
#include "fibonaqi/label/labeler.hpp"
#include "fibonaqi/label/queue_executor.hpp"

#include "tests/support/fake_queue.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

class AnyDriver : public LabelDriver {
  public:
    std::string name() const override { return "any"; }
    DriverCapabilities capabilities() const override { return {.stress = true}; }
    Json configuration() const override { return {{"type", "any"}}; }
    std::vector<std::string> check(const std::vector<int>&) const override { return {}; }
    std::string fingerprint() const override { return "any"; }
    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const fs::path&, double) const override {
        return {};
    }
    LabelOutcome collect(const LabelRequest&, const ProcessExit&, const fs::path&) const override {
        return LabelFailure{};
    }
};

class QueueLabelsTest : public ::testing::Test {
  protected:
    QueueLabelsTest() : fake_(folder_ / "queue") {
        LabelResult result;
        result.outcome = test::odd_label(-1.0);
        Json record = to_json(result);
        record["ok"] = true;
        write_json(folder_ / "result.json", record);
    }

    // Writes down every label that it begins with. Every 40th label's first attempt is killed, as a node
    // that goes down kills it.
    fs::path supervisor() {
        const fs::path file = folder_ / "supervisor";
        const std::string folder = folder_.path().string();
        write_file_atomically(file,
                              "#!/bin/sh\nshift 2\nfor f; do t=${f%.task.json}; mkdir $t || continue\n"
                              "echo $t >> " +
                                  folder +
                                  "/begun\n"
                                  "n=$(wc -l < " +
                                  folder +
                                  "/begun)\n"
                                  "case $t in *attempt-1) [ $((n % 40)) = 7 ] && kill -9 $$;; esac\n"
                                  "cp " +
                                  folder + "/result.json $t.tmp; mv $t.tmp $t.result.json\ndone\n");
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }

    std::unique_ptr<QueueExecutor> executor() {
        // A listing is asked for often, and commands that hang are given up early, so that this test ends.
        const BatchTiming timing{0.05, 0.5, 0.5, 0.05, 60.0};
        return std::make_unique<QueueExecutor>(
            supervisor(), std::make_unique<BatchQueue>(make_slurm(), folder_ / "commands", timing),
            QueueOptions{.slots = 25, .file_seconds = 0.5, .look_seconds = 0.05});
    }

    LabelerOptions options() const {
        LabelerOptions options;
        options.work_directory = folder_ / "work";
        options.poll_seconds = 0.01;
        options.min_free_MB = 0.0;
        options.pack = 4;
        return options;
    }

    static std::vector<LabelItem> items(int count) {
        std::vector<LabelItem> items;
        for (int i = 0; i < count; ++i) {
            items.push_back({test::two_silicon_atoms(1.0e-4 * i), {}});
        }
        return items;
    }

    // How often each label was begun: "<first digits of the key>/attempt-1" -> 1.
    std::map<std::string, int> begun() const {
        std::map<std::string, int> counts;
        std::ifstream file(folder_ / "begun");
        for (std::string line; std::getline(file, line);) {
            ++counts[fs::path(line).parent_path().filename().string() + "/" +
                     fs::path(line).filename().string()];
        }
        return counts;
    }

    test::TemporaryFolder folder_;
    test::FakeQueue fake_;
    AnyDriver driver_;
};

TEST_F(QueueLabelsTest, none_of_500_is_computed_twice_or_forgotten_by_a_queue_that_does_everything_wrong) {
    fake_.set_ids(60);
    fake_.set_faults(
        "if [ $n != 0 ]; then case $((n % 10)) in 1) fault=early;; 3) fault=late;; 5) fault=silent;; esac\n"
        "[ $((n % 29)) = 8 ] && fault=hang; [ $((n % 31)) = 9 ] && fault=limit\n"
        "else case $((m % 11)) in 2) fault=down;; 4) fault=forget;; esac\n"
        "[ $((m % 97)) = 50 ] && fault=stuck; fi");
    Ledger ledger(folder_ / "ledger.sqlite");
    const auto queue = executor();
    const LabelSummary summary = Labeler(driver_, *queue, ledger, options()).run(items(500), {});
    EXPECT_EQ(summary.accepted_now, 500u);
    EXPECT_EQ(summary.failed, 0u);
    EXPECT_EQ(summary.open, 0u);
    std::size_t first = 0;
    const auto counts = begun();
    for (const auto& [label, count] : counts) {
        EXPECT_EQ(count, 1) << label;
        first += label.ends_with("attempt-1") ? 1 : 0;
    }
    // Some of a pack that was killed were never begun in its first attempt.
    EXPECT_LE(first, 500u);
    EXPECT_GE(counts.size(), 500u);
    EXPECT_LE(counts.size(), 500u + 500u / 40u + 1u) << "one more for each that was killed";
}

TEST_F(QueueLabelsTest, an_engine_that_died_around_a_submission_is_repaired_by_the_next_one) {
    fake_.set_faults("[ $n = 1 ] && fault=hang");
    const std::string key = label_key(test::two_silicon_atoms(0.0), "any");
    const fs::path directory = folder_ / "work" / key.substr(0, 16) / "attempt-1";
    const std::vector<LabelItem> one = items(1);
    {
        // What Labeler::launch does, up to the moment in which the engine is gone: nothing after the
        // submission has reached the ledger.
        Ledger ledger(folder_ / "ledger.sqlite");
        ledger.plan({{key, one[0].request, "any", {}}});
        make_directories(directory.parent_path());
        ledger.record_intent(key, directory);
        const std::string stem = directory.string();
        write_file_atomically(stem + ".task.json", "{}");
        executor()->start({{key, directory, stem + ".task.json", stem + ".result.json", stem + ".log"}});
    }
    Ledger ledger(folder_ / "ledger.sqlite");
    const auto queue = executor();
    const LabelSummary summary = Labeler(driver_, *queue, ledger, options()).run(one, {});
    EXPECT_EQ(summary.accepted_now, 1u);
    EXPECT_EQ(fake_.submissions().size(), 1u) << "it was in the queue already";
    EXPECT_EQ(begun().size(), 1u);
}

TEST_F(QueueLabelsTest, a_stop_leaves_the_jobs_in_the_queue_and_the_next_run_takes_them) {
    fake_.set_faults("fault=pending");
    Ledger ledger(folder_ / "ledger.sqlite");
    LabelerOptions slow = options();
    int looks = 0;
    const LabelSummary stopped =
        Labeler(driver_, *executor(), ledger, slow).run(items(8), {{}, [&] {
                                                                       return ++looks > 20
                                                                                  ? LabelStop::after_running
                                                                                  : LabelStop::no;
                                                                   }});
    EXPECT_EQ(stopped.open, 8u);
    EXPECT_EQ(fake_.submissions().size(), 2u) << "two packs of four";
    fake_.set_faults("");
    for (const char* id : {"2", "3"}) {
        fake_.set_state(id, "NODE_FAIL");  // they never ran; the labels are submitted anew
    }
    const LabelSummary resumed = Labeler(driver_, *executor(), ledger, options()).run(items(8), {});
    EXPECT_EQ(resumed.accepted_now, 8u);
}

}  // namespace
}  // namespace fibonaqi
