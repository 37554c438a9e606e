// The strategies against their public originals: numbers in tests/data/selection, made by
// tests/reference/selection_strategies.py; and the hand-made rows whose picks are known.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/select/divbs_selector.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using Ids = std::vector<std::uint64_t>;
using test::ids_of;

const Json& published() {
    static const Json record = read_json(FIBONAQI_SOURCE_DIR "/tests/data/selection/published_picks.json");
    return record;
}

Selection select(const Json& example, std::size_t batch) {
    const auto rows = example.at("rows").get<std::size_t>();
    const auto labelled = example.at("labelled").get<std::size_t>();
    const at::Tensor both = test::to_tensor(test::recurrence_rows(
        rows + labelled, example.at("columns").get<std::size_t>(), example.at("seed").get<std::uint64_t>()));
    const at::Tensor known = both.slice(0, static_cast<std::int64_t>(rows));
    SelectionRequest request = test::request_for(rows, batch);
    request.labelled = &known;
    return make_selector(example.at("strategy").get<std::string>(), example.at("options"))
        ->select(both.slice(0, 0, static_cast<std::int64_t>(rows)), request);
}

TEST(PublishedPicks, of_active_learning_are_chosen_in_the_same_order) {
    std::size_t compared = 0;
    for (const Json& example : published().at("cases")) {
        if (!example.contains("sorted")) {
            const Selection selection = select(example, published().at("batch").get<std::size_t>());
            EXPECT_EQ(ids_of(selection), example.at("picks").get<Ids>()) << example.dump();
            EXPECT_EQ(selection.reason, SelectionReason::complete);
            ++compared;
        }
    }
    EXPECT_GE(compared, 100u);
}

TEST(PublishedPicks, of_matching_pursuits_are_the_same_sets_with_the_same_weights) {
    for (const Json& example : published().at("cases")) {
        if (!example.contains("sorted")) {
            continue;
        }
        Ids expected = example.at("picks").get<Ids>();
        Selection selection = select(example, expected.size());
        std::sort(selection.picks.begin(), selection.picks.end(),
                  [](const Pick& a, const Pick& b) { return a.id < b.id; });
        EXPECT_EQ(ids_of(selection), expected) << example.dump();
        for (std::size_t i = 0; example.contains("weights") && i < expected.size(); ++i) {
            const double weight =
                example.at("weights")[i].get<double>() * static_cast<double>(expected.size());
            EXPECT_NEAR(selection.picks[i].weight, weight, 1e-11);  // normal equations: cond(K) 1e4
        }
    }
}

struct Known {
    std::string strategy;
    Json options;
    Ids picks;
};

// Picks of bmdal_reg 3.0.2 from fourteen rows in four dimensions, two of them after the labelled rows.
TEST(PublishedPicks, from_the_formula_rows_are_known) {
    const at::Tensor labelled = test::to_tensor({{1, 2, 0, 1}, {-2, 1, 1, 0}});
    SelectionRequest request = test::request_for(14, 6);
    request.labelled = &labelled;
    const std::vector<Known> cases{
        {"maxdet", Json{{"mode", "p"}, {"sigma", 0.1}}, {0, 11, 2, 9, 5, 4}},
        {"maxdet", Json{{"mode", "tp"}, {"sigma", 0.1}}, {9, 0, 11, 2, 5, 4}},
        {"maxdist", Json{{"mode", "p"}}, {0, 9, 7, 2, 11, 6}},
        {"maxdist", Json{{"mode", "tp"}}, {11, 0, 9, 13, 7, 4}},
        {"lcmd", Json{{"mode", "p"}}, {0, 9, 13, 7, 6, 11}},
        {"lcmd", Json{{"mode", "tp"}}, {11, 0, 9, 13, 7, 5}},
        {"bait", Json{{"mode", "p"}, {"sigma", 0.1}}, {13, 0, 3, 6, 11, 2}},
        {"bait", Json{{"mode", "p"}, {"sigma", 0.1}, {"overselect", 2.0}}, {0, 11, 2, 9, 4, 5}},
        {"bait", Json{{"mode", "tp"}, {"sigma", 0.1}}, {9, 13, 5, 11, 0, 4}},
        {"frank_wolfe", Json{{"mode", "p"}}, {8, 9, 10, 1, 4, 5}},
    };
    for (const Known& known : cases) {
        const Selection selection = make_selector(known.strategy, known.options)
                                        ->select(test::to_tensor(test::formula_rows()), request);
        EXPECT_EQ(ids_of(selection), known.picks) << known.strategy << known.options.dump();
    }
    Ids largest = ids_of(
        make_selector("maxdiag", Json::object())->select(test::to_tensor(test::formula_rows()), request));
    std::sort(largest.begin(), largest.end());
    EXPECT_THAT(largest, testing::ElementsAre(0, 2, 4, 9, 11, 13));
}

TEST(PublishedPicks, of_badge_begin_with_the_longest_row) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Selection selection =
            make_selector("kmeanspp", Json{{"first", "largest"}})
                ->select(test::to_tensor(test::formula_rows()), test::request_for(14, 3, seed));
        EXPECT_EQ(selection.picks[0].id, 0u);
    }
}

}  // namespace
}  // namespace fibonaqi
