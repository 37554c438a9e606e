// The report as a whole: well-formed, offline, escaped, and saying the right thing.
#include "fibonaqi/campaign/report.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "tests/unit/campaign/sample_summary.hpp"

namespace fibonaqi {
namespace {

using test::sample_cycle;
using test::sample_summary;
using testing::HasSubstr;
using testing::Not;

/// The page as a strict XML reader sees it; fails the test where tags do not match.
pugi::xml_document parsed(const std::string& page) {
    pugi::xml_document document;
    const auto result = document.load_string(page.c_str(), pugi::parse_full);
    EXPECT_TRUE(result) << result.description()
                        << " near: " << page.substr(static_cast<std::size_t>(result.offset), 80);
    return document;
}

std::string verdict_of(const Json& summary) {
    return parsed(render_report(summary)).select_node("//section[@id='verdict']/p").node().text().as_string();
}

/// Every text and every key of `value` replaced by `evil`.
Json poisoned(const Json& value, const std::string& evil) {
    if (value.is_string()) {
        return evil;
    }
    if (!value.is_structured()) {
        return value;
    }
    Json result = value.is_array() ? Json::array() : Json::object();
    for (auto entry = value.begin(); entry != value.end(); ++entry) {
        if (value.is_array()) {
            result.push_back(poisoned(*entry, evil));
        } else {
            result[entry.key()] = poisoned(*entry, evil);
        }
    }
    return result;
}

/// Every value that is no container replaced by `wrong`.
Json of_wrong_type(const Json& value, const Json& wrong) {
    if (!value.is_structured()) {
        return wrong;
    }
    Json result = value;
    for (auto& entry : result) {
        entry = of_wrong_type(entry, wrong);
    }
    return result;
}

TEST(Report, is_well_formed_for_a_whole_a_partial_and_an_empty_campaign) {
    parsed(render_report(sample_summary()));
    parsed(render_report(Json::object()));
    parsed(render_report(Json()));
    const Json whole = sample_summary();
    for (const auto& entry : whole.items()) {
        Json without = whole;
        without.erase(entry.key());
        parsed(render_report(without));
        parsed(render_report(Json{{entry.key(), entry.value()}}));
    }
}

TEST(Report, survives_values_of_wrong_types) {
    for (const Json& wrong :
         {Json(nullptr), Json("text"), Json(true), Json(-1), Json(1e300), Json::array(), Json::object()}) {
        parsed(render_report(of_wrong_type(sample_summary(), wrong)));
        const Json whole = sample_summary();
        for (const auto& entry : whole.items()) {
            Json summary = whole;
            summary[entry.key()] = wrong;
            parsed(render_report(summary));
        }
    }
}

TEST(Report, loads_nothing_from_anywhere) {
    const std::string page = render_report(sample_summary());
    for (const char* word :
         {"http:", "https:", "url(", "@import", "<script", "<link", "<img", "<iframe", " src=", " href="}) {
        EXPECT_THAT(page, Not(HasSubstr(word)));
    }
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(Report, shows_hostile_text_as_text) {
    const std::string evil = "</title></style><script>alert('x')</script>\" onload=\"y & \x01";
    const Json hostile = poisoned(sample_summary(), evil);
    Json summary = hostile;
    summary["settings"] = Json{{evil, evil}};
    summary["cycles"][0]["test_force_rmse_by_group_eV_per_A"] = Json{{evil, 0.1}};
    const std::string page = render_report(summary);
    const pugi::xml_document document = parsed(page);
    EXPECT_TRUE(document.select_nodes("//script").empty());
    EXPECT_TRUE(document.select_nodes("//@onload").empty());
    EXPECT_EQ(document.select_nodes("//style").size(), 1u);
    const std::string shown = document.select_node("//h1").node().text().as_string();
    EXPECT_EQ(shown, "</title></style><script>alert('x')</script>\" onload=\"y & \xEF\xBF\xBD");
}

TEST(Report, says_what_was_gained_with_how_many_labels_in_what_time) {
    const std::string verdict = verdict_of(sample_summary());
    EXPECT_THAT(
        verdict,
        HasSubstr("fell from 0.256 to 0.094 eV/\xC3\x85, 2.7 times lower, with 30 labels in 6.1 min."));
    EXPECT_THAT(verdict, HasSubstr("energy error fell from 21 to 3 meV/atom, 7 times lower"));
    EXPECT_THAT(verdict, HasSubstr("1 label failed and was left out"));
    EXPECT_THAT(verdict, HasSubstr("Walkers left the sane region once"));
    EXPECT_THAT(verdict, HasSubstr("The campaign is finished: all 3 cycles are done."));
}

TEST(Report, does_not_praise_a_campaign_that_made_things_worse) {
    Json summary = sample_summary();
    summary["cycles"] = {sample_cycle(0, 0.1, 0.01, 0), sample_cycle(1, 0.2, 0.01, 10)};
    EXPECT_THAT(verdict_of(summary), HasSubstr("rose from 0.1 to 0.2"));
    EXPECT_THAT(verdict_of(summary), HasSubstr("energy error did not change"));
    EXPECT_THAT(render_report(summary), HasSubstr("class=\"verdict bad\""));
}

// 0.094 eV/A, the last force error, is 1.34 times 0.07 and 1.57 times 0.06.
TEST(Report, says_where_labels_limit_learning_and_draws_their_noise) {
    Json summary = sample_summary();
    EXPECT_THAT(verdict_of(summary), Not(HasSubstr("noise")));
    EXPECT_THAT(render_report(summary), Not(HasSubstr("noise of the labels")));
    summary["label_noise_eV_per_A"] = 0.07;
    EXPECT_THAT(verdict_of(summary),
                HasSubstr("Labels limit learning: the force error of 0.094 eV/A is within "
                          "1.5 times the noise of the labels (0.07 eV/A)"));
    summary["label_noise_eV_per_A"] = 0.06;
    EXPECT_THAT(verdict_of(summary), Not(HasSubstr("limit learning")));
    EXPECT_THAT(render_report(summary), HasSubstr("noise of the labels"));
}

TEST(Report, says_when_there_is_nothing_to_judge_yet) {
    EXPECT_THAT(verdict_of(Json::object()), HasSubstr("No model has been measured"));
    EXPECT_THAT(verdict_of({{"cycles", {sample_cycle(0, 0.256, 0.02, 0)}}}), HasSubstr("No later model"));
}

TEST(Report, draws_a_point_for_every_cycle_at_its_place) {
    const pugi::xml_document document = parsed(render_report(sample_summary()));
    const pugi::xml_node chart =
        document.select_node("//figure[figcaption='Force error against labels']/svg").node();
    std::istringstream points(chart.child("polyline").attribute("points").value());
    std::vector<double> x(4), y(4);
    char comma = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        points >> x[i] >> comma >> y[i];
    }
    ASSERT_TRUE(points);
    // Labels 0, 10, 20, 30 stand at equal distances; heights are in the ratio of the errors over the axis of
    // zero.
    EXPECT_NEAR(x[2] - x[1], x[1] - x[0], 0.11);
    EXPECT_NEAR(x[3] - x[2], x[1] - x[0], 0.11);
    const double zero = chart.select_node("line[@class='axis'][last()]").node().attribute("y1").as_double();
    EXPECT_NEAR((zero - y[3]) / (zero - y[0]), 0.094 / 0.256, 0.002);
}

TEST(Report, counts_labels_by_walker_and_cycle) {
    const pugi::xml_document document = parsed(render_report(sample_summary()));
    const auto cells = document.select_nodes("//section[@id='origins']//tr[th='w1']/td");
    ASSERT_EQ(cells.size(), 3u);
    EXPECT_STREQ(cells[0].node().text().as_string(), "2500");
    EXPECT_STREQ(cells[1].node().text().as_string(), "\xC2\xB7");
    EXPECT_STREQ(cells[2].node().text().as_string(), "1");
}

TEST(Report, does_not_count_the_held_out_set_among_the_chosen_frames) {
    Json summary = sample_summary();
    summary["labels"].push_back(
        {{"id", "test-0"}, {"purpose", "test"}, {"cycle", 0}, {"walker", 7}, {"temperature_K", 300.0}});
    const pugi::xml_document document = parsed(render_report(summary));
    EXPECT_TRUE(document.select_nodes("//section[@id='origins']//tr[th='7']").empty());
    EXPECT_EQ(document.select_nodes("//section[@id='origins']//details//tbody/tr").size(), 3u);
}

// Points stand at the square root of their distance from the mean.
TEST(Report, maps_candidates_picks_and_labelled_frames) {
    const pugi::xml_document document = parsed(render_report(sample_summary()));
    const auto figures = document.select_nodes("//section[@id='maps']//figure");
    ASSERT_EQ(figures.size(), 2u);
    const pugi::xml_node first = figures[0].node(), second = figures[1].node();
    EXPECT_STREQ(first.child("figcaption").text().as_string(), "Cycle 1: 2 picks of 4 candidates");
    EXPECT_STREQ(second.child("figcaption").text().as_string(), "Cycle 2: 1 pick of 4 candidates (3 shown)");
    const auto badges = first.select_nodes(".//circle[@class='badge']");
    ASSERT_EQ(badges.size(), 2u);
    const auto x_of = [&](std::size_t i) { return badges[i].node().attribute("cx").as_double(); };
    const auto y_of = [&](std::size_t i) { return badges[i].node().attribute("cy").as_double(); };
    // At (2, 0) and (0, 1) in a plane from -2 to 2 and -1 to 1, which is drawn as a square.
    EXPECT_GT(x_of(0), x_of(1));
    EXPECT_NEAR(x_of(0) - x_of(1), y_of(0) - y_of(1), 0.21);
    EXPECT_TRUE(first.select_nodes(".//path[@class='ring']").empty());
    EXPECT_EQ(second.select_nodes(".//path[@class='ring']").size(), 1u);
    EXPECT_EQ(first.select_nodes(".//path[starts-with(@class, 'dots ramp-')]").size(), 2u);
    EXPECT_THAT(render_report(sample_summary()), HasSubstr("candidates at 300 K"));
    EXPECT_THAT(render_report(sample_summary()),
                HasSubstr("first principal component (75 % of the variance)"));
}

TEST(Report, of_a_campaign_without_maps_has_none) {
    Json summary = sample_summary();
    summary.erase("maps");
    EXPECT_THAT(render_report(summary), Not(HasSubstr("id=\"maps\"")));
}

TEST(Report, shows_both_curves_with_the_range_of_the_controls) {
    const pugi::xml_document document = parsed(render_report(sample_summary()));
    const pugi::xml_node figure =
        document.select_node("//figure[figcaption='Force error against the control']").node();
    const auto names = figure.select_nodes("ul/li");
    ASSERT_EQ(names.size(), 2u);
    EXPECT_STREQ(names[0].node().text().as_string(), "divbs (this campaign)");
    EXPECT_STREQ(names[1].node().text().as_string(), "uniform, mean and range of 2 seeds");
    // Two trainings of the campaign, one of the controls; their largest error, 0.5, is still in the picture.
    EXPECT_EQ(figure.select_nodes(".//path[@class='marker series-0']").size(), 2u);
    EXPECT_EQ(figure.select_nodes(".//path[@class='marker series-1']").size(), 1u);
    ASSERT_EQ(figure.select_nodes(".//path[@class='range series-1']").size(), 1u);
    const auto ticks = figure.select_nodes(".//text[@class='tick end']");
    EXPECT_GE(ticks[ticks.size() - 1].node().text().as_double(), 0.5);
    EXPECT_THAT(verdict_of(sample_summary()),
                HasSubstr("After cycle 1 the campaign is lower than each of them."));
    EXPECT_THAT(render_report(sample_summary()), HasSubstr("3 labels serve more than one line"));
    Json summary = sample_summary();
    summary["control"]["shared_labels"] = 1;
    EXPECT_THAT(render_report(summary), HasSubstr("1 label serves more than one line"));
}

TEST(Report, of_a_campaign_without_controls_has_none) {
    Json summary = sample_summary();
    summary["control"] = nullptr;
    EXPECT_THAT(render_report(summary), Not(HasSubstr("id=\"control\"")));
}

TEST(Report, does_not_count_labels_of_controls_among_the_chosen_frames) {
    Json summary = sample_summary();
    summary["labels"].push_back(
        {{"id", "c1-w7-0"}, {"purpose", "control-1"}, {"cycle", 1}, {"walker", 7}, {"temperature_K", 300.0}});
    const pugi::xml_document document = parsed(render_report(summary));
    EXPECT_TRUE(document.select_nodes("//section[@id='origins']//tr[th='7']").empty());
}

TEST(Report, gives_every_chart_a_name_for_screen_readers) {
    const pugi::xml_document document = parsed(render_report(sample_summary()));
    const auto charts = document.select_nodes("//svg");
    EXPECT_EQ(charts.size(), 15u);
    for (const auto& chart : charts) {
        EXPECT_STRNE(chart.node().child("title").text().as_string(), "");
        EXPECT_STRNE(chart.node().child("desc").text().as_string(), "");
    }
}

}  // namespace
}  // namespace fibonaqi
