// Strategies against each other: statistics, verdict and table.
#include "fibonaqi/campaign/strategy_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// One run per error, in one round of two labels: frames 0 and 1 of the pool, or 1 and 2.
Json line(const std::string& name, const std::vector<double>& errors, const Json& picks = {0, 1}) {
    Json runs = Json::array();
    for (std::size_t i = 0; i < errors.size(); ++i) {
        runs.push_back({{"seed", i + 1},
                        {"rounds",
                         {{{"labels", 2},
                           {"forces", {{"rmse_eV_per_A", errors[i]}}},
                           {"energy", {{"mae_eV_per_atom", 0.1 * errors[i]}}}}}},
                        {"picks", {picks}},
                        {"selection_cpu_seconds", 2.0},
                        {"training_cpu_seconds", 5.0}});
    }
    return {{"name", name}, {"strategy", name}, {"runs", runs}};
}

Json compared(const std::vector<Json>& lines, const std::vector<std::string>& groups = {}) {
    const Json initial{{"forces", {{"rmse_eV_per_A", 0.26}}}, {"energy", {{"mae_eV_per_atom", 0.02}}}};
    return strategy_comparison({{"initial", initial}, {"lines", lines}}, groups);
}

const std::vector<double> base{0.10, 0.11, 0.12, 0.10, 0.11, 0.12};

std::vector<double> shifted(double by, std::size_t seeds = 6) {
    std::vector<double> errors(base.begin(), base.begin() + static_cast<long>(seeds));
    for (double& error : errors) {
        error += by;
    }
    return errors;
}

TEST(StrategyComparison, pairs_the_seeds) {
    const Json comparison =
        compared({line("uniform", base), line("divbs", {0.09, 0.10, 0.11, 0.12, 0.10, 0.11})});
    const Json& divbs = comparison.at("lines")[1];
    EXPECT_NEAR(divbs.at("force_rmse_eV_per_A").at("mean").get<double>(), 0.105, 1e-12);
    EXPECT_NEAR(divbs.at("difference").at("mean_eV_per_A").get<double>(), -0.005, 1e-12);
    // numpy.std([-1, -1, -1, 2, -1, -1], ddof=1) / sqrt(6) = 0.5 in units of 0.01
    EXPECT_NEAR(divbs.at("difference").at("standard_error_eV_per_A").get<double>(), 0.005, 1e-12);
    EXPECT_TRUE(comparison.at("lines")[0].at("difference").is_null());
}

TEST(StrategyComparison, counts_the_groups_of_the_picks) {
    const Json comparison =
        compared({line("uniform", base), line("divbs", base, {1, 2})}, {"cold", "hot", "hot"});
    EXPECT_NEAR(comparison.at("lines")[0].at("groups").at("cold").get<double>(), 1.0, 1e-12);
    EXPECT_NEAR(comparison.at("lines")[1].at("groups").at("hot").get<double>(), 2.0, 1e-12);
    EXPECT_TRUE(compared({line("uniform", base), line("divbs", base)}).at("lines")[0].at("groups").is_null());
}

TEST(StrategyVerdict, names_the_winner) {
    EXPECT_EQ(compared({line("uniform", base), line("divbs", shifted(-0.02))}).at("verdict"),
              "divbs is better than uniform by 20.0 meV/A (18 %, p 0.031).");
}

TEST(StrategyVerdict, says_so_when_chance_wins) {
    EXPECT_EQ(compared({line("uniform", base), line("divbs", shifted(0.02))}).at("verdict"),
              "divbs is worse than uniform by 20.0 meV/A (18 %, p 0.031).");
}

TEST(StrategyVerdict, takes_more_evidence_the_more_is_compared) {
    const Json comparison =
        compared({line("uniform", base), line("divbs", shifted(-0.02)), line("maxdet", base)});
    EXPECT_EQ(
        comparison.at("verdict"),
        "No line differs from uniform beyond chance. With so few seeds none could: of 3 lines, 7 seeds can "
        "show a difference.");
}

TEST(StrategyVerdict, calls_a_scatter_chance) {
    EXPECT_EQ(
        compared({line("uniform", base), line("divbs", {0.12, 0.10, 0.11, 0.11, 0.10, 0.12})}).at("verdict"),
        "No line differs from uniform beyond chance.");
}

TEST(StrategyTable, has_a_row_for_every_line) {
    const std::string table = strategy_table(
        compared({line("uniform", base), line("divbs", shifted(-0.02))}, {"cold", "hot", "hot"}));
    EXPECT_THAT(
        table,
        AllOf(HasSubstr("| (start) | 260.0 | | 20.0 |"),
              HasSubstr("| uniform | 110.0 (100.0-120.0) |  | 11.0 | cold: 1.0, hot: 1.0 | 2.0 | 5.0 |"),
              HasSubstr("| divbs | 90.0 (80.0-100.0) | -20.0 +- 0.0, p 0.031 |"),
              HasSubstr("\n\ndivbs is better than uniform")));
}

TEST(StrategyTable, has_no_spread_with_one_seed) {
    const std::string table = strategy_table(compared({line("uniform", {0.1}), line("divbs", {0.09})}));
    EXPECT_THAT(table, HasSubstr("| -10.0, one seed |"));
}

TEST(StrategyChart, draws_every_line) {
    const test::TemporaryFolder folder;
    write_strategy_chart(folder / "chart.svg",
                         compared({line("uniform", base), line("divbs", shifted(-0.02))}));
    EXPECT_THAT(read_file(folder / "chart.svg"),
                AllOf(HasSubstr("<svg"), HasSubstr("uniform"), HasSubstr("divbs")));
}

}  // namespace
}  // namespace fibonaqi
