#include "fibonaqi/label/label_noise.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/units.hpp"

namespace fibonaqi {
namespace {

constexpr const char* record_kind = "label-noise";
constexpr int record_version = 1;

// Squares of differences and what is made of them.
class Differences {
  public:
    void add(double difference) {
        sum_ += difference * difference;
        largest_ = std::max(largest_, std::abs(difference));
        ++count_;
    }
    bool is_empty() const { return count_ == 0; }
    double rms() const { return count_ == 0 ? 0.0 : std::sqrt(sum_ / static_cast<double>(count_)); }
    double largest() const { return largest_; }

  private:
    double sum_ = 0.0, largest_ = 0.0;
    std::size_t count_ = 0;
};

void add_forces(const Labels& one, const Labels& other, Differences& differences) {
    FIBONAQI_EXPECT(one.forces.size() == other.forces.size());
    for (std::size_t atom = 0; atom < one.forces.size(); ++atom) {
        for (std::size_t x = 0; x < 3; ++x) {
            differences.add(one.forces[atom][x] - other.forces[atom][x]);
        }
    }
}

void add_stress(const Labels& one, const Labels& other, Differences& differences) {
    if (!one.stress || !other.stress) {
        return;
    }
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            differences.add((*one.stress)[row][column] - (*other.stress)[row][column]);
        }
    }
}

void set_energy(const std::vector<double>& differences, LabelNoise& noise) {
    const auto count = static_cast<double>(differences.size());
    for (const double difference : differences) {
        noise.energy_offset_eV_per_atom += difference / count;
    }
    if (differences.size() > 1) {
        double sum = 0.0;
        for (const double difference : differences) {
            sum += std::pow(difference - noise.energy_offset_eV_per_atom, 2);
        }
        noise.energy_spread_eV_per_atom = std::sqrt(sum / (count - 1.0));
    }
}

double mean_cpu_seconds(const std::vector<ScanLabel>& labels) {
    double sum = 0.0;
    std::size_t count = 0;
    for (const ScanLabel& label : labels) {
        sum += label.labels ? label.cpu_seconds : 0.0;
        count += label.labels ? 1 : 0;
    }
    return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

template <class Number>
Json or_null(const std::optional<Number>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json to_json(const MeasuredPoint& point) {
    const LabelNoise& noise = point.noise;
    return {{"value", point.value},
            {"fingerprint", point.fingerprint},
            {"frames", noise.frames},
            {"failed", point.failed},
            {"force_rmse_eV_per_A", noise.force_rmse_eV_per_A},
            {"force_max_eV_per_A", noise.force_max_eV_per_A},
            {"energy_spread_eV_per_atom", or_null(noise.energy_spread_eV_per_atom)},
            {"energy_offset_eV_per_atom", noise.energy_offset_eV_per_atom},
            {"stress_rmse_GPa", or_null(noise.stress_rmse_GPa)},
            {"cpu_seconds", noise.cpu_seconds}};
}

double own_noise(const MeasuredAxis& axis) {
    return axis.own_point().noise.force_rmse_eV_per_A;
}

Json setting(const std::string& name, const std::string& fingerprint, double noise) {
    return {{"setting", name}, {"fingerprint", fingerprint}, {"force_noise_eV_per_A", noise}};
}

// Every set of settings whose noise is known.
Json settings_of(const NoiseRecord& record) {
    Json settings = Json::array();
    std::vector<double> own;
    std::transform(record.axes.begin(), record.axes.end(), std::back_inserter(own), own_noise);
    std::vector<double> best = own;
    for (std::size_t i = 0; i < record.axes.size(); ++i) {
        const MeasuredAxis& axis = record.axes[i];
        const auto choice = record.limit_eV_per_A ? recommended(axis, *record.limit_eV_per_A) : std::nullopt;
        best[i] = choice ? axis.points[*choice].noise.force_rmse_eV_per_A : own[i];
        for (const MeasuredPoint& point : axis.points) {
            std::vector<double> parts = own;
            parts[i] = point.noise.force_rmse_eV_per_A;
            const bool is_own = point.value == axis.own;
            if (point.noise.frames > 0 && (!is_own || i == 0)) {
                settings.push_back(setting(is_own ? "as configured" : axis.name + " " + point.value,
                                           point.fingerprint, combined_noise(parts)));
            }
        }
    }
    if (!record.recommended_fingerprint.empty()) {
        settings.push_back(setting("recommended", record.recommended_fingerprint, combined_noise(best)));
    }
    return settings;
}

}  // namespace

LabelNoise label_noise(const std::vector<ScanLabel>& labels, const std::vector<ScanLabel>& reference) {
    FIBONAQI_EXPECT(labels.size() == reference.size());
    LabelNoise noise;
    noise.cpu_seconds = mean_cpu_seconds(labels);
    Differences forces, stress;
    std::vector<double> energies;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (!labels[i].labels || !reference[i].labels) {
            continue;
        }
        const Labels& one = *labels[i].labels;
        const Labels& other = *reference[i].labels;
        ++noise.frames;
        add_forces(one, other, forces);
        add_stress(one, other, stress);
        energies.push_back((one.energy.value() - other.energy.value()) /
                           static_cast<double>(one.forces.size()));
    }
    noise.force_rmse_eV_per_A = forces.rms();
    noise.force_max_eV_per_A = forces.largest();
    if (!stress.is_empty()) {
        noise.stress_rmse_GPa = stress.rms() * units::eV_per_angstrom3_in_GPa;
    }
    set_energy(energies, noise);
    return noise;
}

