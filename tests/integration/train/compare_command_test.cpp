// `fibonaqi compare` as a user runs it, on a small model.
#include <csignal>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/labelled_frames.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class CompareCommand : public testing::Test {
  protected:
    CompareCommand() {
        write_model_file(folder_ / "tiny.safetensors", test::tiny_model());
        write_model_file(folder_ / "other.safetensors", test::tiny_nequip());
        write_model_file(folder_ / "third.safetensors", test::tiny_tensornet());
        std::vector<Frame> frames = test::labelled_frames(30);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i].info["site"] = std::string(i % 3 == 0 ? "a" : "b");
        }
        write_extxyz(folder_ / "pool.xyz", frames);
        file_ = {{"pool", "pool.xyz"},
                 {"model", "tiny.safetensors"},
                 {"output", "out"},
                 {"group", "site"},
                 {"test_share", 0.2},
                 {"seeds", 1},
                 {"rounds", 2},
                 {"select", {{"batch", 2}, {"ratio", 0.2}}},
                 {"lines",
                  {{"uniform", {{"strategy", "uniform"}}},
                   {"divbs", Json::object()},
                   {"known", {{"labels", "pool"}}},
                   {"taught", {{"labels", "teacher"}, {"teacher", "other.safetensors"}}},
                   {"committee",
                    {{"labels", "committee"}, {"committee", {"other.safetensors", "third.safetensors"}}}},
                   {"maxdet", {{"strategy", "maxdet"}, {"features", "prediction_gradient"}}}}},
                 {"settings", {{"epochs", 1}, {"learning_rate", 0.01}, {"e0", "always"}}}};
    }

    test::CommandResult compare() {
        write_json(folder_ / "C.json", file_);
        return test::run_command(folder_, "fibonaqi", {"compare", "C.json", "--json", "R.json"});
    }
    void keep_lines(const std::set<std::string>& names) {
        const Json all = file_.at("lines");
        for (const auto& [name, line] : all.items()) {
            if (!names.contains(name)) {
                file_["lines"].erase(name);
            }
        }
    }
    Json found() const { return read_json(folder_ / "R.json"); }
    // Without what differs from run to run.
    static Json numbers_of(Json comparison) {
        for (Json& line : comparison["lines"]) {
            for (Json& run : line["runs"]) {
                run.erase("selection_cpu_seconds");
                run.erase("training_cpu_seconds");
            }
        }
        return comparison;
    }
    std::set<fs::path> kept() const {
        std::set<fs::path> files;
        if (fs::exists(folder_ / "out/runs")) {
            for (const auto& entry : fs::directory_iterator(folder_ / "out/runs")) {
                files.insert(entry.path());
            }
        }
        return files;
    }

    test::TemporaryFolder folder_;
    Json file_;
};

TEST_F(CompareCommand, spends_as_many_labels_on_every_line) {
    const test::CommandResult done = compare();
    ASSERT_EQ(done.code, 0) << done.err;
    const Json comparison = found();
    EXPECT_EQ(comparison.at("test_frames"), 6);
    EXPECT_EQ(comparison.at("lines")[0].at("name"), "uniform");
    for (const Json& line : comparison.at("lines")) {
        ASSERT_EQ(line.at("runs").size(), 1u);
        for (const Json& run : line.at("runs")) {
            EXPECT_EQ(run.at("rounds")[0].at("labels"), 2);
            EXPECT_EQ(run.at("rounds")[1].at("labels"), 4);
            std::set<std::size_t> all;
            for (const Json& picks : run.at("picks")) {
                all.insert(picks.begin(), picks.end());
            }
            EXPECT_EQ(all.size(), 4u) << "a label was paid twice";
        }
        const Json& groups = line.at("groups");
        EXPECT_NEAR(groups.value("a", 0.0) + groups.value("b", 0.0), 4.0, 1e-12);
    }
    EXPECT_THAT(done.out, AllOf(HasSubstr("| maxdet |"), HasSubstr("No line differs from uniform")));
    EXPECT_EQ(read_file(folder_ / "out/comparison.md"), done.out);
    EXPECT_TRUE(fs::exists(folder_ / "out/comparison.svg"));
    EXPECT_FALSE(fs::exists(folder_ / "out/work"));
}

