#include "workflows/cli/converge_run.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/scan_axes.hpp"

namespace fibonaqi::cli {
namespace {

// "kspacing=0.5,0.25" taken apart.
struct Wanted {
    std::string name;
    std::vector<std::string> values;
};

Wanted read_wanted(const std::string& text) {
    const std::size_t equals = text.find('=');
    Wanted wanted{text.substr(0, equals), {}};
    if (equals == std::string::npos) {
        return wanted;
    }
    std::istringstream values(text.substr(equals + 1));
    for (std::string value; std::getline(values, value, ',');) {
        wanted.values.push_back(value);
    }
    if (wanted.values.empty() || std::count(wanted.values.begin(), wanted.values.end(), "") > 0) {
        throw ConfigError("--axis '" + text +
                          "' has an empty value (they stand between commas) write for example " +
                          wanted.name + "=1,2");
    }
    return wanted;
}

Json::json_pointer pointer_of(const std::string& path) {
    std::string pointer = "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    return Json::json_pointer(pointer);
}

// An axis over any number of the configuration. Which end is the dense one is told by the order of values.
ScanAxis axis_of_key(const Json& configuration, const Wanted& wanted) {
    std::vector<double> numbers;
    for (const std::string& value : wanted.values) {
        const auto read = numbers_in(value);
        if (read && read->size() == 1) {
            numbers.push_back(read->front());
        }
    }
    const bool is_rising = std::is_sorted(numbers.begin(), numbers.end());
    const bool is_falling = std::is_sorted(numbers.rbegin(), numbers.rend());
    if (numbers.size() < wanted.values.size() || numbers.size() < 2 || is_rising == is_falling) {
        throw ConfigError("--axis " + wanted.name +
                          " needs two or more numbers, from sparse to dense (the driver does not know which "
                          "is which) write for example " +
                          wanted.name + "=1,2,4");
    }
    return number_axis(configuration,
                       {wanted.name, "", pointer_of(wanted.name).to_string(), {1.0}, is_rising});
}

ScanAxis find_axis(const LabelDriver& driver, const std::vector<ScanAxis>& known, const Wanted& wanted) {
    std::vector<std::string> names;
    for (const ScanAxis& axis : known) {
        if (axis.name == wanted.name) {
            return axis;
        }
        names.push_back(axis.name);
    }
    const Json configuration = driver.configuration();
    const auto pointer = pointer_of(wanted.name);
    if (configuration.contains(pointer) && configuration.at(pointer).is_number()) {
        return axis_of_key(configuration, wanted);
    }
    throw ConfigError("--axis '" + wanted.name + "' is no setting of " + driver.name() +
                      " that can be scanned (nor the path of a number in the driver's configuration)" +
                      (names.empty() ? std::string() : ";" + suggestion(wanted.name, names)));
}

void expect_different(const PlannedAxis& planned) {
    for (std::size_t i = 1; i < planned.points.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (planned.points[i].fingerprint == planned.points[j].fingerprint) {
                throw ConfigError("axis " + planned.axis.name + ": values '" + planned.points[j].point.value +
                                  "' and '" + planned.points[i].point.value +
                                  "' mean the same to the driver (its labels could not be told apart) leave "
                                  "one out");
            }
        }
    }
    if (planned.points.size() < 2) {
        throw ConfigError("axis " + planned.axis.name +
                          " has one value only (it is compared with the densest) give two or more: --axis " +
                          planned.axis.name + "=...");
    }
}

PlannedAxis plan_axis(const LabelDriver& driver, ScanAxis axis, std::vector<std::string> values) {
    PlannedAxis planned{std::move(axis), {}};
    const std::string own = driver.fingerprint();
    bool has_own = false;
    values = values.empty() ? planned.axis.values : values;
    const auto add = [&](const std::string& value) {
        ScanPoint point = planned.axis.at(value);
        auto changed = make_driver(point.configuration, "/");
        std::string fingerprint = changed->fingerprint();
        if (fingerprint == own) {  // its own, in whatever form it was written
            if (has_own) {
                throw ConfigError("axis " + planned.axis.name + ": '" + value +
                                  "' is the same to the driver as its own " + planned.axis.own +
                                  " (its labels could not be told apart) leave it out");
            }
            point.value = planned.axis.own;
            has_own = true;
        }
        planned.points.push_back({std::move(point), std::move(changed), std::move(fingerprint)});
    };
    std::for_each(values.begin(), values.end(), add);
    if (!has_own) {
        add(planned.axis.own);
    }
    std::stable_sort(
        planned.points.begin(), planned.points.end(),
        [](const PlannedPoint& a, const PlannedPoint& b) { return a.point.density < b.point.density; });
    expect_different(planned);
    return planned;
}

// What the ledger of the run knows about these labels.
std::vector<ScanLabel> labels_of(const std::vector<std::string>& keys, const Ledger& ledger) {
    std::vector<ScanLabel> labels;
    for (const std::string& key : keys) {
        const StoredLabel stored = ledger.find(key).value();
        labels.push_back(
            {stored.label ? std::optional(stored.label->labels) : std::nullopt, stored.cost.cpu_seconds});
    }
    return labels;
}

std::size_t failures(const std::vector<ScanLabel>& labels) {
    return static_cast<std::size_t>(
        std::count_if(labels.begin(), labels.end(), [](const ScanLabel& label) { return !label.labels; }));
}

// Without these two nothing can be said about the axis; a sparse value may fail.
void expect_some_labels(const PlannedAxis& planned, const PlannedPoint& point,
                        const std::vector<ScanLabel>& labels) {
    const bool is_needed = &point == &planned.points.back() || point.point.value == planned.axis.own;
    if (is_needed && failures(labels) == labels.size()) {
        throw Error("axis " + planned.axis.name + ": no frame has a label at " + point.point.value +
                        " (reasons above) correct the cause, or take other values or frames",
                    ExitCode::too_many_failures);
    }
}

MeasuredAxis measure(const PlannedAxis& planned, const std::vector<Frame>& frames,
                     const LabelRunOptions& options) {
    std::vector<std::vector<ScanLabel>> labels;
    for (const PlannedPoint& planned_point : planned.points) {
        std::cout << planned.axis.name << " " << planned_point.point.value << ": " << std::flush;
        const LabelledFrames labelled = label_frames(frames, *planned_point.driver, options);
        expect_complete(labelled.summary);
        const Ledger ledger(options.work / "ledger.sqlite", Ledger::Access::read);
        labels.push_back(labels_of(labelled.summary.keys, ledger));
        expect_some_labels(planned, planned_point, labels.back());
    }
    MeasuredAxis measured{planned.axis.name, planned.axis.unit, planned.axis.own, {}};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        measured.points.push_back({planned.points[i].point.value, planned.points[i].fingerprint,
                                   failures(labels[i]), label_noise(labels[i], labels.back())});
    }
    return measured;
}

