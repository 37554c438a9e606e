#include "fibonaqi/model/physics_gate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fibonaqi/atoms/species.hpp"

namespace fibonaqi {
namespace {

std::string words(const char* format, double a, double b) {
    char text[160];
    std::snprintf(text, sizeof text, format, a, b);
    return text;
}

double change_percent(double now, double before) {
    return 100.0 * std::abs(now / before - 1.0);
}

// The same for stiffer and softer: 100 for twice and for half.
double factor_percent(double now, double before) {
    return 100.0 * (std::max(now / before, before / now) - 1.0);
}

PhysicsVerdict judge_volume(const EnergyVolumeCurve& curve, const EnergyVolumeCurve* before,
                            const PhysicsLimits& limits) {
    PhysicsVerdict verdict{"energy against volume", true, ""};
    if (!curve.minimum_volume || !(*curve.bulk_modulus_GPa > 0.0)) {
        // A start structure far from equilibrium may have none with any model.
        verdict.is_passed = before != nullptr && !before->minimum_volume;
        verdict.finding = "no minimum between 0.76 and 1.30 of the volume";
        return verdict;
    }
    verdict.finding = words("minimum at %.2f A^3/atom, bulk modulus %.0f GPa", *curve.minimum_volume,
                            *curve.bulk_modulus_GPa);
    if (before != nullptr && before->minimum_volume) {
        verdict.finding += words(" (before: %.2f, %.0f)", *before->minimum_volume, *before->bulk_modulus_GPa);
        verdict.is_passed =
            change_percent(*curve.minimum_volume, *before->minimum_volume) <= limits.volume_change_percent &&
            factor_percent(*curve.bulk_modulus_GPa, *before->bulk_modulus_GPa) <=
                limits.bulk_modulus_change_percent;
    }
    return verdict;
}

PhysicsVerdict judge_dimer(const DimerCurve& curve, const DimerCurve* before, const PhysicsLimits& limits) {
    PhysicsVerdict verdict{"dimer " + symbol(curve.first) + "-" + symbol(curve.second), true, ""};
    const double allowed =
        std::max(limits.repulsive_to, before == nullptr ? 0.0 : before->repulsive_to) + 1e-9;
    const double radii = covalent_radius(curve.first) + covalent_radius(curve.second);
    verdict.is_passed = curve.repulsive_to <= allowed;
    verdict.finding =
        words("repulsive down to %.2f A (allowed: %.2f)", curve.repulsive_to * radii, allowed * radii);
    return verdict;
}

PhysicsVerdict judge_nve(const NveRun& run, const PhysicsLimits& limits) {
    if (!run.is_finite) {
        return {"run at constant energy", false, "blew up"};
    }
    return {"run at constant energy", std::abs(run.drift_meV_per_atom_ps) <= limits.nve_drift_meV_per_atom_ps,
            words("drift %.2f meV/atom/ps at %.0f K", run.drift_meV_per_atom_ps, run.temperature_K)};
}

double norm(const std::vector<Mat3>& matrices, const std::vector<Mat3>* other) {
    double sum = 0.0;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        for (std::size_t k = 0; k < 9; ++k) {
            const double value =
                matrices[i][k / 3][k % 3] - (other == nullptr ? 0.0 : (*other)[i][k / 3][k % 3]);
            sum += value * value;
        }
    }
    return std::sqrt(sum);
}

PhysicsVerdict judge_constants(const std::vector<Mat3>& now, const std::vector<Mat3>* before,
                               const PhysicsLimits& limits) {
    PhysicsVerdict verdict{"force constants", std::isfinite(norm(now, nullptr)), ""};
    verdict.finding = words("root mean square %.1f eV/A^2 over %.0f atoms",
                            norm(now, nullptr) / std::sqrt(3.0 * static_cast<double>(now.size())),
                            static_cast<double>(now.size()));
    if (before != nullptr && norm(*before, nullptr) > 0.0) {
        const double change = 100.0 * norm(now, before) / norm(*before, nullptr);
        verdict.finding +=
            words(", changed by %.0f %% (allowed: %.0f %%)", change, limits.force_constants_change_percent);
        verdict.is_passed = verdict.is_passed && change <= limits.force_constants_change_percent;
    }
    return verdict;
}

}  // namespace

PhysicsReport measure_physics(Potential& potential, const Structure& structure, const NveOptions& nve) {
    PhysicsReport report;
    if (structure.is_fully_periodic()) {
        report.energy_volume = energy_volume_curve(potential, structure);
    }
    report.dimers = dimer_curves(potential, structure.atomic_numbers);
    if (structure.size() > 1) {  // one atom in a cell feels no force
        report.nve = nve_run(potential, structure, nve);
        report.force_constants = on_site_force_constants(potential, structure);
    }
    return report;
}

std::vector<PhysicsVerdict> judge_physics(const PhysicsReport& report, const PhysicsReport* previous,
                                          const PhysicsLimits& limits) {
    std::vector<PhysicsVerdict> verdicts;
    if (report.energy_volume) {
        const bool has_before = previous != nullptr && previous->energy_volume;
        verdicts.push_back(
            judge_volume(*report.energy_volume, has_before ? &*previous->energy_volume : nullptr, limits));
    }
    for (std::size_t i = 0; i < report.dimers.size(); ++i) {
        verdicts.push_back(
            judge_dimer(report.dimers[i], previous == nullptr ? nullptr : &previous->dimers[i], limits));
    }
    if (report.nve) {
        verdicts.push_back(judge_nve(*report.nve, limits));
        verdicts.push_back(judge_constants(
            report.force_constants, previous == nullptr ? nullptr : &previous->force_constants, limits));
    }
    return verdicts;
}

Json to_json(const PhysicsReport& report) {
    Json dimers = Json::array();
    for (const DimerCurve& curve : report.dimers) {
        dimers.push_back(Json{{"elements", Json::array({symbol(curve.first), symbol(curve.second)})},
                              {"distance_A", curve.distance},
                              {"energy_eV", curve.energy},
                              {"repulsive_to", curve.repulsive_to}});
    }
    Json record{{"energy_volume", nullptr},
                {"dimers", dimers},
                {"nve", nullptr},
                {"force_constants_eV_per_A2", report.force_constants}};
    if (report.nve) {
        record["nve"] = Json{{"drift_meV_per_atom_ps", report.nve->drift_meV_per_atom_ps},
                             {"fluctuation_meV_per_atom", report.nve->fluctuation_meV_per_atom},
                             {"temperature_K", report.nve->temperature_K},
                             {"is_finite", report.nve->is_finite}};
    }
    if (report.energy_volume) {
        const EnergyVolumeCurve& curve = *report.energy_volume;
        record["energy_volume"] =
            Json{{"volume_A3_per_atom", curve.volume},
                 {"energy_eV_per_atom", curve.energy},
                 {"minimum_A3_per_atom", curve.minimum_volume ? Json(*curve.minimum_volume) : Json()},
                 {"bulk_modulus_GPa", curve.bulk_modulus_GPa ? Json(*curve.bulk_modulus_GPa) : Json()}};
    }
    return record;
}

}  // namespace fibonaqi
