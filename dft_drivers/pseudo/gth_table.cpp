#include <cmath>
#include <numbers>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/pseudo/functional.hpp"
#include "dft_drivers/pseudo/gth.hpp"

namespace fibonaqi::pseudo {
namespace {

constexpr double hartree_in_rydberg = 2.0;

// r_i = exp(first + i step) / Z: the mesh that pw.x's own generator has by default.
constexpr double mesh_first = -7.0, mesh_step = 0.0125, mesh_end_bohr = 30.0;

void set_mesh(RadialTable& table, int charge) {
    auto points = 1 + static_cast<std::size_t>((std::log(charge * mesh_end_bohr) - mesh_first) / mesh_step);
    points += 1 - points % 2;
    for (std::size_t i = 0; i < points; ++i) {
        const double r = std::exp(mesh_first + mesh_step * static_cast<double>(i)) / charge;
        table.radius.push_back(r);
        table.weight.push_back(mesh_step * r);
    }
}

// Eq. 1 of the paper of 1996 [Ha].
double local_at(const GthPotential& potential, double r) {
    const double x = r / potential.local_radius;
    double polynomial = 0.0;
    double power = 1.0;
    for (const double term : potential.local) {
        polynomial += term * power;
        power *= x * x;
    }
    return -potential.valence / r * std::erf(x / std::numbers::sqrt2) + std::exp(-0.5 * x * x) * polynomial;
}

// r p_i(r) of eq. 3, normalised to 1; `index` counts from 0.
std::vector<double> projector(const std::vector<double>& radius, double width, int l, int index) {
    const double half_power = l + (4 * index + 3) / 2.0;
    const double norm =
        std::numbers::sqrt2 / (std::pow(width, half_power) * std::sqrt(std::tgamma(half_power)));
    std::vector<double> values;
    for (const double r : radius) {
        const double x = r / width;
        values.push_back(norm * std::pow(r, l + 2 * index + 1) * std::exp(-0.5 * x * x));
    }
    return values;
}

// Fills projectors and their couplings, which are zero between channels.
void set_projectors(const GthPotential& potential, RadialTable& table) {
    std::size_t count = 0;
    for (const GthChannel& channel : potential.channels) {
        count += channel.couplings.size();
    }
    table.coupling.assign(count * count, 0.0);
    for (std::size_t l = 0; l < potential.channels.size(); ++l) {
        const GthChannel& channel = potential.channels[l];
        const std::size_t first = table.projectors.size();
        for (std::size_t i = 0; i < channel.couplings.size(); ++i) {
            table.projectors.push_back(
                {static_cast<int>(l),
                 projector(table.radius, channel.radius, static_cast<int>(l), static_cast<int>(i))});
            for (std::size_t j = 0; j < channel.couplings.size(); ++j) {
                table.coupling[(first + i) * count + first + j] =
                    hartree_in_rydberg * channel.couplings[i][j];
            }
        }
    }
}

}  // namespace

RadialTable tabulated(const GthPotential& potential) {
    const Functional& functional = functional_of_gth(potential.names.at(0));
    if (functional.upf.empty()) {
        throw ConfigError("potential '" + potential.names.at(0) + "': pw.x has no functional " +
                          functional.name + " (a UPF file could not name it) write it as .gth, for ABINIT");
    }
    const int charge = atomic_number(potential.element).value();
    RadialTable table;
    table.element = potential.element;
    table.functional = functional.upf;
    table.title = potential.element + " " + potential.names[0];
    table.source = "parameters of Goedecker, Teter and Hutter in the list of CP2K";
    table.valence = potential.valence;
    table.is_local_a_channel = false;
    set_mesh(table, charge);
    for (const double r : table.radius) {
        table.local.push_back(hartree_in_rydberg * local_at(potential, r));
    }
    set_projectors(potential, table);
    table.atom_density = gaussian_density(table.radius, potential.valence, charge <= 2 ? 0.5 : 0.6);
    return table;
}

}  // namespace fibonaqi::pseudo
