#include "fibonaqi/label/conformance.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/label/conformance_checks.hpp"

namespace fibonaqi {
namespace {

using namespace conformance;

constexpr Vec3 shift_A{0.137, 0.251, 0.319};

Structure moved_along(const Structure& structure, const std::vector<Vec3>& direction, double length) {
    Structure moved = structure;
    for (std::size_t atom = 0; atom < moved.size(); ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            moved.positions[atom][axis] += length * direction[atom][axis];
        }
    }
    return moved;
}

LabelRequest with(const LabelRequest& request, Structure structure) {
    LabelRequest changed = request;
    changed.structure = std::move(structure);
    return changed;
}

Structure reversed(const Structure& structure) {
    Structure other = structure;
    std::reverse(other.atomic_numbers.begin(), other.atomic_numbers.end());
    std::reverse(other.positions.begin(), other.positions.end());
    return other;
}

Structure turned(const Structure& structure) {
    Structure other = structure;
    std::transform(other.positions.begin(), other.positions.end(), other.positions.begin(), turn);
    std::transform(other.cell.begin(), other.cell.end(), other.cell.begin(), turn);
    return other;
}

bool can_be_turned(const Structure& structure) {
    return structure.is_fully_periodic() || !structure.is_periodic();
}

}  // namespace

std::string to_string(ConformanceFinding::Verdict verdict) {
    using Verdict = ConformanceFinding::Verdict;
    return verdict == Verdict::passed ? "passed" : verdict == Verdict::failed ? "FAILED" : "unproven";
}

ConformanceKit::ConformanceKit(const LabelDriver& driver, LabelRequest example, ConformanceOptions options)
    : driver_(driver), example_(std::move(example)), options_(options) {
    const Structure& structure = example_.structure;
    add(run_names::example, example_);
    add(run_names::again, example_);
    add_displacements();
    add_strains();
    if (const auto pair = closest_edge(structure)) {
        add(run_names::pushed, with(example_, pushed_together(structure, *pair)));
    }
    add(run_names::shifted,
        with(example_, moved_along(structure, std::vector<Vec3>(structure.size(), shift_A), 1.0)));
    if (can_be_turned(structure)) {
        add(run_names::turned, with(example_, turned(structure)));
    }
    add(run_names::reversed, with(example_, reversed(structure)));
    if (const auto changes = driver_.spoiled()) {
        add(run_names::spoiled, example_, *changes);
    }
}

void ConformanceKit::add(const std::string& name, LabelRequest request, Json changes) {
    request.want_stress = request.want_stress && (name == run_names::example || name == run_names::turned);
    runs_.push_back({name, std::move(request), std::move(changes)});
}

void ConformanceKit::add_displacements() {
    const double length = options_.displacement_A * std::sqrt(static_cast<double>(example_.structure.size()));
    for (std::size_t i = 0; i < displacement_count; ++i) {
        const std::vector<Vec3> direction = displacement(example_.structure.size(), i);
        for (const double side : {1.0, -1.0}) {
            add(run_names::displaced(i, side),
                with(example_, moved_along(example_.structure, direction, side * length)));
        }
    }
}

void ConformanceKit::add_strains() {
    if (!example_.want_stress) {
        return;
    }
    for (std::size_t i = 0; i < strain_directions.size(); ++i) {
        for (const double side : {1.0, -1.0}) {
            const Mat3 strain = scaled(strain_directions[i], side * options_.strain);
            add(run_names::strained(i, side), with(example_, strained(example_.structure, strain)));
        }
    }
}

std::vector<ConformanceFinding> ConformanceKit::judge(const ConformanceOutcomes& outcomes) const {
    const LabelOutcome& first = outcomes.at(run_names::example);
    if (const auto* failure = std::get_if<LabelFailure>(&first)) {
        return {failed("label", "the example has no label (" + to_string(failure->kind) + ": " +
                                    failure->evidence + ")")};
    }
    const Evidence evidence{example_, options_, outcomes};
    std::vector<ConformanceFinding> findings{judge_label(evidence), judge_forces(evidence)};
    if (example_.want_stress) {
        findings.push_back(judge_stress(evidence, "stress, stretched", 0));
        findings.push_back(judge_stress(evidence, "stress, sheared", 1));
    }
    findings.push_back(judge_units(evidence));
    findings.push_back(judge_shift(evidence));
    if (can_be_turned(example_.structure)) {
        findings.push_back(judge_turn(evidence));
    }
    findings.push_back(judge_order(evidence));
    findings.push_back(judge_repetition(evidence));
    findings.push_back(judge_honesty(evidence));
    return findings;
}

}  // namespace fibonaqi
