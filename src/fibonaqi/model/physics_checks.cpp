#include "fibonaqi/model/physics_checks.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/base/units.hpp"

namespace fibonaqi {
namespace {

// (eV/angstrom)/amu in angstrom/ps^2.
constexpr double acceleration_unit = 9648.53321233;
constexpr std::size_t volumes = 13;
constexpr double largest_force = 1000.0;  // [eV/angstrom]: beyond, a run has blown up

Prediction predict_one(Potential& potential, const Structure& structure) {
    const AtomGraph graph = make_graph(structure, potential.card().cutoff);
    return potential.evaluate({&graph, 1})[0];
}

double e0_of(const ModelCard& card, int number) {
    const auto found = std::find(card.species.begin(), card.species.end(), number);
    return found == card.species.end() ? 0.0
                                       : card.e0[static_cast<std::size_t>(found - card.species.begin())];
}

// Vertex and second derivative of the parabola through three points.
struct Parabola {
    double vertex = 0.0, curvature = 0.0;
};
Parabola parabola_through(const double* x, const double* y) {
    const double first = (y[1] - y[0]) / (x[1] - x[0]), second = (y[2] - y[1]) / (x[2] - x[1]);
    const double curvature = 2.0 * (second - first) / (x[2] - x[0]);
    return {0.5 * (x[0] + x[1]) - first / curvature, curvature};
}

DimerCurve dimer_curve(Potential& potential, int first, int second) {
    const double sum = covalent_radius(first) + covalent_radius(second);
    const double apart = e0_of(potential.card(), first) + e0_of(potential.card(), second);
    DimerCurve curve;
    curve.first = first;
    curve.second = second;
    for (int percent = 140; percent >= 40; percent -= 2) {
        Structure dimer;
        dimer.atomic_numbers = {first, second};
        dimer.positions = {Vec3{}, Vec3{0.01 * percent * sum, 0.0, 0.0}};
        curve.distance.push_back(dimer.positions[1][0]);
        curve.energy.push_back(predict_one(potential, dimer).energy - apart);
    }
    // Beyond 0.7 of the sum: the first 36 points. A rise may stop for less than a meV: rounding.
    const auto lowest = std::min_element(curve.energy.begin(), curve.energy.begin() + 36);
    auto at = static_cast<std::size_t>(lowest - curve.energy.begin());
    while (at + 1 < curve.energy.size() && curve.energy[at + 1] > curve.energy[at] - 1e-3) {
        ++at;
    }
    curve.repulsive_to = curve.distance[at] / sum;
    return curve;
}

// Velocities [angstrom/ps] of a temperature, without motion of the whole.
std::vector<Vec3> drawn_velocities(const Structure& structure, const NveOptions& options) {
    KeyedRng rng(options.seed, "nve velocities");
    std::vector<Vec3> velocities(structure.size());
    Vec3 momentum{};
    double total = 0.0;
    for (std::size_t i = 0; i < velocities.size(); ++i) {
        const double mass = atomic_mass(structure.atomic_numbers[i]);
        const double deviation =
            std::sqrt(2.0 * units::boltzmann_eV_per_K * options.temperature_K / mass * acceleration_unit);
        total += mass;
        for (std::size_t axis = 0; axis < 3; ++axis) {
            velocities[i][axis] = deviation * rng.normal();
            momentum[axis] += mass * velocities[i][axis];
        }
    }
    for (Vec3& velocity : velocities) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            velocity[axis] -= momentum[axis] / total;
        }
    }
    return velocities;
}

// State of a run at constant energy.
class VelocityVerlet {
  public:
    VelocityVerlet(Potential& potential, const Structure& structure, const NveOptions& options)
        : potential_(potential),
          structure_(structure),
          velocities_(drawn_velocities(structure, options)),
          step_ps_(options.timestep_fs * units::fs_in_ps),
          now_(predict_one(potential, structure)) {}

    void step() {
        kick();
        for (std::size_t i = 0; i < structure_.size(); ++i) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                structure_.positions[i][axis] += step_ps_ * velocities_[i][axis];
            }
        }
        now_ = predict_one(potential_, structure_);
        kick();
    }
    double kinetic() const {  // [eV]
        double twice = 0.0;
        for (std::size_t i = 0; i < structure_.size(); ++i) {
            for (const double velocity : velocities_[i]) {
                twice += atomic_mass(structure_.atomic_numbers[i]) * velocity * velocity;
            }
        }
        return 0.5 * twice / acceleration_unit;
    }
    double total() const { return kinetic() + now_.energy; }
    bool is_sane() const {
        return std::all_of(now_.forces.begin(), now_.forces.end(), [](const Vec3& force) {
            return std::all_of(force.begin(), force.end(),
                               [](double component) { return std::abs(component) < largest_force; });
        });
    }

  private:
    void kick() {
        for (std::size_t i = 0; i < structure_.size(); ++i) {
            const double factor =
                0.5 * step_ps_ * acceleration_unit / atomic_mass(structure_.atomic_numbers[i]);
            for (std::size_t axis = 0; axis < 3; ++axis) {
                velocities_[i][axis] += factor * now_.forces[i][axis];
            }
        }
    }

    Potential& potential_;
    Structure structure_;
    std::vector<Vec3> velocities_;
    double step_ps_;
    Prediction now_;
};

