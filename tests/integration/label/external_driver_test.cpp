// Programs that speak JSON lines, good and bad, under fibonaqi-label.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/label_runs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An honest program: answers $n requests (all, where n is empty) with their number as energy.
constexpr const char* honest = R"(
echo start >> "$LOG"
echo '{"ready": true, "protocol": 1, "version": "sh 1"}'
while read -r line; do
    id=$(printf '%s' "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
    MISCHIEF
    echo "{\"id\": $id, \"ok\": true, \"converged\": true, \"energy\": -$id, \"forces\": [[0,0,0],[0,0,0]]}"
done
)";

class ExternalDriver : public ::testing::Test {
  protected:
    // Labels `count` structures in one supervisor; `mischief` is run before every answer.
    std::vector<std::string> label(int count, const std::string& mischief = "") {
        std::string script = honest;
        script.replace(script.find("MISCHIEF"), 8, mischief);
        return label_with(script, count);
    }

    std::vector<std::string> label_with(const std::string& script, int count) {
        write_file_atomically(folder_ / "code.sh", script);
        const Json driver{{"type", "external"},
                          {"command", {"/bin/sh", (folder_ / "code.sh").string()}},
                          {"environment", {{"LOG", (folder_ / "starts").string()}}}};
        ProcessSpec spec;
        spec.argv = {test::program("fibonaqi-label")};
        std::vector<LabelTask> tasks;
        for (int i = 0; i < count; ++i) {
            LabelTask task = test::make_task(folder_.path(), driver, test::two_silicon_atoms(0.01 * i));
            task.request.want_stress = false;
            task.limits.hard_seconds = hard_seconds_;
            task.directory = folder_ / ("label-" + std::to_string(i));
            task.result = folder_ / ("result-" + std::to_string(i) + ".json");
            write_json(folder_ / ("task-" + std::to_string(i) + ".json"), to_json(task));
            spec.argv.push_back((folder_ / ("task-" + std::to_string(i) + ".json")).string());
            tasks.push_back(task);
        }
        Subprocess(spec).wait();
        std::vector<std::string> kinds;
        for (const LabelTask& task : tasks) {
            results_.push_back(label_result_from_json(read_json(task.result), task.result.string()));
            kinds.push_back(test::kind_of(results_.back()));
        }
        return kinds;
    }

    long starts() {
        const std::string text = read_file(folder_ / "starts");
        return std::count(text.begin(), text.end(), '\n');
    }

    double hard_seconds_ = 20.0;
    test::TemporaryFolder folder_;
    std::vector<LabelResult> results_;
};

TEST_F(ExternalDriver, answers_many_requests_in_one_process) {
    EXPECT_THAT(label(4), ElementsAre("accepted", "accepted", "accepted", "accepted"));
    EXPECT_EQ(starts(), 1);
    const auto& last = std::get<AcceptedLabel>(results_[3].outcome);
    EXPECT_EQ(last.labels.energy, -3.0);
    EXPECT_EQ(last.code_version, "sh 1");
}

TEST_F(ExternalDriver, loses_only_the_request_that_kills_it) {
    EXPECT_THAT(label(4, "[ $id = 1 ] && kill -9 $$"),
                ElementsAre("accepted", "signal", "accepted", "accepted"));
    EXPECT_EQ(starts(), 3) << "the request is tried once more, then the others go on";
}

TEST_F(ExternalDriver, is_ended_at_a_request_that_takes_too_long) {
    hard_seconds_ = 1.0;
    EXPECT_THAT(label(3, "sleep 0.6; [ $id = 1 ] && sleep 60"),
                ElementsAre("accepted", "timeout", "accepted"))
        << "the limit counts for every request";
}

TEST_F(ExternalDriver, passes_on_what_the_program_says_of_a_failure) {
    EXPECT_THAT(label(2,
                      "[ $id = 0 ] && echo '{\"id\": 0, \"ok\": false, \"kind\": \"scf_not_converged\", "
                      "\"error\": \"9 steps\"}' && continue"),
                ElementsAre("scf_not_converged", "accepted"));
    EXPECT_EQ(test::evidence_of(results_[0]), "9 steps");
}

TEST_F(ExternalDriver, that_never_says_it_is_ready_fails_all_at_once) {
    EXPECT_THAT(label_with("echo start >> \"$LOG\"; echo 'no licence' >&2; exit 3", 3),
                ElementsAre("launch", "launch", "launch"));
    EXPECT_THAT(test::evidence_of(results_[2]), HasSubstr("exit code 3"));
    EXPECT_THAT(test::evidence_of(results_[2]), HasSubstr("no licence"));
    EXPECT_EQ(starts(), 1);
}

TEST_F(ExternalDriver, of_another_protocol_is_refused) {
    label_with("echo '{\"ready\": true, \"protocol\": 9}'; cat > /dev/null", 1);
    EXPECT_THAT(test::evidence_of(results_[0]), HasSubstr("protocol 9"));
}

TEST_F(ExternalDriver, may_print_whatever_it_likes_between_its_answers) {
    EXPECT_THAT(label(2, "echo 'WARNING: deprecated'; echo '{\"x\": 1}'; echo '{\"id\": 99, \"ok\": true}'"),
                ElementsAre("accepted", "accepted"));
}

}  // namespace
}  // namespace fibonaqi
