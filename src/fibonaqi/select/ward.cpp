#include "fibonaqi/select/ward.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

struct Merge {
    std::size_t a, b;  // one point of each cluster
    double height;     // what the union adds to the sum of squares, times 2
};

class NearestNeighbourChain {
  public:
    explicit NearestNeighbourChain(const std::vector<std::vector<double>>& points)
        : centres_(points), sizes_(points.size(), 1.0), active_(points.size()) {
        std::iota(active_.begin(), active_.end(), std::size_t{0});
    }

    // All joins up to one cluster, not in the order of their heights.
    std::vector<Merge> run() {
        std::vector<Merge> merges;
        std::vector<std::size_t> chain;
        while (active_.size() > 1) {
            if (chain.empty()) {
                chain.push_back(active_.front());
            }
            const std::size_t last = chain.back();
            const std::optional<std::size_t> before =
                chain.size() > 1 ? std::optional(chain[chain.size() - 2]) : std::nullopt;
            const std::size_t next = nearest(last, before);
            if (before && next == *before) {
                merges.push_back({last, next, distance(last, next)});
                join(last, next);
                chain.resize(chain.size() - 2);
            } else {
                chain.push_back(next);
            }
        }
        return merges;
    }

  private:
    // Of equally near clusters the predecessor in the chain, so that the chain ends, else the first.
    std::size_t nearest(std::size_t from, std::optional<std::size_t> before) const {
        std::optional<std::size_t> best = before;
        double least = before ? distance(from, *before) : 0.0;
        for (const std::size_t other : active_) {
            if (other != from) {
                const double there = distance(from, other);
                if (!best || there < least) {
                    best = other;
                    least = there;
                }
            }
        }
        return *best;
    }

    double distance(std::size_t a, std::size_t b) const {
        double square = 0.0;
        for (std::size_t i = 0; i < centres_[a].size(); ++i) {
            const double difference = centres_[a][i] - centres_[b][i];
            square += difference * difference;
        }
        return 2.0 * sizes_[a] * sizes_[b] / (sizes_[a] + sizes_[b]) * square;
    }

    void join(std::size_t gone, std::size_t kept) {
        const double total = sizes_[gone] + sizes_[kept];
        for (std::size_t i = 0; i < centres_[kept].size(); ++i) {
            centres_[kept][i] = (sizes_[kept] * centres_[kept][i] + sizes_[gone] * centres_[gone][i]) / total;
        }
        sizes_[kept] = total;
        active_.erase(std::lower_bound(active_.begin(), active_.end(), gone));
    }

    std::vector<std::vector<double>> centres_;
    std::vector<double> sizes_;
    std::vector<std::size_t> active_;
};

std::size_t root_of(std::vector<std::size_t>& parent, std::size_t point) {
    while (parent[point] != point) {
        parent[point] = parent[parent[point]];
        point = parent[point];
    }
    return point;
}

}  // namespace

std::vector<std::size_t> ward_clusters(const std::vector<std::vector<double>>& points, std::size_t clusters) {
    FIBONAQI_EXPECT(clusters >= 1);
    std::vector<Merge> merges = NearestNeighbourChain(points).run();
    std::stable_sort(merges.begin(), merges.end(),
                     [](const Merge& a, const Merge& b) { return a.height < b.height; });
    merges.resize(points.size() > clusters ? points.size() - clusters : 0);
    std::vector<std::size_t> parent(points.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    for (const Merge& merge : merges) {
        parent[root_of(parent, merge.a)] = root_of(parent, merge.b);
    }
    std::map<std::size_t, std::size_t> number;
    std::vector<std::size_t> labels;
    for (std::size_t point = 0; point < points.size(); ++point) {
        labels.push_back(number.emplace(root_of(parent, point), number.size()).first->second);
    }
    return labels;
}

}  // namespace fibonaqi
