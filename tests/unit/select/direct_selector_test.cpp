// DIRECT against scikit-learn and maml: numbers in tests/data/selection/direct.json.
#include "fibonaqi/select/direct_selector.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/select/direct_clusters.hpp"
#include "fibonaqi/select/principal_scores.hpp"
#include "fibonaqi/select/ward.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

const Json& published() {
    static const Json record = read_json(FIBONAQI_SOURCE_DIR "/tests/data/selection/direct.json");
    return record;
}

at::Tensor rows_of(const Json& example) {
    return test::to_tensor(test::recurrence_rows(example.at("rows").get<std::size_t>(),
                                                 example.at("columns").get<std::size_t>(),
                                                 example.at("seed").get<std::uint64_t>()));
}

// The same partition with other numbers.
bool is_same_partition(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    std::map<std::size_t, std::size_t> forth, back;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (forth.emplace(a[i], b[i]).first->second != b[i] ||
            back.emplace(b[i], a[i]).first->second != a[i]) {
            return false;
        }
    }
    return a.size() == b.size();
}

TEST(DirectSelector, has_the_principal_scores_of_scikit_learn) {
    for (const Json& example : published().at("cases")) {
        const at::Tensor scores = principal_scores(rows_of(example));
        EXPECT_EQ(scores.size(1), example.at("components").get<std::int64_t>());
        for (std::size_t i = 0; i < example.at("squared_lengths").size(); ++i) {
            const double square = scores[static_cast<std::int64_t>(i)].square().sum().item<double>();
            EXPECT_NEAR(square, example.at("squared_lengths")[i].get<double>(), 1e-13);
        }
    }
}

TEST(DirectSelector, has_the_clusters_of_scikit_learn) {
    for (const Json& example : published().at("cases")) {
        const at::Tensor scores = principal_scores(rows_of(example));
        const DirectClusters clusters = direct_clusters(scores, example.at("clusters").get<std::size_t>(),
                                                        {example.at("threshold").get<double>(), 50});
        EXPECT_EQ(clusters.subclusters, example.at("subclusters").get<std::size_t>());
        EXPECT_NEAR(clusters.threshold, example.at("used_threshold").get<double>(), 1e-14);
        EXPECT_TRUE(is_same_partition(clusters.labels, example.at("labels").get<std::vector<std::size_t>>()));
    }
}

// Distances of some points from the centres of their clusters, by cluster.
std::map<std::size_t, std::multiset<double>> distances(const std::vector<std::uint64_t>& points,
                                                       const at::Tensor& scores,
                                                       const DirectClusters& clusters) {
    std::map<std::size_t, std::multiset<double>> result;
    for (const std::uint64_t point : points) {
        const std::size_t label = clusters.labels[point];
        const at::Tensor centre = at::tensor(clusters.centres[label], at::kDouble);
        const at::Tensor difference = scores[static_cast<std::int64_t>(point)] - centre;
        result[label].insert(difference.square().sum().sqrt().item<double>());
    }
    return result;
}

// The two members of a pair are equally far from its centre, and maml takes the one that rounding favours:
// compared are clusters and distances.
TEST(DirectSelector, takes_from_each_cluster_what_maml_takes) {
    for (const Json& example : published().at("cases")) {
        const auto per_cluster = example.at("per_cluster").get<std::size_t>();
        const auto batch = example.at("clusters").get<std::size_t>() * per_cluster;
        const Json options{{"per_cluster", per_cluster}, {"threshold", example.at("threshold")}};
        const at::Tensor rows = rows_of(example);
        const Selection selection =
            make_selector("direct", options)
                ->select(rows, test::request_for(example.at("rows").get<std::size_t>(), batch));
        EXPECT_EQ(selection.picks.size(), batch);
        std::vector<std::uint64_t> by_cluster;
        for (const Pick& pick : selection.picks) {
            if (!pick.filled) {
                by_cluster.push_back(pick.id);
            }
        }
        const at::Tensor scores = principal_scores(rows);
        const DirectClusters clusters = direct_clusters(scores, example.at("clusters").get<std::size_t>(),
                                                        {example.at("threshold").get<double>(), 50});
        const auto found = distances(by_cluster, scores, clusters);
        const auto expected =
            distances(example.at("picks").get<std::vector<std::uint64_t>>(), scores, clusters);
        ASSERT_EQ(found.size(), expected.size());
        for (const auto& [label, list] : expected) {
            ASSERT_EQ(found.at(label).size(), list.size());
            EXPECT_TRUE(std::equal(list.begin(), list.end(), found.at(label).begin(),
                                   [](double a, double b) { return std::abs(a - b) < 1e-12; }));
        }
    }
}

