#include "dft_drivers/quantum_espresso/electrons.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "fibonaqi/atoms/species.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/quantum_espresso/pseudopotential.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

constexpr double rounding = 1.0e-6;  // of electrons

bool is_whole(double number) {
    return std::abs(number - std::round(number)) < rounding;
}

bool is_even(double number) {
    return is_whole(number / 2.0);
}

std::string text_of(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

bool has_two_spins(const Json& system) {
    return system.value("nspin", 1) == 2;
}

// Up less down electrons where they are fixed: by the request, else by the user.
std::optional<double> fixed_magnetization(const Json& system, const LabelRequest& request) {
    if (request.multiplicity) {
        return *request.multiplicity - 1.0;
    }
    return system.contains("tot_magnetization") ? std::optional(system.at("tot_magnetization").get<double>())
                                                : std::nullopt;
}

LabelFailure charge_failure(const std::string& problem) {
    return {FailureKind::charge, problem};
}

// What does not depend on the number of electrons.
std::optional<LabelFailure> contradiction(const Json& system, const LabelRequest& request) {
    const auto refused = [](const std::string& problem) {
        return LabelFailure{FailureKind::bad_config, problem};
    };
    if (!request.multiplicity) {
        const bool has_start =
            system.contains("starting_magnetization") || system.contains("tot_magnetization");
        return has_two_spins(system) && !has_start
                   ? std::optional(refused("nspin = 2 without a magnetization (pw.x wants one to start from) "
                                           "set starting_magnetization, or give a multiplicity"))
                   : std::nullopt;
    }
    if (*request.multiplicity < 1) {
        return refused("multiplicity " + std::to_string(*request.multiplicity) +
                       " (it is 2 S + 1, at least 1)");
    }
    if (system.value("noncolin", false)) {
        return refused("a multiplicity with noncolin (spins have no common axis there) leave one out");
    }
    const double wanted = *request.multiplicity - 1.0;
    if (system.contains("tot_magnetization") && system["tot_magnetization"].get<double>() != wanted) {
        return refused("multiplicity " + std::to_string(*request.multiplicity) +
                       " against tot_magnetization = " + system["tot_magnetization"].dump() +
                       " of the driver (driver.input.system) leave one out");
    }
    return std::nullopt;
}

std::optional<LabelFailure> parity_problem(const Json& system, const LabelRequest& request,
                                           double electrons) {
    const bool is_fixed = system.value("occupations", "") == "fixed";
    const std::string count = text_of(electrons) + " electrons";
    if (is_fixed && !is_whole(electrons)) {
        return charge_failure(count + " with occupations = 'fixed' (every state is full or empty)");
    }
    const auto magnetization = fixed_magnetization(system, request);
    if (!magnetization || (!has_two_spins(system) && *magnetization == 0.0)) {
        const bool is_paired = !has_two_spins(system) && !system.value("noncolin", false);
        const bool is_odd = is_paired && !is_even(electrons) && (is_fixed || magnetization);
        return is_odd ? std::optional(charge_failure(
                            count + " cannot all be paired (" +
                            (is_fixed ? "occupations = 'fixed' and nspin = 1" : "multiplicity 1") + ")"))
                      : std::nullopt;
    }
    const std::string excess = text_of(*magnetization) + " more up than down";
    if (std::abs(*magnetization) > electrons + rounding) {
        return charge_failure(count + " cannot be " + excess);
    }
    if ((is_fixed || request.multiplicity) && !is_even(electrons - *magnetization)) {
        return charge_failure(count + " cannot be " + excess + " (one must be even where the other is)");
    }
    if (!is_fixed && std::abs(*magnetization) > electrons - rounding) {
        return charge_failure(count +
                              ", all of one spin (pw.x finds no Fermi energy for the other, empty one) set "
                              "occupations to 'fixed'");
    }
    return std::nullopt;
}

}  // namespace

void check_spin_keys(const Json& system) {
    const int nspin = system.value("nspin", 1);
    const bool is_noncolinear = system.value("noncolin", false);
    if (nspin != 1 && nspin != 2) {
        refuse_key("input.system.nspin",
                   "is " + std::to_string(nspin) + " (1 and 2 are allowed) noncolin = true makes four");
    }
    if (nspin == 2 && is_noncolinear) {
        refuse_key("input.system.nspin",
                   "is 2 together with noncolin (they exclude each other) leave one out");
    }
    if (system.contains("tot_magnetization") && nspin != 2) {
        refuse_key("input.system.tot_magnetization",
                   "needs nspin = 2 (spins are paired without) set it, or leave this out");
    }
    if (!system.contains("starting_magnetization")) {
        return;
    }
    if (nspin != 2 && !is_noncolinear) {
        refuse_key("input.system.starting_magnetization",
                   "needs nspin = 2 or noncolin (it is ignored without) set one, or leave this out");
    }
    if (!system["starting_magnetization"].is_object()) {
        refuse_key("input.system.starting_magnetization", "goes by species; write {\"Fe\": 0.5}");
    }
}

std::optional<double> count_electrons(const Options& options, const LabelRequest& request) {
    std::map<int, double> valence;
    double electrons = -request.charge;
    for (const int element : request.structure.atomic_numbers) {
        if (!valence.contains(element)) {
            const auto file = options.pseudopotentials.find(symbol(element));
            const auto known = file == options.pseudopotentials.end()
                                   ? std::nullopt
                                   : valence_electrons(options.pseudo_dir / file->second);
            if (!known) {
                return std::nullopt;
            }
            valence[element] = *known;
        }
        electrons += valence[element];
    }
    return electrons;
}

std::optional<LabelFailure> electron_problem(const Options& options, const LabelRequest& request) {
    const Json& system = options.namelists.at("system");
    if (auto problem = contradiction(system, request)) {
        return problem;
    }
    const auto electrons = count_electrons(options, request);
    if (!electrons) {
        return std::nullopt;
    }
    if (*electrons < rounding) {
        return charge_failure("charge " + text_of(request.charge) + " leaves no electrons");
    }
    return parity_problem(system, request, *electrons);
}

Json system_keys(const Options& options, const LabelRequest& request, const std::vector<int>& species) {
    Json keys = options.namelists.at("system");
    if (request.charge != 0.0) {
        keys["tot_charge"] = request.charge;
    }
    double share = 0.0;
    if (request.multiplicity && (*request.multiplicity > 1 || has_two_spins(keys))) {
        keys["nspin"] = 2;
        keys["tot_magnetization"] = *request.multiplicity - 1;
        const auto electrons = count_electrons(options, request);
        share = electrons ? (*request.multiplicity - 1) / *electrons : 0.0;
    }
    if (!has_two_spins(keys)) {
        return keys;
    }
    Json& start = keys["starting_magnetization"];
    const bool is_users = start.is_object();
    for (const int element : species) {
        if (!start.contains(symbol(element))) {
            start[symbol(element)] = is_users ? 0.0 : share;
        }
    }
    return keys;
}

}  // namespace fibonaqi::quantum_espresso
