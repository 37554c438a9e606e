// pair_style fibonaqi: a machine-learned potential in LAMMPS.
//
// Part of FIBonAQi, MIT licence (see LICENSE). It derives from a class of LAMMPS: a binary that links LAMMPS
// is, as a combined work, under the GPL-2.0.
//
//   pair_style fibonaqi
//   pair_coeff * * MODEL El1 El2 ...      one chemical symbol per atom type, or NULL
//
// Units metal; one rank; any newton setting; energy and per-atom energy, forces, virial. No per-atom virial,
// because messages pass between atoms. MODEL is what the program that loaded the style makes of it.

#ifdef PAIR_CLASS
// clang-format off
PairStyle(fibonaqi,PairFibonaqi);
// clang-format on
#else

#ifndef LMP_PAIR_FIBONAQI_H
#define LMP_PAIR_FIBONAQI_H

#include <memory>

#include "pair.h"

namespace fibonaqi::lammps {
class PairModel;
}

namespace LAMMPS_NS {

class PairFibonaqi : public Pair {
  public:
    explicit PairFibonaqi(class LAMMPS*);
    ~PairFibonaqi() override;

    void compute(int, int) override;
    void settings(int, char**) override;
    void coeff(int, char**) override;
    void init_style() override;
    double init_one(int, int) override;

    /// The model and what it said about the present positions; null before pair_coeff. For fix fibonaqi.
    const fibonaqi::lammps::PairModel* model() const { return model_.get(); }

  private:
    void allocate();
    std::string evaluate();
    void add_results();

    std::unique_ptr<fibonaqi::lammps::PairModel> model_;
};

}  // namespace LAMMPS_NS

#endif
#endif
