#include "fibonaqi/label/conformance_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/label/conformance_causes.hpp"

namespace fibonaqi::conformance {
namespace {

std::string number(double value, const char* format = "%.4g") {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double largest_force(const std::vector<Vec3>& forces) {
    double largest = 0.0;
    for (const Vec3& force : forces) {
        largest = std::max(largest, std::hypot(force[0], force[1], force[2]));
    }
    return largest;
}

// Derivatives of one kind: what the driver says, and what its energies say.
struct Comparison {
    std::vector<double> reported, measured;

    double worst() const {
        double worst = 0.0;
        for (std::size_t i = 0; i < reported.size(); ++i) {
            worst = std::max(worst, std::abs(reported[i] - measured[i]));
        }
        return worst;
    }
    double size() const {
        double size = 0.0;
        for (const double value : measured) {
            size = std::max(size, std::abs(value));
        }
        return size;
    }
    // The factor between them; not finite where no single one fits to 3 %.
    double ratio() const {
        double product = 0.0;
        double square = 0.0;
        for (std::size_t i = 0; i < reported.size(); ++i) {
            product += reported[i] * measured[i];
            square += measured[i] * measured[i];
        }
        const double ratio = product / square;
        for (std::size_t i = 0; i < reported.size(); ++i) {
            if (std::abs(reported[i] - ratio * measured[i]) > 0.03 * std::abs(ratio) * size()) {
                return std::nan("");
            }
        }
        return ratio;
    }
};

double along(const Labels& labels, const std::vector<Vec3>& direction) {
    double force = 0.0;
    for (std::size_t atom = 0; atom < direction.size(); ++atom) {
        force += dot(labels.forces[atom], direction[atom]);
    }
    return force;
}

// (E+ - E-) / (2 length), or why not.
std::optional<double> slope(const Evidence& evidence, const std::function<std::string(double)>& name,
                            double length) {
    const Labels* plus = evidence.labels(name(1.0));
    const Labels* minus = evidence.labels(name(-1.0));
    if (plus == nullptr || minus == nullptr) {
        return std::nullopt;
    }
    return (*plus->energy - *minus->energy) / (2.0 * length);
}

ConformanceFinding verdict(const std::string& check, const Comparison& found, double tolerance,
                           const std::string& unit, const std::function<std::string(double)>& cause) {
    if (found.worst() <= tolerance) {
        return passed(check, "equal to differences of energies to " + number(found.worst()) + " " + unit +
                                 " of " + number(found.size()));
    }
    const double ratio = found.ratio();
    std::string text = "off by " + number(found.worst()) + " " + unit +
                       " where differences of energies give " + number(found.size());
    if (std::isfinite(ratio)) {
        text += ": " + number(ratio) + " times them";
        const std::string likely = cause(ratio);
        return failed(check, text + (likely.empty() ? "" : "; " + likely));
    }
    return failed(check, text +
                             ", by no single factor: another order of atoms or elements, another geometry, "
                             "noise, or an energy that the forces are not the derivative of (with smearing "
                             "that is the free energy)?");
}

// Holds the labels of a run against what they should be.
ConformanceFinding same_labels(const Evidence& evidence, const std::string& check, const char* run,
                               const Labels& expected) {
    const Labels* found = evidence.labels(run);
    if (found == nullptr) {
        return failed(check, evidence.missing(run));
    }
    const auto atoms = static_cast<double>(expected.forces.size());
    const double energy = std::abs(*found->energy - *expected.energy) / atoms;
    double force = 0.0;
    for (std::size_t atom = 0; atom < expected.forces.size(); ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            force = std::max(force, std::abs(found->forces[atom][axis] - expected.forces[atom][axis]));
        }
    }
    const double tolerance = evidence.options.moved_force_error_eV_per_A +
                             evidence.options.relative_error * largest_force(expected.forces);
    const bool is_same = energy <= evidence.options.energy_error_eV_per_atom && force <= tolerance;
    return {check, is_same ? ConformanceFinding::Verdict::passed : ConformanceFinding::Verdict::failed,
            "energy differs by " + number(energy) + " eV/atom, forces by " + number(force) + " eV/A"};
}

}  // namespace

ConformanceFinding judge_label(const Evidence& evidence) {
    constexpr double least_force = 0.1;
    const Labels& labels = evidence.example_labels();
    const double force = largest_force(labels.forces);
    const std::string text = number(*labels.energy, "%.8g") + " eV, largest force " + number(force) + " eV/A";
    if (force < least_force) {
        return unproven("label",
                        text + ": too near to equilibrium to tell units and signs; displace the atoms");
    }
    return passed("label", text);
}

// The work along the path from one end to the other, by Simpson's rule out of the forces at both and in the
// middle: its error is of fourth order in the step, that of the force in the middle alone of second.
ConformanceFinding judge_forces(const Evidence& evidence) {
    const std::size_t atoms = evidence.example.structure.size();
    const double length = evidence.options.displacement_A * std::sqrt(static_cast<double>(atoms));
    Comparison found;
    for (std::size_t i = 0; i < displacement_count; ++i) {
        const auto name = [i](double side) { return run_names::displaced(i, side); };
        const auto rise = slope(evidence, name, length);
        if (!rise) {
            return failed("forces",
                          evidence.missing(evidence.labels(name(1.0)) == nullptr ? name(1.0) : name(-1.0)));
        }
        const std::vector<Vec3> direction = displacement(atoms, i);
        const double here = along(evidence.example_labels(), direction);
        const double ends =
            along(*evidence.labels(name(1.0)), direction) + along(*evidence.labels(name(-1.0)), direction);
        found.reported.push_back((ends + 4.0 * here) / 6.0);
        found.measured.push_back(-*rise);
    }
    const double tolerance =
        evidence.options.force_error_eV_per_A + evidence.options.relative_force_error * found.size();
    return verdict("forces", found, tolerance, "eV/A", cause_of_force_ratio);
}

ConformanceFinding judge_stress(const Evidence& evidence, const std::string& check, std::size_t direction) {
    const double cell = volume(evidence.example.structure);
    const auto name = [direction](double side) { return run_names::strained(direction, side); };
    const auto rise = slope(evidence, name, evidence.options.strain * cell);
    if (!rise) {
        return failed(check,
                      evidence.missing(evidence.labels(name(1.0)) == nullptr ? name(1.0) : name(-1.0)));
    }
    double stress = 0.0;
    for (std::size_t row = 0; row < 3; ++row) {
        stress += dot((*evidence.example_labels().stress)[row], strain_directions[direction][row]);
    }
    const Comparison found{{stress}, {*rise}};
    const double tolerance =
        evidence.options.stress_error_eV_per_A3 + evidence.options.relative_error * found.size();
    if (found.size() < 2.0 * tolerance) {
        return unproven(check, "differences of energies give " + number(*rise) +
                                   " eV/A^3, too little to tell units and sign; strain the example");
    }
    return verdict(check, found, tolerance, "eV/A^3",
                   [cell](double ratio) { return cause_of_stress_ratio(ratio, cell); });
}

ConformanceFinding judge_units(const Evidence& evidence) {
    const auto pair = closest_edge(evidence.example.structure);
    const Labels* pushed = pair ? evidence.labels(run_names::pushed) : nullptr;
    if (pushed == nullptr) {
        return unproven("units",
                        pair ? evidence.missing(run_names::pushed) : "no two atoms are near each other");
    }
    const Structure& structure = evidence.example.structure;
    const double before = std::hypot(pair->vector[0], pair->vector[1], pair->vector[2]);
    const Vec3 axis{pair->vector[0] / before, pair->vector[1] / before, pair->vector[2] / before};
    const double r = pushed_distance(structure, *pair);
    const double expected =
        universal_repulsion(structure.atomic_numbers[pair->first], structure.atomic_numbers[pair->second], r);
    const double force = dot(pushed->forces[pair->second], axis);
    const double ratio = force / expected;
    const std::string text = "two atoms at " + number(r) + " A push with " + number(force) + " eV/A, " +
                             number(ratio) + " times the universal repulsion";
    const std::string cause = cause_of_common_ratio(ratio);
    if (!cause.empty()) {
        return failed("units", text + "; " + cause);
    }
    constexpr double factor = 3.0;
    const bool is_near = ratio > 1.0 / factor && ratio < factor;
    return is_near ? passed("units", text)
                   : unproven("units", text + ", which is the ratio of no known unit");
}

ConformanceFinding judge_shift(const Evidence& evidence) {
    return same_labels(evidence, "translation", run_names::shifted, evidence.example_labels());
}

ConformanceFinding judge_turn(const Evidence& evidence) {
    Labels expected = evidence.example_labels();
    std::transform(expected.forces.begin(), expected.forces.end(), expected.forces.begin(), turn);
    ConformanceFinding finding = same_labels(evidence, "rotation", run_names::turned, expected);
    if (!expected.stress || finding.verdict == ConformanceFinding::Verdict::failed) {
        return finding;
    }
    const double difference =
        turned_stress_difference(*expected.stress, *evidence.labels(run_names::turned)->stress);
    finding.text += ", stress by " + number(difference) + " eV/A^3";
    if (difference > evidence.options.stress_error_eV_per_A3) {
        finding.verdict = ConformanceFinding::Verdict::failed;
        finding.text += " (its elements in another order?)";
    }
    return finding;
}

ConformanceFinding judge_order(const Evidence& evidence) {
    Labels expected = evidence.example_labels();
    std::reverse(expected.forces.begin(), expected.forces.end());
    ConformanceFinding finding = same_labels(evidence, "order of atoms", run_names::reversed, expected);
    if (finding.verdict == ConformanceFinding::Verdict::failed) {
        finding.text += " when the atoms come in the opposite order (sorted by element and not sorted back?)";
    }
    return finding;
}

ConformanceFinding judge_repetition(const Evidence& evidence) {
    const ConformanceOptions strict{
        .moved_force_error_eV_per_A = 1.0e-3, .relative_error = 0.0, .energy_error_eV_per_atom = 1.0e-5};
    return same_labels({evidence.example, strict, evidence.outcomes}, "repetition", run_names::again,
                       evidence.example_labels());
}

ConformanceFinding judge_honesty(const Evidence& evidence) {
    const auto run = evidence.outcomes.find(run_names::spoiled);
    if (run == evidence.outcomes.end()) {
        return unproven("honesty", "this driver knows no way to spoil a run");
    }
    if (const auto* failure = std::get_if<LabelFailure>(&run->second)) {
        const std::string text = "a spoilt run is refused as " + to_string(failure->kind);
        const bool is_recognised =
            failure->kind == FailureKind::scf_not_converged || failure->kind == FailureKind::diagonalisation;
        return is_recognised ? passed("honesty", text)
                             : unproven("honesty", text + " (" + failure->evidence +
                                                       "), not because it has not converged");
    }
    return failed("honesty", "a run that cannot have converged is taken for a label");
}

}  // namespace fibonaqi::conformance
