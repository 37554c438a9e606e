#include "fibonaqi/label/sanity.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/atoms/geometry.hpp"

namespace fibonaqi {
namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

bool is_finite(const Vec3& vector) {
    return std::isfinite(vector[0]) && std::isfinite(vector[1]) && std::isfinite(vector[2]);
}

bool is_finite(const Mat3& matrix) {
    return is_finite(matrix[0]) && is_finite(matrix[1]) && is_finite(matrix[2]);
}

double length(const Vec3& vector) {
    return std::hypot(vector[0], vector[1], vector[2]);
}

std::optional<LabelFailure> force_problem(const std::vector<Vec3>& forces, const LabelSanity& sanity) {
    Vec3 net{};
    for (std::size_t atom = 0; atom < forces.size(); ++atom) {
        if (!is_finite(forces[atom])) {
            return LabelFailure{FailureKind::non_finite, "force on atom " + std::to_string(atom + 1)};
        }
        if (length(forces[atom]) > sanity.max_force_eV_per_A) {
            return LabelFailure{FailureKind::inconsistent, "force of " + number(length(forces[atom])) +
                                                               " eV/A on atom " + std::to_string(atom + 1) +
                                                               " is above the limit of " +
                                                               number(sanity.max_force_eV_per_A)};
        }
        for (std::size_t axis = 0; axis < 3; ++axis) {
            net[axis] += forces[atom][axis];
        }
    }
    const double net_per_atom = length(net) / static_cast<double>(forces.size());
    if (net_per_atom > sanity.max_net_force_eV_per_A) {
        return LabelFailure{FailureKind::inconsistent, "net force of " + number(net_per_atom) +
                                                           " eV/A per atom is above the limit of " +
                                                           number(sanity.max_net_force_eV_per_A)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<LabelFailure> capability_problem(const LabelDriver& driver, const LabelRequest& request) {
    const DriverCapabilities able = driver.capabilities();
    const Structure& structure = request.structure;
    const bool is_possible = structure.is_fully_periodic() ? able.fully_periodic
                             : structure.is_periodic()     ? able.partly_periodic
                                                           : able.isolated;
    if (!is_possible) {
        return LabelFailure{FailureKind::bad_geometry,
                            driver.name() + " takes no structure of this periodicity" +
                                (able.fully_periodic ? "; put it into a periodic box" : "")};
    }
    if (request.charge != 0.0 && !able.charge) {
        return LabelFailure{FailureKind::bad_config, driver.name() + " takes no charged structure"};
    }
    if (request.multiplicity && !able.multiplicity) {
        return LabelFailure{FailureKind::bad_config, driver.name() + " takes no multiplicity"};
    }
    if (request.want_stress && !able.stress) {
        return LabelFailure{FailureKind::bad_config, driver.name() + " gives no stress"};
    }
    return std::nullopt;
}

std::optional<LabelFailure> geometry_problem(const LabelRequest& request, const LabelSanity& sanity) {
    const Structure& structure = request.structure;
    if (structure.size() == 0) {
        return LabelFailure{FailureKind::bad_geometry, "the structure has no atoms"};
    }
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        if (!is_finite(structure.positions[atom])) {
            return LabelFailure{FailureKind::bad_geometry,
                                "position of atom " + std::to_string(atom + 1) + " is not finite"};
        }
    }
    if (!is_finite(structure.cell)) {
        return LabelFailure{FailureKind::bad_geometry, "the cell is not finite"};
    }
    if (structure.is_fully_periodic() && volume(structure) < 1.0e-3) {
        return LabelFailure{FailureKind::bad_geometry, "the cell has no volume"};
    }
    const double approach = closest_approach(structure);
    if (approach < sanity.min_distance_scale) {
        return LabelFailure{FailureKind::bad_geometry,
                            "two atoms are " + number(approach) +
                                " of the sum of their covalent radii apart (at least " +
                                number(sanity.min_distance_scale) + " is asked for)"};
    }
    return std::nullopt;
}

std::optional<LabelFailure> label_problem(const LabelRequest& request, const Labels& labels,
                                          const LabelSanity& sanity) {
    if (!labels.energy || labels.forces.size() != request.structure.size() ||
        (request.want_stress && !labels.stress)) {
        return LabelFailure{FailureKind::inconsistent, "energy, " + std::to_string(request.structure.size()) +
                                                           " forces or stress are missing (" +
                                                           std::to_string(labels.forces.size()) +
                                                           " forces found)"};
    }
    if (!std::isfinite(*labels.energy)) {
        return LabelFailure{FailureKind::non_finite, "energy"};
    }
    if (labels.stress && !is_finite(*labels.stress)) {
        return LabelFailure{FailureKind::non_finite, "stress"};
    }
    return force_problem(labels.forces, sanity);
}

}  // namespace fibonaqi