// Slope of the line through (0, y0), (1, y1), ... and the root mean square about it.
struct Line {
    double slope = 0.0, deviation = 0.0;
};
Line line_through(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    double mean = 0.0, xy = 0.0, xx = 0.0;
    for (const double value : values) {
        mean += value / count;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = static_cast<double>(i) - 0.5 * (count - 1.0);
        xy += x * (values[i] - mean);
        xx += x * x;
    }
    Line line{xx > 0.0 ? xy / xx : 0.0, 0.0};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = static_cast<double>(i) - 0.5 * (count - 1.0);
        const double rest = values[i] - mean - line.slope * x;
        line.deviation += rest * rest / count;
    }
    line.deviation = std::sqrt(line.deviation);
    return line;
}

}  // namespace

EnergyVolumeCurve energy_volume_curve(Potential& potential, const Structure& structure) {
    FIBONAQI_EXPECT(structure.is_fully_periodic() && structure.size() > 0);
    const auto atoms = static_cast<double>(structure.size());
    EnergyVolumeCurve curve;
    for (std::size_t i = 0; i < volumes; ++i) {
        const double stretch = -0.09 + 0.015 * static_cast<double>(i);  // of lengths
        const Structure scaled =
            strained(structure, {Vec3{stretch, 0, 0}, Vec3{0, stretch, 0}, Vec3{0, 0, stretch}});
        curve.volume.push_back(volume(scaled) / atoms);
        curve.energy.push_back(predict_one(potential, scaled).energy / atoms);
    }
    const auto lowest = static_cast<std::size_t>(std::min_element(curve.energy.begin(), curve.energy.end()) -
                                                 curve.energy.begin());
    if (lowest > 0 && lowest + 1 < volumes) {
        const Parabola parabola = parabola_through(&curve.volume[lowest - 1], &curve.energy[lowest - 1]);
        curve.minimum_volume = parabola.vertex;
        curve.bulk_modulus_GPa = parabola.vertex * parabola.curvature * units::eV_per_angstrom3_in_GPa;
    }
    return curve;
}

std::vector<DimerCurve> dimer_curves(Potential& potential, const std::vector<int>& elements) {
    const std::set<int> distinct(elements.begin(), elements.end());
    std::vector<DimerCurve> curves;
    for (auto first = distinct.begin(); first != distinct.end(); ++first) {
        for (auto second = first; second != distinct.end(); ++second) {
            curves.push_back(dimer_curve(potential, *first, *second));
        }
    }
    return curves;
}

NveRun nve_run(Potential& potential, const Structure& structure, const NveOptions& options) {
    FIBONAQI_EXPECT(structure.size() > 1 && options.steps > 1);
    VelocityVerlet run(potential, structure, options);
    std::vector<double> energies{run.total()};
    double kinetic = 0.0;
    std::size_t counted = 0;
    for (std::size_t step = 1; step <= options.steps; ++step) {
        run.step();
        if (!run.is_sane() || !std::isfinite(run.total())) {
            return {0.0, 0.0, 0.0, false};
        }
        energies.push_back(run.total());
        if (2 * step > options.steps) {
            kinetic += run.kinetic();
            ++counted;
        }
    }
    const auto atoms = static_cast<double>(structure.size());
    const Line line = line_through(energies);
    const double step_ps = options.timestep_fs * units::fs_in_ps;
    return {1e3 * line.slope / step_ps / atoms, 1e3 * line.deviation / atoms,
            kinetic / static_cast<double>(counted) / (1.5 * (atoms - 1.0) * units::boltzmann_eV_per_K), true};
}

std::vector<Mat3> on_site_force_constants(Potential& potential, const Structure& structure,
                                          std::size_t atoms) {
    constexpr double displacement = 0.01;  // [angstrom]
    std::vector<Mat3> constants;
    for (std::size_t atom = 0; atom < std::min(atoms, structure.size()); ++atom) {
        Mat3 matrix{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            for (const double sign : {1.0, -1.0}) {
                Structure moved = structure;
                moved.positions[atom][axis] += sign * displacement;
                const Vec3 force = predict_one(potential, moved).forces[atom];
                for (std::size_t other = 0; other < 3; ++other) {
                    const double part = -sign * force[other] / (4.0 * displacement);
                    matrix[axis][other] += part;
                    matrix[other][axis] += part;
                }
            }
        }
        constants.push_back(matrix);
    }
    return constants;
}

}  // namespace fibonaqi