const MeasuredPoint& MeasuredAxis::own_point() const {
    const auto found = std::find_if(points.begin(), points.end(),
                                    [this](const MeasuredPoint& point) { return point.value == own; });
    FIBONAQI_EXPECT(found != points.end());
    return *found;
}

std::optional<std::size_t> recommended(const MeasuredAxis& axis, double limit_eV_per_A) {
    constexpr double worth_a_change = 1.05;  // below, it is the jitter of a measured time
    std::optional<std::size_t> best, own;
    for (std::size_t i = 0; i < axis.points.size(); ++i) {
        const MeasuredPoint& point = axis.points[i];
        const bool is_good =
            point.noise.frames > 0 && point.failed == 0 && point.noise.force_rmse_eV_per_A <= limit_eV_per_A;
        if (is_good && (!best || point.noise.cpu_seconds < axis.points[*best].noise.cpu_seconds)) {
            best = i;
        }
        own = is_good && point.value == axis.own ? i : own;
    }
    const bool is_own_cheap =
        own && axis.points[*own].noise.cpu_seconds <= worth_a_change * axis.points[*best].noise.cpu_seconds;
    return is_own_cheap ? own : best;
}

bool is_converged(const MeasuredAxis& axis, double limit_eV_per_A) {
    if (axis.points.size() < 2) {
        return false;
    }
    const MeasuredPoint& point = axis.points[axis.points.size() - 2];
    return point.noise.frames > 0 && point.noise.force_rmse_eV_per_A <= limit_eV_per_A;
}

double combined_noise(const std::vector<double>& of_axes) {
    double sum = 0.0;
    for (const double noise : of_axes) {
        sum += noise * noise;
    }
    return std::sqrt(sum);
}

Json to_json(const NoiseRecord& record) {
    Json json = make_record(record_kind, record_version);
    json["driver"] = record.driver;
    json["frames"] = record.frames;
    json["limit_eV_per_A"] = or_null(record.limit_eV_per_A);
    json["axes"] = Json::array();
    for (const MeasuredAxis& axis : record.axes) {
        Json one{{"name", axis.name},      {"unit", axis.unit},
                 {"own", axis.own},        {"reference", axis.points.back().value},
                 {"recommended", nullptr}, {"points", Json::array()}};
        const auto choice = record.limit_eV_per_A ? recommended(axis, *record.limit_eV_per_A) : std::nullopt;
        if (choice) {
            one["recommended"] = axis.points[*choice].value;
        }
        for (const MeasuredPoint& point : axis.points) {
            one["points"].push_back(to_json(point));
        }
        json["axes"].push_back(std::move(one));
    }
    json["settings"] = settings_of(record);
    return json;
}

std::optional<double> force_noise_of(const Json& record, const std::string& fingerprint,
                                     const std::string& source) {
    check_record(record, record_kind, record_version, source);
    try {
        for (const Json& known : record.at("settings")) {
            if (known.at("fingerprint") == fingerprint) {
                return known.at("force_noise_eV_per_A").get<double>();
            }
        }
    } catch (const Json::exception& error) {
        throw FormatError(source + ": damaged (" + error.what() +
                          ") let 'fibonaqi driver converge' write it again");
    }
    return std::nullopt;
}

}  // namespace fibonaqi
