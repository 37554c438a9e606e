// Part of FIBonAQi, MIT licence (see LICENSE). It derives from a class of LAMMPS: a binary that links LAMMPS
// is, as a combined work, under the GPL-2.0.
#include "lammps_plugin/fix_fibonaqi.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "lammps_plugin/harvest.hpp"
#include "lammps_plugin/pair_fibonaqi.h"
#include "lammps_plugin/pair_model.hpp"
#include "lammps_plugin/style_services.hpp"
#include "update.h"

using fibonaqi::Mat3;
using fibonaqi::Vec3;
using fibonaqi::lammps::HarvestOptions;
using fibonaqi::lammps::MdFrame;
using fibonaqi::lammps::PairModel;
using fibonaqi::lammps::services_of;
using fibonaqi::lammps::StepMeasures;

namespace LAMMPS_NS {

namespace {

HarvestOptions options_from(LAMMPS* lmp, int narg, char** arg) {
    HarvestOptions options;
    for (int i = 3; i < narg; i += 2) {
        const std::string keyword = arg[i];
        if (i + 1 == narg) {
            lmp->error->all(FLERR, "fix fibonaqi: keyword '" + keyword + "' has no value");
        }
        const auto whole = [&] { return utils::bnumeric(FLERR, arg[i + 1], false, lmp); };
        const auto real = [&] { return utils::numeric(FLERR, arg[i + 1], false, lmp); };
        if (keyword == "every") {
            options.every_steps = whole();
        } else if (keyword == "first") {
            options.first_step = whole();
        } else if (keyword == "safe") {
            options.safe_frames = utils::inumeric(FLERR, arg[i + 1], false, lmp);
        } else if (keyword == "max_force") {
            options.limits.max_force = real();
        } else if (keyword == "min_distance") {
            options.limits.min_distance_scale = real();
        } else if (keyword == "max_temperature") {
            options.limits.max_temperature = real();
        } else {
            lmp->error->all(FLERR,
                            "fix fibonaqi: unknown keyword '" + keyword +
                                "' known: every, first, safe, max_force, min_distance, max_temperature");
        }
    }
    if (options.every_steps < 1 || options.first_step < 0 || options.safe_frames < 0) {
        lmp->error->all(FLERR, "fix fibonaqi: every must be 1 or more, first and safe 0 or more");
    }
    return options;
}

bool is_finite(const double* x) {
    return std::isfinite(x[0]) && std::isfinite(x[1]) && std::isfinite(x[2]);
}

double norm(const Vec3& v) {
    return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

}  // namespace

// Whoever listens may fail (a full disk): that, too, reaches LAMMPS as an error of its own.
template <class Function>
void FixFibonaqi::hand_on(Function&& function) {
    std::string problem;
    try {
        function();
    } catch (const std::exception& exception) {
        problem = exception.what();
    }
    if (!problem.empty()) {
        error->all(FLERR, "fix fibonaqi: " + problem);
    }
}

FixFibonaqi::FixFibonaqi(LAMMPS* lammps, int narg, char** arg)
    : Fix(lammps, narg, arg), measures_(std::make_unique<StepMeasures>()) {
    scalar_flag = vector_flag = 1;
    size_vector = 3;
    global_freq = 1;
    extscalar = extvector = 0;
    nevery = 1;
    if (igroup != 0) {
        error->all(FLERR,
                   "fix fibonaqi works on all atoms (a model's frame is the whole system) use group all");
    }
    const auto* services = services_of(lmp);
    if (services == nullptr || !services->open_harvest) {
        error->all(FLERR, "fix fibonaqi has nowhere to put its frames (no program asked for them)");
    }
    harvest_ = services->open_harvest(options_from(lmp, narg, arg));
}

FixFibonaqi::~FixFibonaqi() = default;

int FixFibonaqi::setmask() {
    return FixConst::POST_FORCE | FixConst::END_OF_STEP;
}

void FixFibonaqi::init() {
    pair_ = dynamic_cast<PairFibonaqi*>(force->pair_match("fibonaqi", 1));
    if (pair_ == nullptr) {
        error->all(FLERR, "fix fibonaqi needs pair_style fibonaqi (frames carry the model's forces)");
    }
    if (utils::strmatch(update->integrate_style, "^respa")) {
        error->all(FLERR, "fix fibonaqi does not work with run_style respa use run_style verlet");
    }
}

void FixFibonaqi::setup(int vflag) {
    post_force(vflag);
}

// Before the forces move anything: fixes that meet a NaN (barostats) would end the run with an error of their
// own.
void FixFibonaqi::post_force(int /*vflag*/) {
    if (pair_->model()->graph().atoms().size() != static_cast<std::size_t>(atom->nlocal)) {
        error->all(FLERR,
                   "fix fibonaqi: some atoms are not the model's (NULL in pair_coeff) give every type an "
                   "element");
    }
    measure();
    stop_if_insane();
}

// Positions, velocities and forces are of the same time here.
void FixFibonaqi::end_of_step() {
    measure_temperature();
    stop_if_insane();
    const bool is_wanted = harvest_->wants(measures_->step) || update->ntimestep == update->laststep;
    hand_on([&] {
        if (is_wanted) {
            harvest_->add(frame());
        }
        harvest_->advance(*measures_);
    });
}

void FixFibonaqi::stop_if_insane() {
    if (const auto event = harvest_->judge(*measures_)) {
        hand_on([&] { harvest_->stop(*event); });
        error->all(FLERR, "fix fibonaqi stopped the run at " + event->message);
    }
}

void FixFibonaqi::measure() {
    const PairModel& model = *pair_->model();
    StepMeasures now;
    now.step = static_cast<long>(update->ntimestep);
    now.is_finite = std::isfinite(model.prediction().energy);
    for (const Vec3& f : model.prediction().forces) {
        now.is_finite = now.is_finite && is_finite(f.data());
        now.max_force = std::max(now.max_force, norm(f));
    }
    for (int i = 0; i < atom->nlocal; ++i) {
        now.is_finite = now.is_finite && is_finite(atom->x[i]);
    }
    now.shortest_distance = model.graph().closeness().distance;
    now.shortest_scaled = model.graph().closeness().scaled;
    now.energy_per_atom = model.prediction().energy / std::max(1, atom->nlocal);
    *measures_ = now;
    measure_temperature();
}

// As compute temp of LAMMPS: 3N - 3 degrees of freedom. During post_force the velocities are half a step
// behind.
void FixFibonaqi::measure_temperature() {
    double twice_kinetic = 0.0;
    for (int i = 0; i < atom->nlocal; ++i) {
        const double* v = atom->v[i];
        const double mass = atom->rmass != nullptr ? atom->rmass[i] : atom->mass[atom->type[i]];
        twice_kinetic += mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    }
    const double freedom = 3.0 * std::max(1, atom->nlocal - 1);
    measures_->temperature = twice_kinetic * force->mvv2e / (freedom * force->boltz);
}

MdFrame FixFibonaqi::frame() {
    const PairModel& model = *pair_->model();
    const std::vector<int>& atoms = model.graph().atoms();
    std::vector<std::size_t> order(atoms.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return atom->tag[atoms[a]] < atom->tag[atoms[b]]; });
    MdFrame result;
    result.measures = *measures_;
    result.time = static_cast<double>(update->ntimestep) * update->dt;
    result.structure.cell = Mat3{
        {{domain->xprd, 0.0, 0.0}, {domain->xy, domain->yprd, 0.0}, {domain->xz, domain->yz, domain->zprd}}};
    result.structure.pbc = {domain->xperiodic != 0, domain->yperiodic != 0, domain->zperiodic != 0};
    result.prediction.energy = model.prediction().energy;
    result.prediction.stress = model.prediction().stress;
    for (const std::size_t k : order) {
        const int i = atoms[k];
        Vec3 position{};
        domain->unmap(atom->x[i], atom->image[i], position.data());
        result.structure.positions.push_back(position);
        result.structure.atomic_numbers.push_back(model.graph().graph().atomic_numbers[k]);
        result.velocities.push_back({atom->v[i][0], atom->v[i][1], atom->v[i][2]});
        result.prediction.forces.push_back(model.prediction().forces[k]);
        result.prediction.node_energy.push_back(model.prediction().node_energy[k]);
    }
    return result;
}

double FixFibonaqi::compute_scalar() {
    return static_cast<double>(harvest_->candidates());
}

double FixFibonaqi::compute_vector(int n) {
    const double values[3] = {measures_->max_force, measures_->shortest_distance, measures_->shortest_scaled};
    return values[n];
}

}  // namespace LAMMPS_NS
