#include "fibonaqi/label/executor_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/label/local_executor.hpp"

#include "tests/support/fake_queue.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

CheckedConfig checked(const Json& section) {
    std::vector<ConfigKey> rows{config::section("executor", "where")};
    for (ConfigKey& row : executor_keys("executor")) {
        rows.push_back(row);
    }
    return ConfigSchema("a test", rows).check({{"executor", section}});
}

ExecutorOptions options(const Json& section) {
    const CheckedConfig config = checked(section);
    EXPECT_TRUE(config.problems.empty()) << config.problems.front().message;
    return executor_options(config.values.at("executor"));
}

TEST(ExecutorConfigTest, nothing_said_means_this_machine) {
    EXPECT_TRUE(executor_options(nullptr).is_local());
    EXPECT_TRUE(options(Json::object()).is_local());
    EXPECT_EQ(executor_problem(options(Json::object())), "");
    EXPECT_EQ(default_slots(options(Json::object()), 8), 8u);
    EXPECT_EQ(default_slots(options({{"cpus", 3}}), 8), 2u);
    EXPECT_EQ(default_slots(options({{"cpus", 16}}), 8), 1u);
}

TEST(ExecutorConfigTest, a_queue_gets_what_is_asked_for) {
    const ExecutorOptions queue = options({{"type", "slurm"},
                                           {"cpus", 4},
                                           {"memory_MB", 4000},
                                           {"minutes", 30},
                                           {"partition", "main"},
                                           {"extra", {"--account=x"}},
                                           {"pack", 5}});
    EXPECT_EQ(queue.resources.cpus, 4u);
    EXPECT_EQ(queue.resources.memory_MB, 4000u);
    EXPECT_EQ(queue.resources.minutes, 30.0);
    EXPECT_EQ(queue.resources.partition, "main");
    EXPECT_EQ(queue.resources.extra, std::vector<std::string>{"--account=x"});
    EXPECT_EQ(queue.pack, 5u);
    EXPECT_EQ(default_slots(queue, 8), 20u) << "the cluster's cores, not this machine's";
}

TEST(ExecutorConfigTest, a_type_that_nobody_knows_is_refused_with_the_names_of_those_there_are) {
    const CheckedConfig config = checked({{"type", "slrum"}});
    ASSERT_EQ(config.problems.size(), 1u);
    EXPECT_THAT(config.problems.front().message, HasSubstr("slurm"));
}

TEST(ExecutorConfigTest, what_cannot_work_here_is_known_before_anything_is_computed) {
    const double total = total_memory();
    EXPECT_THAT(executor_problem(options({{"memory_MB", static_cast<long>(2.0 * total)}})),
                HasSubstr("this machine has"));
    EXPECT_THAT(executor_problem(options({{"type", "lsf"}})),
                HasSubstr("there is no program 'bsub' on PATH"));
    const test::TemporaryFolder folder;
    const test::FakeQueue queue(folder.path());
    EXPECT_EQ(executor_problem(options({{"type", "slurm"}})), "");
}

TEST(ExecutorConfigTest, makes_the_executor_of_its_type) {
    const test::TemporaryFolder folder;
    const auto local = make_executor(options(Json::object()), 3, folder / "supervisor", folder / "queue");
    EXPECT_EQ(local->slots(), 3u);
    EXPECT_FALSE(local->keeps_jobs());
    const auto slurm =
        make_executor(options({{"type", "slurm"}}), 7, folder / "supervisor", folder / "queue");
    EXPECT_EQ(slurm->slots(), 7u);
    EXPECT_TRUE(slurm->keeps_jobs()) << "jobs in a queue outlive the engine";
}

}  // namespace
}  // namespace fibonaqi
