#include "workflows/worker/select_map.hpp"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/feature_map.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// Six digits are more than a picture shows, and a third of the text.
std::vector<double> column(const at::Tensor& points, std::int64_t index) {
    const at::Tensor values = points.select(1, index).to(at::kCPU).contiguous();
    std::vector<double> rounded;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        char text[32];
        std::snprintf(text, sizeof text, "%.6g", values.data_ptr<double>()[i]);
        rounded.push_back(std::strtod(text, nullptr));
    }
    return rounded;
}

at::Tensor finite_rows(const at::Tensor& rows) {
    return at::nonzero(at::isfinite(rows).all(1)).squeeze(1);
}

// Of the walker that a candidate comes from; null for frames from elsewhere.
Json target_temperature(const FrameSet* frames, std::uint64_t id) {
    if (frames == nullptr) {
        return nullptr;
    }
    const auto found = frames->frames[id].info.find("target_temperature_K");
    const double* value =
        found == frames->frames[id].info.end() ? nullptr : std::get_if<double>(&found->second);
    return value == nullptr ? Json(nullptr) : Json(*value);
}

}  // namespace

std::optional<SelectMap> SelectMap::wanted(const Json& task, bool has_features) {
    if (!flag(task, "map", false)) {
        return std::nullopt;
    }
    if (!has_features) {
        throw ConfigError("map is asked for (the strategy looks at no features) leave it out");
    }
    if (has(task, "seeds")) {
        throw ConfigError("map and seeds are both given (a map shows one selection) leave one out");
    }
    SelectMap map;
    map.has_labelled_ = has(task, "labelled");
    if (map.has_labelled_ && has(task, "features")) {
        throw ConfigError(
            "labelled and features are both given (nothing computes rows of labelled) leave one out");
    }
    return map;
}

void SelectMap::add(const std::vector<std::uint64_t>& ids, const at::Tensor& rows) {
    const at::Tensor usable = finite_rows(rows);
    const at::Tensor numbers = usable.to(at::kCPU);
    for (std::int64_t i = 0; i < numbers.size(0); ++i) {
        ids_.push_back(ids[static_cast<std::size_t>(numbers[i].item<std::int64_t>())]);
    }
    rows_.push_back(rows.index_select(0, usable));
    ++superbatches_;
}

Json SelectMap::record(const std::vector<std::uint64_t>& picks, RowSource& source) const {
    if (ids_.empty()) {
        return nullptr;
    }
    const at::Tensor rows = at::cat(rows_, 0);
    const FeatureMap map = feature_map(rows);
    const at::Tensor points = map.place(rows);
    const std::vector<double> x = column(points, 0), y = column(points, 1);
    const std::set<std::uint64_t> chosen(picks.begin(), picks.end());
    const std::size_t stride = (ids_.size() + most - 1) / most;
    Json candidates{{"id", Json::array()},
                    {"x", Json::array()},
                    {"y", Json::array()},
                    {"target_temperature_K", Json::array()}};
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        if (i % stride == 0 || chosen.contains(ids_[i])) {
            candidates["id"].push_back(ids_[i]);
            candidates["x"].push_back(x[i]);
            candidates["y"].push_back(y[i]);
            candidates["target_temperature_K"].push_back(target_temperature(source.frames(), ids_[i]));
        }
    }
    Json labelled{{"x", Json::array()}, {"y", Json::array()}};
    if (has_labelled_) {
        const at::Tensor others = source.labelled_rows(superbatches_ - 1);
        const at::Tensor places = map.place(others.index_select(0, finite_rows(others)));
        labelled = Json{{"x", column(places, 0)}, {"y", column(places, 1)}};
    }
    return Json{{"variance_shares", map.shares},
                {"candidates", candidates},
                {"of", ids_.size()},
                {"labelled", labelled}};
}

}  // namespace fibonaqi::worker
