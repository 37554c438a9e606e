#include <charconv>

#include "fibonaqi/atoms/species.hpp"

#include "dft_drivers/pseudo/functional.hpp"
#include "dft_drivers/pseudo/gth.hpp"

namespace fibonaqi::pseudo {
namespace {

std::string number(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string row(const std::vector<double>& values, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < values.size(); ++i) {
        text += " " + number(values[i]);
    }
    return text;
}

// The upper triangle of h; for l > 0 also that of the spin-orbit part k, which these potentials lack.
std::string channel_text(const GthChannel& channel, std::size_t l) {
    const std::size_t count = channel.couplings.size();
    std::string text = number(channel.radius) + " " + std::to_string(count);
    for (std::size_t i = 0; i < count; ++i) {
        text += row(channel.couplings[i], i) + "\n";
    }
    text += count == 0 ? "\n" : "";
    for (std::size_t i = 0; l > 0 && i < count; ++i) {
        text += row(std::vector<double>(count, 0.0), i) + "\n";
    }
    return text;
}

}  // namespace

std::string abinit_text(const GthPotential& potential) {
    const int functional = functional_of_gth(potential.names.at(0)).abinit.front();
    const std::size_t channels = potential.channels.size();
    const std::size_t largest_l = channels == 0 ? 0 : channels - 1;
    std::string text = potential.element + " " + potential.names[0] +
                       ": parameters of Goedecker, Teter and Hutter in the list of CP2K\n";
    text += std::to_string(atomic_number(potential.element).value()) + " " +
            std::to_string(potential.valence) + " 0  zatom zion pspdat\n";
    text += "10 " + std::to_string(functional) + " " + std::to_string(largest_l) +
            " 0 2002 0  pspcod pspxc lmax lloc mmax r2well\n";
    text += number(potential.local_radius) + " " + std::to_string(potential.local.size()) +
            row(potential.local, 0) + "\n" + std::to_string(channels) + "\n";
    for (std::size_t l = 0; l < channels; ++l) {
        text += channel_text(potential.channels[l], l);
    }
    // ABINIT reads one channel even where there is none.
    return channels == 0 ? text + "0.1 0\n" : text;
}

}  // namespace fibonaqi::pseudo
