#include "fibonaqi/label/label_driver.hpp"

#include <set>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"

namespace fibonaqi {
namespace {

TEST(FailureKind, survives_its_text) {
    std::set<std::string> texts;
    for (int value = 0; value <= static_cast<int>(FailureKind::unknown); ++value) {
        const auto kind = static_cast<FailureKind>(value);
        EXPECT_EQ(failure_kind_from(to_string(kind)), kind);
        texts.insert(to_string(kind));
    }
    EXPECT_EQ(texts.size(), 19u);
    EXPECT_EQ(to_string(FailureKind::scf_not_converged), "scf_not_converged");
    EXPECT_THROW(failure_kind_from("scf"), FormatError);
}

TEST(ProcessExit, survives_json) {
    ProcessExit exit;
    exit.how = ProcessExit::How::timed_out;
    exit.code = 15;
    exit.wall_seconds = 1.0 / 3.0;
    exit.cpu_seconds = 0.1;
    exit.max_rss_kB = 12345;
    exit.message = "ran longer than 1 s";
    const ProcessExit back = process_exit_from_json(to_json(exit));
    EXPECT_EQ(back.how, exit.how);
    EXPECT_EQ(back.code, exit.code);
    EXPECT_EQ(back.wall_seconds, exit.wall_seconds);
    EXPECT_EQ(back.cpu_seconds, exit.cpu_seconds);
    EXPECT_EQ(back.max_rss_kB, exit.max_rss_kB);
    EXPECT_EQ(back.message, exit.message);
}

TEST(LabelKey, changes_with_everything_that_changes_the_label) {
    const LabelRequest request = test::two_silicon_atoms();
    const std::string key = label_key(request, "settings");
    EXPECT_EQ(key.size(), 64u);
    EXPECT_EQ(label_key(test::two_silicon_atoms(), "settings"), key);
    EXPECT_NE(label_key(request, "other settings"), key);
    LabelRequest other = request;
    other.charge = 1.0;
    EXPECT_NE(label_key(other, "settings"), key);
    other = request;
    other.want_stress = false;
    EXPECT_NE(label_key(other, "settings"), key);
    other = request;
    other.structure.positions[1][2] += 1.0e-15;
    EXPECT_NE(label_key(other, "settings"), key);
    other = request;
    other.structure.pbc[2] = false;
    EXPECT_NE(label_key(other, "settings"), key);
}

}  // namespace
}  // namespace fibonaqi
