// Labels, MD and training side by side (key "async").
#include <csignal>

#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "tests/campaign/fake_campaign.hpp"
#include "tests/support/label_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::Ge;
using ::testing::HasSubstr;

class AsyncCampaign : public test::FakeCampaign {
  protected:
    AsyncCampaign() {
        set("/async", {{"share", 0.5}});
        set("/label/slots", 1);
        set("/cycles", 3);
    }

    Ledger ledger() const { return Ledger(layout_->ledger(), Ledger::Access::read); }

    std::size_t labels_for_training() const {
        LedgerFilter filter;
        filter.purpose = "train";
        return labelled_frames(ledger(), filter).size();
    }
};

TEST_F(AsyncCampaign, ends_with_every_label_that_was_not_dropped) {
    environment_["FAKE_PW_MS"] = "30";
    const test::Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    std::size_t asked = 0, dropped = 0, labelled = 0;
    for (int cycle = 1; cycle <= 3; ++cycle) {
        const Json select = ledger().stage(cycle, "select").value();
        const Json label = ledger().stage(cycle, "label").value();
        asked += select.at("selected").get<std::size_t>();
        dropped += select.at("dropped").get<std::size_t>();
        labelled += label.at("labelled").get<std::size_t>();
    }
    EXPECT_EQ(labelled, labels_for_training()) << "each is counted where it came in";
    EXPECT_LE(labelled, asked - dropped) << "one that is chosen again is asked for twice";
    EXPECT_GT(labelled, 0u);
    for (const LedgerEntry& entry : ledger().entries({})) {
        const bool is_settled =
            entry.stored.state == LabelState::accepted || entry.stored.state == LabelState::failed;
        EXPECT_TRUE(is_settled) << "nothing is left in flight";
    }
    EXPECT_EQ(ledger().stage(3, "label").value().at("in_flight"), 0);
}

TEST_F(AsyncCampaign, trains_before_all_labels_are_there_and_weighs_the_waiting_ones_anew) {
    environment_["FAKE_PW_MS"] = "600";  // each has a supervisor of its own; quicker ones do not wait singly
    const test::Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(ledger().stage(1, "label").value().at("in_flight").get<int>(), Ge(1));
    const Json select = ledger().stage(2, "select").value();
    EXPECT_THAT(select.at("waited").get<int>(), Ge(1));
    std::size_t dropped = 0;
    for (const LedgerEntry& entry : ledger().entries({})) {
        if (entry.stored.failure) {
            EXPECT_EQ(entry.stored.failure->kind, FailureKind::cancelled);
            EXPECT_THAT(entry.stored.failure->evidence, HasSubstr("other frames are worth more"));
            EXPECT_EQ(entry.stored.attempts, 0) << "it has cost nothing";
            ++dropped;
        }
    }
    EXPECT_GE(dropped, select.at("dropped").get<std::size_t>());
    EXPECT_GE(select.at("dropped").get<std::size_t>(), 1u);
}

TEST_F(AsyncCampaign, pays_for_nothing_twice_when_it_is_killed_and_resumed) {
    environment_["FAKE_PW_MS"] = "100";
    environment_["FAKE_MS"] = "150";
    for (const int wanted : {3, 6}) {
        const bool is_first = wanted == 3;
        Subprocess engine(spec(is_first ? std::vector<std::string>{"run", "campaign.json", "--dir", "run"}
                                        : std::vector<std::string>{"resume", "run"}));
        ASSERT_TRUE(test::becomes_true(
            [&] { return launches("pw").size() >= static_cast<std::size_t>(wanted); }, 30.0));
        engine.signal_group(SIGKILL);
        engine.wait();
    }
    const test::Said said = resume();
    ASSERT_EQ(said.code, 0) << said.err;
    std::size_t settled = 0;
    for (const LedgerEntry& entry : ledger().entries({})) {
        settled += entry.stored.label ? 1 : 0;
        EXPECT_LE(entry.stored.attempts, 1);
    }
    EXPECT_EQ(launches("pw").size(), settled);
}

TEST_F(AsyncCampaign, is_refused_together_with_a_control) {
    set("/control", {{"seeds", 2}});
    const test::Said said = fibonaqi({"check", "campaign.json"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("async: is given together with control"));
}

}  // namespace
}  // namespace fibonaqi
