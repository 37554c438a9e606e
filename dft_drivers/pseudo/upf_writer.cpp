#include "dft_drivers/pseudo/upf_writer.hpp"

#include <algorithm>
#include <charconv>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::pseudo {
namespace {

// Below this [bohr^-1/2] a projector adds nothing that doubles could keep.
constexpr double smallest_projector = 1.0e-13;

std::string number(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 16).ptr};
}

std::string attribute(const std::string& name, const std::string& value) {
    return " " + name + "=\"" + value + "\"";
}

std::string attribute(const std::string& name, std::size_t value) {
    return attribute(name, std::to_string(value));
}

// Titles come out of files: they must not open a tag or close a quotation.
std::string harmless(std::string text) {
    for (char& letter : text) {
        const bool is_harmful = std::string("<>&\"").find(letter) != std::string::npos;
        letter = is_harmful || static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
    }
    return text;
}

std::string table(const std::string& tag, const std::vector<double>& values,
                  const std::string& attributes = "") {
    std::string text = "<" + tag + attribute("type", "real") + attribute("size", values.size()) +
                       attribute("columns", 4) + attributes + ">\n";
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += number(values[i]) + (i % 4 == 3 || i + 1 == values.size() ? "\n" : " ");
    }
    return text + "</" + tag + ">\n";
}

int largest_angular_momentum(const RadialTable& potential) {
    int largest = 0;
    for (const Projector& projector : potential.projectors) {
        largest = std::max(largest, projector.angular_momentum);
    }
    return largest;
}

std::string header(const RadialTable& potential) {
    std::string text = "<PP_HEADER" + attribute("generated", "FIBonAQi, " + harmless(potential.source)) +
                       attribute("author", "see PP_INFO") + attribute("date", "") +
                       attribute("comment", harmless(potential.title)) +
                       attribute("element", potential.element) + attribute("pseudo_type", "NC") +
                       attribute("relativistic", "scalar");
    for (const char* absent :
         {"is_ultrasoft", "is_paw", "is_coulomb", "has_so", "has_wfc", "has_gipaw", "paw_as_gipaw"}) {
        text += attribute(absent, "F");
    }
    text += attribute("core_correction", potential.core_density.empty() ? "F" : "T") +
            attribute("functional", potential.functional) + attribute("z_valence", number(potential.valence));
    for (const char* unknown : {"total_psenergy", "wfc_cutoff", "rho_cutoff"}) {
        text += attribute(unknown, number(0.0));
    }
    return text + attribute("l_max", std::to_string(largest_angular_momentum(potential))) +
           attribute("l_max_rho", "0") + attribute("l_local", potential.is_local_a_channel ? "-1" : "-3") +
           attribute("mesh_size", potential.radius.size()) + attribute("number_of_wfc", "0") +
           attribute("number_of_proj", potential.projectors.size()) + "/>\n";
}

std::string nonlocal(const RadialTable& potential) {
    const std::size_t points = projector_points(potential, smallest_projector);
    std::string text = "<PP_NONLOCAL>\n";
    for (std::size_t i = 0; i < potential.projectors.size(); ++i) {
        const Projector& projector = potential.projectors[i];
        text += table("PP_BETA." + std::to_string(i + 1), projector.values,
                      attribute("index", i + 1) +
                          attribute("angular_momentum", std::to_string(projector.angular_momentum)) +
                          attribute("cutoff_radius_index", points) +
                          attribute("cutoff_radius", number(potential.radius[points - 1])) +
                          attribute("ultrasoft_cutoff_radius", number(0.0)));
    }
    return text + table("PP_DIJ", potential.coupling) + "</PP_NONLOCAL>\n";
}

void expect_whole(const RadialTable& potential) {
    const std::size_t mesh = potential.radius.size();
    const std::size_t projectors = potential.projectors.size();
    FIBONAQI_EXPECT(mesh % 2 == 1);
    FIBONAQI_EXPECT(potential.weight.size() == mesh && potential.local.size() == mesh &&
                    potential.atom_density.size() == mesh);
    FIBONAQI_EXPECT(potential.coupling.size() == projectors * projectors);
}

}  // namespace

std::string upf_text(const RadialTable& potential) {
    expect_whole(potential);
    const int charge = atomic_number(potential.element).value_or(0);
    std::string text = "<UPF version=\"2.0.1\">\n<PP_INFO>\n " + harmless(potential.title) + "\n " +
                       harmless(potential.source) + "\n</PP_INFO>\n" + header(potential);
    text += "<PP_MESH" + attribute("mesh", potential.radius.size()) +
            attribute("rmax", number(potential.radius.back())) + attribute("zmesh", number(charge)) + ">\n" +
            table("PP_R", potential.radius) + table("PP_RAB", potential.weight) + "</PP_MESH>\n";
    if (!potential.core_density.empty()) {
        text += table("PP_NLCC", potential.core_density);
    }
    return text + table("PP_LOCAL", potential.local) + nonlocal(potential) + "<PP_PSWFC>\n</PP_PSWFC>\n" +
           table("PP_RHOATOM", potential.atom_density) + "</UPF>\n";
}

}  // namespace fibonaqi::pseudo