// Members of `now` that `before` does not have so; lists are taken whole.
Json changed_members(const Json& before, const Json& now) {
    Json changed = Json::object();
    for (const auto& [key, value] : now.items()) {
        if (before.contains(key) && value.is_object()) {
            const Json inner = changed_members(before.at(key), value);
            if (!inner.empty()) {
                changed[key] = inner;
            }
        } else if (!before.contains(key) || value != before.at(key)) {
            changed[key] = value;
        }
    }
    return changed;
}

}  // namespace

std::vector<PlannedAxis> plan_axes(const LabelDriver& driver, const Structure& example,
                                   const std::vector<std::string>& wanted) {
    const std::vector<ScanAxis> known = driver.scan_axes(example);
    std::vector<PlannedAxis> planned;
    if (wanted.empty()) {
        if (known.empty()) {
            throw ConfigError(
                driver.name() +
                " has no settings that FIBonAQi knows how to scan (its driver names none) name a "
                "number of its configuration: --axis KEY=VALUE,VALUE,...");
        }
        for (const ScanAxis& axis : known) {
            planned.push_back(plan_axis(driver, axis, {}));
        }
    }
    for (const std::string& text : wanted) {
        const Wanted one = read_wanted(text);
        planned.push_back(plan_axis(driver, find_axis(driver, known, one), one.values));
    }
    return planned;
}

std::vector<MeasuredAxis> measure(const std::vector<PlannedAxis>& axes, const std::vector<Frame>& frames,
                                  const LabelRunOptions& options) {
    std::vector<MeasuredAxis> measured;
    for (const PlannedAxis& axis : axes) {
        measured.push_back(measure(axis, frames, options));
    }
    return measured;
}

Recommendation recommendation(const LabelDriver& driver, const std::vector<PlannedAxis>& planned,
                              const std::vector<MeasuredAxis>& measured, double limit_eV_per_A) {
    const Json own = driver.configuration();
    Recommendation result{own, Json::object()};
    for (std::size_t i = 0; i < planned.size(); ++i) {
        if (const auto choice = recommended(measured[i], limit_eV_per_A)) {
            result.configuration =
                result.configuration.patch(Json::diff(own, planned[i].points[*choice].point.configuration));
        }
    }
    result.changed = changed_members(own, result.configuration);
    return result;
}

}  // namespace fibonaqi::cli