TEST_F(CompareCommand, computes_only_what_is_new) {
    keep_lines({"uniform", "maxdet"});
    file_["rounds"] = 1;
    file_["seeds"] = 1;
    ASSERT_EQ(compare().code, 0);
    const std::set<fs::path> before = kept();
    const Json first = found();
    ASSERT_EQ(compare().code, 0);
    EXPECT_EQ(found(), first);
    EXPECT_EQ(kept(), before);
    file_["seeds"] = 2;
    ASSERT_EQ(compare().code, 0);
    EXPECT_EQ(kept().size(), before.size() + 2) << "one more run of each line";
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(found().at("lines")[i].at("runs")[0], first.at("lines")[i].at("runs")[0]);
    }
}

TEST_F(CompareCommand, goes_on_after_a_kill_with_the_same_numbers) {
    keep_lines({"uniform", "divbs"});
    file_["seeds"] = 1;
    ASSERT_EQ(compare().code, 0);
    const Json unbroken = numbers_of(found());
    fs::remove_all(folder_ / "out");
    ProcessSpec spec;
    spec.argv = {test::program("fibonaqi"), "compare", folder_ / "C.json"};
    spec.stdout_file = folder_ / "killed.out";
    spec.stderr_file = folder_ / "killed.err";
    Subprocess first(spec);
    ASSERT_TRUE(test::becomes_true([&] { return kept().size() >= 2; }, 60.0));
    ::kill(first.pid(), SIGKILL);
    first.wait();
    ASSERT_EQ(compare().code, 0);
    EXPECT_EQ(numbers_of(found()), unbroken);
}

TEST_F(CompareCommand, measures_on_other_frames_where_they_are_given) {
    write_extxyz(folder_ / "test.xyz", test::labelled_frames(3));
    file_["test"] = "test.xyz";
    file_["rounds"] = 1;
    keep_lines({"uniform", "divbs"});
    file_["seeds"] = 1;
    ASSERT_EQ(compare().code, 0);
    EXPECT_EQ(found().at("test_frames"), 3);
    EXPECT_EQ(found().at("pool_frames"), 30);
}

TEST_F(CompareCommand, says_in_one_sentence_what_is_wrong) {
    const auto refusal = [&](const std::string& pointer, const Json& value) {
        const Json right = file_;
        file_[Json::json_pointer(pointer)] = value;
        const test::CommandResult done = compare();
        EXPECT_EQ(done.code, 2) << done.err;
        file_ = right;
        return done.err;
    };
    EXPECT_THAT(refusal("/lines/divbs/strateggy", "divbs"),
                AllOf(HasSubstr("C.json:"), HasSubstr("lines.divbs"), HasSubstr("did you mean 'strategy'")));
    EXPECT_THAT(refusal("/lines/divbs/strategy", "rho_loss"), HasSubstr("lines.divbs.strategy"));
    EXPECT_THAT(refusal("/lines/divbs/batch", 3), HasSubstr("lines.divbs.batch: differs from select.batch"));
    EXPECT_THAT(refusal("/lines/maxdet/options", Json{{"pik", "ols"}}), HasSubstr("lines.maxdet"));
    EXPECT_THAT(refusal("/lines/a.b", Json::object()), HasSubstr("use letters, digits, - and _"));
    EXPECT_THAT(refusal("/lines/divbs", 3), HasSubstr("lines.divbs: is 3 (it holds keys of select)"));
    EXPECT_THAT(refusal("/lines/divbs/labels", "teacher"),
                HasSubstr("teacher is missing (labels are teacher)"));
    EXPECT_THAT(refusal("/lines/divbs/teacher", "other.safetensors"),
                HasSubstr("lines.divbs.teacher: is given for nothing (labels are posterior)"));
    EXPECT_THAT(refusal("/against", "uniformm"),
                HasSubstr("against: is 'uniformm' (no line has that name) did you "
                          "mean 'uniform'?"));
    EXPECT_THAT(refusal("/lines", Json{{"uniform", {{"strategy", "uniform"}}}}),
                HasSubstr("nothing to compare"));
    EXPECT_THAT(
        refusal("/rounds", 9),
        HasSubstr("rounds: are 9 (line 'uniform' needs a pool of 26 frames, so that the last round finds a "
                  "superbatch of 10, and has 24)"));
    EXPECT_THAT(refusal("/group", "temperature"),
                HasSubstr("group: is 'temperature' (no comment line of the pool"));
    EXPECT_THAT(refusal("/pool", "none.xyz"), HasSubstr("none.xyz"));
    std::vector<Frame> frames = test::labelled_frames(30);
    frames[7].labels.forces.clear();
    write_extxyz(folder_ / "pool.xyz", frames);
    EXPECT_THAT(refusal("/group", nullptr), HasSubstr("pool.xyz: frame 7 has no forces"));
    EXPECT_TRUE(kept().empty());
}

}  // namespace
}  // namespace fibonaqi
