// Part of FIBonAQi, MIT licence (see LICENSE). It derives from a class of LAMMPS: a binary that links LAMMPS
// is, as a combined work, under the GPL-2.0.
#include "lammps_plugin/pair_fibonaqi.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "lammps_plugin/pair_model.hpp"
#include "lammps_plugin/style_services.hpp"
#include "lammps_plugin/unit_style.hpp"
#include "memory.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"

using fibonaqi::lammps::PairModel;
using fibonaqi::lammps::services_of;
using fibonaqi::lammps::SystemView;

namespace LAMMPS_NS {

namespace {

// LibTorch's messages go on with a stack trace.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

PairFibonaqi::PairFibonaqi(LAMMPS* lammps) : Pair(lammps) {
    single_enable = 0;
    restartinfo = 0;
    one_coeff = 1;
    manybody_flag = 1;
    no_virial_fdotr_compute = 1;  // the model gives its own, exact for any number of layers
    centroidstressflag = CENTROID_NOTAVAIL;
}

PairFibonaqi::~PairFibonaqi() {
    if (copymode) {
        return;
    }
    if (allocated) {
        memory->destroy(setflag);
        memory->destroy(cutsq);
    }
}

// `map` belongs to the base class, which frees it.
void PairFibonaqi::allocate() {
    const int n = atom->ntypes + 1;
    memory->create(setflag, n, n, "pair:setflag");
    memory->create(cutsq, n, n, "pair:cutsq");
    map = new int[n];
    allocated = 1;
}

void PairFibonaqi::settings(int narg, char** /*arg*/) {
    if (narg > 0) {
        error->all(FLERR,
                   "pair_style fibonaqi takes no arguments (the model is named by pair_coeff) "
                   "use: pair_coeff * * MODEL El1 El2 ...");
    }
}

void PairFibonaqi::coeff(int narg, char** arg) {
    if (narg != 3 + atom->ntypes) {
        error->all(FLERR, "pair_coeff of fibonaqi has " + std::to_string(narg) + " arguments (there are " +
                              std::to_string(atom->ntypes) +
                              " atom types) use: pair_coeff * * MODEL and one element per type");
    }
    const auto* services = services_of(lmp);
    if (services == nullptr) {
        error->all(FLERR, "pair_style fibonaqi has no way to open a model (no program handed one in)");
    }
    if (!allocated) {
        allocate();
    }
    map_element2type(narg - 3, arg + 3);
    std::string problem;
    try {
        const std::vector<std::string> symbols(arg + 3, arg + narg);
        model_ = std::make_unique<PairModel>(services->open_potential(arg[2]), symbols);
    } catch (const std::exception& exception) {
        problem = first_line(exception.what());
    }
    if (!problem.empty()) {
        error->all(FLERR, problem);
    }
    if (comm->me == 0) {
        utils::logmesg(lmp, model_->description() + "\n");
    }
}

void PairFibonaqi::init_style() {
    const std::string problem = fibonaqi::lammps::unit_problem("pair_style fibonaqi", update->unit_style);
    if (!problem.empty()) {
        error->all(FLERR, problem);
    }
    if (comm->nprocs > 1) {
        error->all(FLERR,
                   "pair_style fibonaqi runs on one rank, not on " + std::to_string(comm->nprocs) +
                       " (messages between atoms would have to cross ranks) start one walker per rank");
    }
    if (atom->tag_enable == 0) {
        error->all(FLERR, "pair_style fibonaqi needs atom ids (they tell which atom a ghost is an image of)");
    }
    neighbor->add_request(this, NeighConst::REQ_FULL);
}

double PairFibonaqi::init_one(int /*i*/, int /*j*/) {
    return model_->cutoff();
}

void PairFibonaqi::compute(int eflag, int vflag) {
    ev_init(eflag, vflag);
    if (vflag_atom) {
        error->all(FLERR,
                   "pair_style fibonaqi has no per-atom virial (messages pass between atoms) "
                   "leave computes of it out");
    }
    const std::string problem = evaluate();
    if (!problem.empty()) {
        error->all(FLERR, "pair_style fibonaqi: " + problem);
    }
    add_results();
}

// Nothing of ours may fly through LAMMPS: what the model throws becomes the text of an error of LAMMPS.
std::string PairFibonaqi::evaluate() {
    SystemView system;
    system.positions = atom->x;
    system.types = atom->type;
    system.owned = atom->nlocal;
    system.listed = list->inum;
    system.list = list->ilist;
    system.neighbor_counts = list->numneigh;
    system.neighbors = list->firstneigh;
    system.neighbor_mask = NEIGHMASK;
    const bool is_bulk = domain->xperiodic && domain->yperiodic && domain->zperiodic;
    system.volume = is_bulk ? domain->xprd * domain->yprd * domain->zprd : 0.0;
    try {
        const int total = atom->nlocal + atom->nghost;
        if (neighbor->ago == 0 || !model_->graph().has_map_of(total)) {
            model_->graph().map_ghosts(atom->tag, atom->nlocal, total);
        }
        model_->evaluate(system);
    } catch (const std::bad_alloc&) {
        return "out of memory (too many atoms within the cutoff)";
    } catch (const std::exception& exception) {
        return first_line(exception.what());
    }
    return {};
}

void PairFibonaqi::add_results() {
    const auto& prediction = model_->prediction();
    const std::vector<int>& atoms = model_->graph().atoms();
    double** f = atom->f;
    for (std::size_t k = 0; k < atoms.size(); ++k) {
        for (std::size_t x = 0; x < 3; ++x) {
            f[atoms[k]][x] += prediction.forces[k][x];
        }
        if (eflag_atom) {
            eatom[atoms[k]] += prediction.node_energy[k];
        }
    }
    if (eflag_global) {
        eng_vdwl += prediction.energy;
    }
    if (vflag_global) {
        const auto& w = model_->virial();
        const double voigt[6] = {w[0][0], w[1][1], w[2][2], w[0][1], w[0][2], w[1][2]};
        for (int k = 0; k < 6; ++k) {
            virial[k] += voigt[k];
        }
    }
}

}  // namespace LAMMPS_NS
