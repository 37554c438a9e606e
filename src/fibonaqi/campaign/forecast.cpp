#include "fibonaqi/campaign/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"

namespace fibonaqi {
namespace {

constexpr double seconds_per_hour = 3600.0;

double rounds(std::size_t count, std::size_t at_once) {
    return std::ceil(static_cast<double>(count) / static_cast<double>(at_once));
}

// From a superbatch that is not full the same share is chosen.
std::size_t labels_per_cycle(const CampaignOptions& options) {
    const SelectOptions& select = options.select;
    const std::size_t candidates = candidates_of(explore_plan(options.explore));
    const auto share = std::max(1L, std::lround(select.ratio * static_cast<double>(candidates)));
    const std::size_t most = select.superbatches == 0 ? candidates : select.superbatches * select.batch;
    return std::min(static_cast<std::size_t>(share), most);
}

std::string time_text(double hours) {
    char text[48];
    if (hours < 1.0 / 60.0) {
        std::snprintf(text, sizeof text, "%.1f s", seconds_per_hour * hours);
    } else if (hours < 1.0) {
        std::snprintf(text, sizeof text, "%.1f min", 60.0 * hours);
    } else if (hours < 48.0) {
        std::snprintf(text, sizeof text, "%.1f h", hours);
    } else {
        std::snprintf(text, sizeof text, "%.1f days", hours / 24.0);
    }
    return text;
}

std::string size_text(double megabytes) {
    char text[48];
    std::snprintf(text, sizeof text, megabytes < 1000.0 ? "%.1f MB" : "%.1f GB",
                  megabytes < 1000.0 ? megabytes : megabytes / 1000.0);
    return text;
}

std::string row(const std::string& what, const std::string& number, const std::string& cpu_hours,
                const std::string& wall, const std::string& more) {
    char text[200];
    std::snprintf(text, sizeof text, "%-12s %10s %12s %12s %12s", what.c_str(), number.c_str(),
                  cpu_hours.c_str(), wall.c_str(), more.c_str());
    std::string line = text;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string number(const char* format, double value) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

}  // namespace

long CampaignCounts::md_steps() const {
    return static_cast<long>(test_walkers) * test_steps + static_cast<long>(cycles * walkers) * steps;
}

CampaignCounts campaign_counts(const CampaignOptions& options) {
    CampaignCounts counts;
    counts.test_labels = options.test_set.frames;
    counts.labels_per_cycle = labels_per_cycle(options);
    counts.cycles = static_cast<std::size_t>(options.cycles);
    counts.lines = 1 + options.control.seeds;
    counts.test_walkers = test_plan(options).size();
    counts.walkers = explore_plan(options.explore).size();
    counts.test_steps = options.test_set.steps;
    counts.steps = options.explore.steps;
    return counts;
}

Forecast forecast(const CampaignCounts& counts, const LabelProbe& label, const WalkProbe& walk,
                  const Workforce& work) {
    FIBONAQI_EXPECT(work.slots > 0 && work.cores > 0 && walk.steps_per_second > 0.0);
    Forecast costs;
    const auto labels = static_cast<double>(counts.labels());
    const double busy_cores = label.wall_seconds > 0.0 ? label.cpu_seconds / label.wall_seconds : 1.0;
    costs.slowdown =
        work.queues_labels
            ? 1.0
            : std::max(1.0, static_cast<double>(work.slots) * busy_cores / static_cast<double>(work.cores));
    const auto at_once = [&work](std::size_t walkers) {
        return work.queues_walkers ? walkers : std::min(walkers, work.cores);
    };
    const double stages =
        rounds(counts.test_labels, work.slots) +
        static_cast<double>(counts.lines * counts.cycles) * rounds(counts.labels_per_cycle, work.slots);
    costs.labels = {labels * label.cpu_seconds / seconds_per_hour,
                    stages * label.wall_seconds * costs.slowdown / seconds_per_hour};
    const double step_seconds = 1.0 / walk.steps_per_second;
    const double walk_seconds = rounds(counts.test_walkers, at_once(counts.test_walkers)) *
                                    static_cast<double>(counts.test_steps) * step_seconds +
                                static_cast<double>(counts.cycles) *
                                    rounds(counts.walkers, at_once(counts.walkers)) *
                                    static_cast<double>(counts.steps) * step_seconds;
    costs.walks = {static_cast<double>(counts.md_steps()) * step_seconds * static_cast<double>(walk.threads) /
                       seconds_per_hour,
                   walk_seconds / seconds_per_hour};
    costs.disk_MB = labels * label.kept_MB;
    costs.memory_MB = static_cast<double>(std::min(work.slots, counts.labels())) * label.peak_MB;
    return costs;
}

std::string forecast_text(const CampaignCounts& counts, const Forecast& costs, const Workforce& work) {
    std::string text = row("", "number", "CPU hours", "wall time", "disk");
    text += row("labels", std::to_string(counts.labels()), number("%.2f", costs.labels.cpu_hours),
                time_text(costs.labels.wall_hours), size_text(costs.disk_MB));
    text += row("MD steps", std::to_string(counts.md_steps()), number("%.2f", costs.walks.cpu_hours),
                time_text(costs.walks.wall_hours), "not counted");
    text += row("trainings", std::to_string(counts.trainings()), "not counted", "not counted", "not counted");
    text += row("counted", "", number("%.2f", costs.labels.cpu_hours + costs.walks.cpu_hours),
                time_text(costs.labels.wall_hours + costs.walks.wall_hours), size_text(costs.disk_MB));
    text += "labels: " + std::to_string(work.slots) +
            (work.queues_labels
                 ? " jobs of a cluster at a time, each begun at once"
                 : " at a time on " + std::to_string(work.cores) + (work.cores == 1 ? " core" : " cores")) +
            ", " + size_text(costs.memory_MB) + " of memory";
    if (costs.slowdown > 1.05) {
        text += "; that is more than there are cores for, so each takes " + number("%.1f", costs.slowdown) +
                " times as long";
    }
    return text +
           "\nThis is one label of one structure, at the highest temperature, times their number. Colder "
           "structures often "
           "take less; labels that fail, with their remedies, and walkers that are stopped come on top. "
           "Selection, training and evaluation are not counted.\n";
}

Json to_json(const CampaignCounts& counts, const LabelProbe& label, const WalkProbe& walk,
             const Forecast& costs) {
    Json json = make_record("forecast", 1);
    json["labels"] = counts.labels();
    json["md_steps"] = counts.md_steps();
    json["trainings"] = counts.trainings();
    json["probe"] = {{"wall_seconds", label.wall_seconds},
                     {"cpu_seconds", label.cpu_seconds},
                     {"peak_MB", label.peak_MB},
                     {"kept_MB", label.kept_MB},
                     {"md_steps_per_second", walk.steps_per_second},
                     {"md_threads", walk.threads}};
    json["label_cpu_hours"] = costs.labels.cpu_hours;
    json["label_wall_hours"] = costs.labels.wall_hours;
    json["md_cpu_hours"] = costs.walks.cpu_hours;
    json["md_wall_hours"] = costs.walks.wall_hours;
    json["disk_MB"] = costs.disk_MB;
    json["memory_MB"] = costs.memory_MB;
    return json;
}

}  // namespace fibonaqi
