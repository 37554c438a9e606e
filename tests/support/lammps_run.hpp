// One structure in LAMMPS, with pair_style fibonaqi or one of LAMMPS's own, for comparisons.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <lammps/library.h>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/lammps/lammps_axes.hpp"
#include "fibonaqi/lammps/lammps_session.hpp"
#include "fibonaqi/model/potential.hpp"

#include "lammps_plugin/harvest.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// Remembers everything; throws from candidate number `fail_at` on (from 1), as a full disk does.
struct RecordingHarvestListener : lammps::HarvestListener {
    void advanced(const lammps::StepMeasures& measures) override { steps.push_back(measures); }
    void candidate(const lammps::MdFrame& frame) override {
        frames.push_back(frame);
        if (fail_at > 0 && static_cast<int>(frames.size()) >= fail_at) {
            throw std::runtime_error("no space left");
        }
    }
    void stopped(const lammps::StopEvent& event) override { events.push_back(event); }

    std::vector<lammps::StepMeasures> steps;
    std::vector<lammps::MdFrame> frames;
    std::vector<lammps::StopEvent> events;
    int fail_at = 0;
};

/// A LAMMPS session with a structure of one element in it. `before` are commands that stand before the box;
/// all atoms are of type 1.
class LammpsRun {
  public:
    explicit LammpsRun(const Structure& structure, std::shared_ptr<Potential> potential = nullptr,
                       const std::vector<std::string>& before = {"units metal"}, int types = 1)
        : axes(structure), session(folder / "log.lammps", lammps::LogMode::begin, services(potential)) {
        commands(before);
        commands({"atom_style atomic", "atom_modify map array"});
        std::string boundary = "boundary";
        for (const bool periodic : axes.pbc()) {
            boundary += periodic ? " p" : " s";
        }
        command(boundary);
        command("box tilt large");
        command(region(structure));
        command("create_box " + std::to_string(types) + " cell");
        command("mass * " + std::to_string(atomic_mass(structure.atomic_numbers.front())));
        std::vector<Vec3> positions;
        for (const Vec3& position : structure.positions) {
            positions.push_back(axes.to_lammps(position));
        }
        session.create_atoms(std::vector<int>(positions.size(), 1), positions, {});
    }

    void command(const std::string& line) { session.command(line); }
    void commands(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            command(line);
        }
    }

    double energy() { return session.thermo("pe"); }

    /// pxx pyy pzz pxy pxz pyz [bar] in LAMMPS's axes.
    std::vector<double> pressure() {
        std::vector<double> values;
        for (const char* name : {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"}) {
            values.push_back(session.thermo(name));
        }
        return values;
    }

    /// Scalar of the fix "harvest", or entry n of its vector (from 0).
    double fix_scalar() { return fix_value(LMP_TYPE_SCALAR, 0); }
    double fix_vector(int n) { return fix_value(LMP_TYPE_VECTOR, n); }

    /// By id, in the axes of the structure. `what` is f, x or v.
    std::vector<Vec3> gather(const std::string& what) {
        const auto n = static_cast<std::size_t>(lammps_get_natoms(session.handle()));
        std::vector<double> flat(3 * n);
        lammps_gather_atoms(session.handle(), what.c_str(), 1, 3, flat.data());
        std::vector<Vec3> rows;
        for (std::size_t i = 0; i < n; ++i) {
            rows.push_back(axes.from_lammps({flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]}));
        }
        return rows;
    }

    TemporaryFolder folder;
    RecordingHarvestListener listener;
    std::shared_ptr<lammps::Harvest> harvest;
    lammps::LammpsAxes axes;
    lammps::LammpsSession session;

  private:
    double fix_value(int kind, int n) {
        auto* value = static_cast<double*>(
            lammps_extract_fix(session.handle(), "harvest", LMP_STYLE_GLOBAL, kind, n, 0));
        const double result = *value;
        lammps_free(value);
        return result;
    }

    lammps::StyleServices services(const std::shared_ptr<Potential>& potential) {
        lammps::StyleServices result;
        result.open_potential = [potential](const std::string&) { return potential; };
        result.open_harvest = [this](const lammps::HarvestOptions& options) {
            return harvest = std::make_shared<lammps::Harvest>(options, listener);
        };
        return result;
    }

    std::string region(const Structure& structure) const {
        std::string line = "region cell prism";
        char text[160];
        for (std::size_t x = 0; x < 3; ++x) {
            double low = 0.0;
            double high = axes.cell()[x][x];
            if (!axes.pbc()[x]) {
                for (const Vec3& position : structure.positions) {
                    low = std::min(low, axes.to_lammps(position)[x] - 1.0);
                    high = std::max(high, axes.to_lammps(position)[x] + 1.0);
                }
            }
            std::snprintf(text, sizeof text, " %.17g %.17g", low, high);
            line += text;
        }
        const Mat3& cell = axes.cell();
        std::snprintf(text, sizeof text, " %.17g %.17g %.17g units box", cell[1][0], cell[2][0], cell[2][1]);
        return line + text;
    }
};

}  // namespace fibonaqi::test
