// How a program gives pair_style fibonaqi and fix fibonaqi what they need, without a global variable per
// need.
//
// The styles know no concrete potential. The program that runs LAMMPS in library mode hands one in, per
// instance of LAMMPS. A plug-in for stock LAMMPS would do the same from its lammpsplugin_init.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace fibonaqi {
class Potential;
}

namespace fibonaqi::lammps {

class Harvest;
struct HarvestOptions;

struct StyleServices {
    /// The potential that `pair_coeff * * MODEL ...` names. May throw.
    std::function<std::shared_ptr<Potential>(const std::string& model)> open_potential;
    /// Where the frames of a fix fibonaqi with these options go. May throw.
    std::function<std::shared_ptr<Harvest>(const HarvestOptions& options)> open_harvest;
};

/// Makes both styles known to one LAMMPS instance (handle of its C library). Throws ExploreError when the
/// library is of another version than the headers that the styles were compiled with: the layout of classes
/// differs, and the first call would crash.
void register_styles(void* lammps, StyleServices services);

/// Forgets the services of an instance; before lammps_close.
void unregister_styles(void* lammps);

/// Services of an instance, for the styles; null when it has none.
const StyleServices* services_of(const void* lammps);

}  // namespace fibonaqi::lammps