TEST(DirectSelector, ends_where_there_are_fewer_different_samples_than_clusters) {
    Selection selection = make_selector("direct", Json::object())
                              ->select(test::to_tensor({{1, 2}, {1, 2}, {3, 0}, {1, 2}, {3, 0}, {1, 2}}),
                                       test::request_for(6, 4));
    EXPECT_EQ(selection.reason, SelectionReason::scores_exhausted);
    EXPECT_EQ(selection.picks.size(), 4u);
    EXPECT_FALSE(selection.picks[1].filled);
    EXPECT_TRUE(selection.picks[2].filled);
}

TEST(DirectSelector, leaves_out_constant_columns) {
    at::Tensor rows = test::to_tensor(test::random_rows(40, 6, 3));
    const auto without = test::ids_of(
        make_selector("direct", Json::object())->select(rows.slice(1, 0, 4), test::request_for(40, 8)));
    rows.slice(1, 4).fill_(0.1);
    EXPECT_EQ(test::ids_of(make_selector("direct", Json::object())->select(rows, test::request_for(40, 8))),
              without);
}

// Brute force: every time all pairs are compared.
std::vector<std::size_t> ward_by_comparing_all(std::vector<std::vector<double>> centres,
                                               std::size_t clusters) {
    std::vector<std::size_t> label(centres.size());
    std::vector<double> size(centres.size(), 1.0);
    for (std::size_t i = 0; i < label.size(); ++i) {
        label[i] = i;
    }
    for (std::size_t left = centres.size(); left > clusters; --left) {
        std::size_t a = 0, b = 0;
        double least = INFINITY;
        for (std::size_t i = 0; i < centres.size(); ++i) {
            for (std::size_t j = i + 1; j < centres.size(); ++j) {
                double square = 0.0;
                for (std::size_t k = 0; k < centres[i].size(); ++k) {
                    square += (centres[i][k] - centres[j][k]) * (centres[i][k] - centres[j][k]);
                }
                const double cost = square * size[i] * size[j] / (size[i] + size[j]);
                if (size[i] > 0.0 && size[j] > 0.0 && cost < least) {
                    least = cost;
                    a = i;
                    b = j;
                }
            }
        }
        for (std::size_t k = 0; k < centres[a].size(); ++k) {
            centres[a][k] = (size[a] * centres[a][k] + size[b] * centres[b][k]) / (size[a] + size[b]);
        }
        size[a] += size[b];
        size[b] = 0.0;
        std::replace(label.begin(), label.end(), b, a);
    }
    return label;
}

TEST(Ward, joins_as_comparing_all_pairs_does) {
    for (const std::size_t clusters : {1u, 2u, 7u, 30u, 45u}) {
        const test::Rows points = test::random_rows(40, 3, clusters);
        const std::vector<std::size_t> labels = ward_clusters(points, clusters);
        EXPECT_TRUE(is_same_partition(labels, ward_by_comparing_all(points, clusters))) << clusters;
        EXPECT_EQ(*std::max_element(labels.begin(), labels.end()) + 1, std::min<std::size_t>(40, clusters));
    }
}

}  // namespace
}  // namespace fibonaqi
