#include "fibonaqi/select/birch.hpp"

#include <memory>
#include <utility>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

struct Node;

double product(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

// The clustering feature: number, sum and sum of squares of the points below an entry.
struct Entry {
    double size = 0.0;
    std::vector<double> sum;
    double square_sum = 0.0;
    std::vector<double> centre;
    double centre_square = 0.0;
    std::unique_ptr<Node> child;

    void include(const Entry& other) {
        sum.resize(other.sum.size(), 0.0);
        for (std::size_t i = 0; i < sum.size(); ++i) {
            sum[i] += other.sum[i];
        }
        size += other.size;
        square_sum += other.square_sum;
        centre = sum;
        for (double& value : centre) {
            value /= size;
        }
        centre_square = product(centre, centre);
    }

    double squared_radius() const { return square_sum / size - centre_square; }
};

struct Node {
    std::vector<Entry> entries;
};

double squared_distance(const Entry& a, const Entry& b) {
    return a.centre_square + b.centre_square - 2.0 * product(a.centre, b.centre);
}

std::pair<std::size_t, std::size_t> farthest_pair(const std::vector<Entry>& entries) {
    std::pair<std::size_t, std::size_t> pair{0, 0};
    double most = 0.0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        for (std::size_t j = i + 1; j < entries.size(); ++j) {
            const double distance = squared_distance(entries[i], entries[j]);
            if (distance > most) {
                most = distance;
                pair = {i, j};
            }
        }
    }
    return pair;
}

// Two entries, each above a node with those entries of `node` that are nearer to one of its farthest pair.
std::pair<Entry, Entry> divided(Node node) {
    const auto [first, second] = farthest_pair(node.entries);
    std::vector<bool> is_first;
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
        is_first.push_back(i == first || squared_distance(node.entries[i], node.entries[first]) <
                                             squared_distance(node.entries[i], node.entries[second]));
    }
    std::pair<Entry, Entry> halves;
    halves.first.child = std::make_unique<Node>();
    halves.second.child = std::make_unique<Node>();
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
        Entry& half = is_first[i] ? halves.first : halves.second;
        half.include(node.entries[i]);
        half.child->entries.push_back(std::move(node.entries[i]));
    }
    return halves;
}

class Tree {
  public:
    explicit Tree(const BirchOptions& options)
        : squared_threshold_(options.threshold * options.threshold), branching_(options.branching) {}

    void insert(const Entry& point) {
        if (insert_below(root_, point)) {
            auto halves = divided(std::move(root_));
            root_ = Node();
            root_.entries.push_back(std::move(halves.first));
            root_.entries.push_back(std::move(halves.second));
        }
    }

    std::vector<Subcluster> leaves() const {
        std::vector<Subcluster> result;
        collect(root_, result);
        return result;
    }

  private:
    // True when the node has too many entries now.
    bool insert_below(Node& node, const Entry& point) {
        if (node.entries.empty()) {
            node.entries.emplace_back().include(point);
            return false;
        }
        Entry& nearest = nearest_entry(node, point);
        if (nearest.child) {
            if (!insert_below(*nearest.child, point)) {
                nearest.include(point);
                return false;
            }
            auto halves = divided(std::move(*nearest.child));
            nearest = std::move(halves.first);
            node.entries.push_back(std::move(halves.second));
        } else {
            Entry merged;
            merged.include(nearest);
            merged.include(point);
            if (merged.squared_radius() <= squared_threshold_) {
                nearest = std::move(merged);
                return false;
            }
            node.entries.emplace_back().include(point);
        }
        return node.entries.size() > branching_;
    }

    static Entry& nearest_entry(Node& node, const Entry& point) {
        std::size_t nearest = 0;
        double least = 0.0;
        for (std::size_t i = 0; i < node.entries.size(); ++i) {
            const Entry& entry = node.entries[i];
            const double distance = entry.centre_square - 2.0 * product(entry.centre, point.centre);
            if (i == 0 || distance < least) {
                nearest = i;
                least = distance;
            }
        }
        return node.entries[nearest];
    }

    static void collect(const Node& node, std::vector<Subcluster>& result) {
        for (const Entry& entry : node.entries) {
            if (entry.child) {
                collect(*entry.child, result);
            } else {
                result.push_back({entry.size, entry.centre});
            }
        }
    }

    double squared_threshold_;
    std::size_t branching_;
    Node root_;
};

}  // namespace

std::vector<Subcluster> birch(const at::Tensor& points, const BirchOptions& options) {
    FIBONAQI_EXPECT(points.dim() == 2 && points.is_contiguous() && options.branching >= 2);
    Tree tree(options);
    const double* values = points.data_ptr<double>();
    for (std::int64_t row = 0; row < points.size(0); ++row) {
        Entry point;
        point.size = 1.0;
        point.sum.assign(values + row * points.size(1), values + (row + 1) * points.size(1));
        point.square_sum = product(point.sum, point.sum);
        point.centre = point.sum;
        point.centre_square = point.square_sum;
        tree.insert(point);
    }
    return tree.leaves();
}

}  // namespace fibonaqi
