// Charge and spin of a request: how many electrons there are, and what pw.x has to be told.
#pragma once

#include <optional>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/quantum_espresso/options.hpp"

namespace fibonaqi::quantum_espresso {

/// Throws ConfigError for keys of the system namelist that contradict each other, whatever is labelled:
/// a magnetization without nspin = 2, nspin = 2 with noncolin.
void check_spin_keys(const Json& system);

/// Valence electrons, by the headers of the pseudopotentials (z_valence), less the charge; nothing where one
/// of them does not say.
std::optional<double> count_electrons(const Options& options, const LabelRequest& request);

/// Why pw.x would fail on the charge or multiplicity of this request: paired electrons that are odd in
/// number, a multiplicity that does not fit their number or the user's own keys.
std::optional<LabelFailure> electron_problem(const Options& options, const LabelRequest& request);

/// The user's system namelist with what the request says. A charge becomes tot_charge. A multiplicity fixes
/// tot_magnetization = multiplicity - 1 with nspin = 2, starting from the user's starting_magnetization, else
/// from the same share on all atoms; a singlet stays unpolarised unless the user's nspin is 2. With nspin = 2
/// every one of `species` (atomic numbers) gets a starting_magnetization, 0 where the user names none.
Json system_keys(const Options& options, const LabelRequest& request, const std::vector<int>& species);

}  // namespace fibonaqi::quantum_espresso
