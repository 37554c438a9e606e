// `fibonaqi label list`, `retry` and `quarantine` on a ledger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/data/ledger.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/silicon.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LabelLedger : public ::testing::Test {
  protected:
    LabelLedger() {
        Ledger ledger(folder_ / "ledger.sqlite");
        for (const char* key : {good_, bad_, other_}) {
            ledger.plan({{key, two_silicon_atoms(), "code settings", {}}});
            ledger.record_intent(key, folder_ / "attempt-1");
            ledger.record_started(key, "handle");
        }
        AcceptedLabel remedied = odd_label(-1.0);
        remedied.details["remedies"] = Json::array({{{"after", "walltime"}}});
        ledger.record_accepted(good_, remedied, {2.0, 1.5});
        ledger.record_failed(bad_, {FailureKind::charge, "charge is wrong"}, {1.0, 0.5});
        ledger.record_failed(other_, {FailureKind::launch, "no such program"}, {0.0, 0.0});
    }
    CommandResult label(std::vector<std::string> words) {
        words.insert(words.begin(), "label");
        words.insert(words.begin() + 2, folder_.path().string());
        return run_command(folder_, "fibonaqi", words);
    }
    LabelState state(const char* key) {
        return Ledger(folder_ / "ledger.sqlite", Ledger::Access::read).find(key)->state;
    }

    static constexpr const char* good_ = "aaaa000000000000cccc";
    static constexpr const char* bad_ = "aaab000000000000cccc";
    static constexpr const char* other_ = "bbbb000000000000cccc";
    TemporaryFolder folder_;
};

TEST_F(LabelLedger, lists_labels_and_why_others_are_not_there) {
    const CommandResult all = label({"list"});
    EXPECT_EQ(all.code, 0);
    EXPECT_THAT(all.out, AllOf(HasSubstr("aaaa000000000000  accepted  Si2"), HasSubstr("after remedies"),
                               HasSubstr("charge: charge is wrong"), HasSubstr("3 labels")));
    const CommandResult failed = label({"list", "--failed"});
    EXPECT_THAT(failed.out, AllOf(Not(HasSubstr("accepted")), HasSubstr("2 labels")));
    const Json read = parse_json(label({"list", "--failed", "--json"}).out, "list");
    EXPECT_EQ(read[0]["kind"], "charge");
    EXPECT_EQ(read[0]["cpu_seconds"], 0.5);
    EXPECT_THAT(label({"list", "--state", "acepted"}).err, HasSubstr("accepted"));
}

TEST_F(LabelLedger, lets_failed_labels_be_computed_again) {
    EXPECT_EQ(label({"retry", "aaab"}).code, 0);
    EXPECT_EQ(state(bad_), LabelState::planned);
    EXPECT_EQ(state(other_), LabelState::failed);
    EXPECT_THAT(label({"retry", "--failed"}).out, HasSubstr("1 labels"));
    EXPECT_EQ(state(other_), LabelState::planned);
}

TEST_F(LabelLedger, sets_a_label_aside_for_good) {
    EXPECT_EQ(label({"quarantine", "aaaa", "--reason", "the cell was wrong"}).code, 0);
    EXPECT_EQ(state(good_), LabelState::failed);
    EXPECT_THAT(label({"list", "--failed"}).out, HasSubstr("quarantined: the cell was wrong"));
    EXPECT_THAT(label({"retry", "--failed"}).out, HasSubstr("2 labels")) << "a quarantined one stays";
    EXPECT_EQ(state(good_), LabelState::failed);
    EXPECT_EQ(label({"retry", "aaaa"}).code, 0) << "unless it is named";
    EXPECT_EQ(state(good_), LabelState::planned);
}

TEST_F(LabelLedger, refuses_what_it_cannot_do) {
    EXPECT_THAT(label({"retry", "aaaa"}).err, HasSubstr("it has not failed"));
    EXPECT_THAT(label({"retry", "aaa"}).err, HasSubstr("more than one label"));
    EXPECT_THAT(label({"retry", "ffff"}).err, HasSubstr("no label"));
    EXPECT_THAT(label({"retry"}).err, HasSubstr("--failed"));
    EXPECT_THAT(label({"quarantine", "bbbb", "--reason", "x"}).err, HasSubstr("it is not accepted"));
    const CommandResult nowhere = run_command(folder_, "fibonaqi", {"label", "list", "nowhere"});
    EXPECT_EQ(nowhere.code, 2);
    EXPECT_THAT(nowhere.err, HasSubstr("name a campaign folder"));
    const CommandResult nothing = run_command(folder_, "fibonaqi", {"label"});
    EXPECT_EQ(nothing.code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("list, retry, quarantine"));
}

}  // namespace
}  // namespace fibonaqi::test
