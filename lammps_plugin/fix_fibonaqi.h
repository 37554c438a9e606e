// fix fibonaqi: takes candidate frames out of a run, and stops a run that has left the sane region.
//
// Part of FIBonAQi, MIT licence (see LICENSE). It derives from a class of LAMMPS: a binary that links LAMMPS
// is, as a combined work, under the GPL-2.0.
//
//   fix ID all fibonaqi keyword value ...
//     every N               steps from one candidate to the next (100)
//     first N               no candidate before this step (0)
//     safe N                sane frames before a stop that become candidates (5)
//     max_force F           [eV/angstrom] of the model, on any atom (not checked)
//     min_distance S        shortest distance over the sum of the covalent radii (not checked)
//     max_temperature T     [K] (not checked)
//
// A stop ends the run with an error of LAMMPS. Scalar: number of candidates so far. Vector: 1 largest force
// of the model [eV/angstrom], 2 shortest distance [angstrom], 3 the same over the sum of the covalent radii;
// all intensive, valid on every step. Needs pair_style fibonaqi for all atoms; not for run_style respa, not
// for minimize.

#ifdef FIX_CLASS
// clang-format off
FixStyle(fibonaqi,FixFibonaqi);
// clang-format on
#else

#ifndef LMP_FIX_FIBONAQI_H
#define LMP_FIX_FIBONAQI_H

#include <memory>

#include "fix.h"

namespace fibonaqi::lammps {
class Harvest;
struct MdFrame;
struct StepMeasures;
}  // namespace fibonaqi::lammps

namespace LAMMPS_NS {

class FixFibonaqi : public Fix {
  public:
    FixFibonaqi(class LAMMPS*, int, char**);
    ~FixFibonaqi() override;

    int setmask() override;
    void init() override;
    void setup(int) override;
    void post_force(int) override;
    void end_of_step() override;
    double compute_scalar() override;
    double compute_vector(int) override;

  private:
    void measure();
    void measure_temperature();
    void stop_if_insane();
    template <class Function>
    void hand_on(Function&& function);
    fibonaqi::lammps::MdFrame frame();

    class PairFibonaqi* pair_ = nullptr;
    std::shared_ptr<fibonaqi::lammps::Harvest> harvest_;
    std::unique_ptr<fibonaqi::lammps::StepMeasures> measures_;  // of the present step
};

}  // namespace LAMMPS_NS

#endif
#endif
