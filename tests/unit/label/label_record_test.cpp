#include "fibonaqi/label/label_record.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"

namespace fibonaqi {
namespace {

// As it goes through a file.
Json reread(const Json& record) {
    return parse_json(record.dump(2), "test");
}

LabelTask task() {
    LabelTask task;
    task.key = "k";
    task.driver = Json{{"type", "qe"}};
    task.limits.stall_seconds = 1.0 / 7.0;
    task.request = test::two_silicon_atoms(1.0 / 3.0);
    task.request.charge = -0.5;
    task.directory = "/runs/attempt-1";
    task.result = "/runs/result.json";
    return task;
}

TEST(LabelTask, survives_its_file_bit_for_bit) {
    const LabelTask back = label_task_from_json(reread(to_json(task())), "test");
    EXPECT_EQ(back.key, "k");
    EXPECT_EQ(back.driver, task().driver);
    EXPECT_EQ(back.limits.stall_seconds, 1.0 / 7.0);
    EXPECT_EQ(back.request.structure.positions, task().request.structure.positions);
    EXPECT_EQ(back.request.structure.cell, task().request.structure.cell);
    EXPECT_EQ(back.request.structure.pbc, task().request.structure.pbc);
    EXPECT_EQ(back.request.charge, -0.5);
    EXPECT_TRUE(back.request.want_stress);
    EXPECT_EQ(back.directory, "/runs/attempt-1");
    EXPECT_EQ(back.result, "/runs/result.json");
    // The layout of docs/formats.md.
    const Json record = to_json(task());
    EXPECT_EQ(record.at("format"), "fibonaqi-label-task");
    EXPECT_EQ(record.at("structure").at("positions_A").size(), 2u);
}

TEST(LabelTask, refuses_damaged_newer_and_foreign_records) {
    Json record = to_json(task());
    record.erase("limits");
    EXPECT_THROW(label_task_from_json(record, "test"), FormatError);
    record = to_json(task());
    record["structure"]["positions_A"].push_back({1, 2, 3});
    EXPECT_THROW(label_task_from_json(record, "test"), FormatError);
    record = to_json(task());
    record["charge"] = "one";
    EXPECT_THROW(label_task_from_json(record, "test"), FormatError);
    record = to_json(task());
    record["version"] = 2;
    EXPECT_THROW(label_task_from_json(record, "test"), FormatError);
    record = to_json(task());
    record["format"] = "fibonaqi-md-task";
    EXPECT_THROW(label_task_from_json(record, "test"), FormatError);
}

TEST(LabelResult, keeps_an_accepted_label_bit_for_bit) {
    LabelResult result;
    result.outcome = test::odd_label(-215.7);
    result.exit.cpu_seconds = 6.25;
    result.command = {"pw.x", "-in", "pw.in"};
    const LabelResult back = label_result_from_json(reread(to_json(result)), "test");
    const auto& label = std::get<AcceptedLabel>(back.outcome);
    EXPECT_EQ(label.labels.energy, test::odd_label(-215.7).labels.energy);
    EXPECT_EQ(label.labels.forces, test::odd_label(-215.7).labels.forces);
    EXPECT_EQ(label.labels.stress, test::odd_label(-215.7).labels.stress);
    EXPECT_EQ(label.code_version, "test 1.0");
    EXPECT_EQ(back.exit.cpu_seconds, 6.25);
    EXPECT_EQ(back.command, result.command);
}

TEST(LabelResult, keeps_a_label_without_stress) {
    LabelResult result;
    AcceptedLabel label = test::odd_label(1.0);
    label.labels.stress.reset();
    result.outcome = label;
    const LabelResult back = label_result_from_json(reread(to_json(result)), "test");
    EXPECT_FALSE(std::get<AcceptedLabel>(back.outcome).labels.stress.has_value());
}

TEST(LabelResult, keeps_a_failure) {
    LabelResult result;
    result.outcome = LabelFailure{FailureKind::stalled, "no byte of output for 3 s"};
    const Json record = to_json(result);
    EXPECT_EQ(record.at("ok"), true) << "a failed label is a successful run of the supervisor";
    const LabelResult back = label_result_from_json(reread(record), "test");
    EXPECT_EQ(std::get<LabelFailure>(back.outcome).kind, FailureKind::stalled);
    EXPECT_EQ(std::get<LabelFailure>(back.outcome).evidence, "no byte of output for 3 s");
}

TEST(LabelResult, turns_a_supervisor_that_could_not_work_into_a_failure) {
    Json record = make_record("result", 1);
    record["ok"] = false;
    record["exit_code"] = 2;
    record["error"] = "no pseudopotential";
    const LabelResult result = label_result_from_json(record, "test");
    EXPECT_EQ(std::get<LabelFailure>(result.outcome).kind, FailureKind::bad_config);
    EXPECT_EQ(std::get<LabelFailure>(result.outcome).evidence, "no pseudopotential");
    record["exit_code"] = 1;
    EXPECT_EQ(std::get<LabelFailure>(label_result_from_json(record, "test").outcome).kind,
              FailureKind::unknown);
    EXPECT_THROW(label_result_from_json(make_record("result", 1), "test"), FormatError);
}

}  // namespace
}  // namespace fibonaqi
