#include "dft_drivers/pseudo/functional.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi::pseudo {
namespace {

// Names of pw.x: Modules/funct.f90. Numbers of ABINIT: its variable ixc; below 0 they are -(exchange * 1000 +
// correlation) of libxc. LDA of GTH potentials is Teter's Pade form; pw.x has no such thing and gets Perdew
// and Wang's, which that form is a fit to.
const std::vector<Functional>& functionals() {
    static const std::vector<Functional> list{
        {"PBE", "SLA PW PBX PBC", {11, -101130}},     {"LDA", "SLA PW NOGX NOGC", {1, 7, -1012}},
        {"BLYP", "SLA LYP B88 BLYP", {-106131}},      {"PBESol", "SLA PW PSX PSC", {-116133}},
        {"BP", "SLA PZ B88 P86", {-106132}},          {"OLYP", "NOX LYP OPTX BLYP", {-110131}},
        {"HCTH120", "NOX NOC HCTH HCTH", {17, -162}}, {"HCTH407", "", {27, -164}},
    };
    return list;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Functional& functional : functionals()) {
        all.push_back(functional.name);
    }
    return all;
}

}  // namespace

const Functional& functional_of_gth(const std::string& potential_name) {
    const std::size_t start = potential_name.find('-') + 1;  // 0 where there is no hyphen
    std::string name = potential_name.substr(start, potential_name.find('-', start) - start);
    name = name == "PADE" ? "LDA" : name;
    for (const Functional& functional : functionals()) {
        if (start > 0 && functional.name == name) {
            return functional;
        }
    }
    throw ConfigError("potential '" + potential_name +
                      "': its name tells no known functional (GTH-<functional>-q<electrons> does);" +
                      suggestion(name, names()));
}

const Functional& functional_of_abinit(int pspxc) {
    for (const Functional& functional : functionals()) {
        if (std::find(functional.abinit.begin(), functional.abinit.end(), pspxc) != functional.abinit.end()) {
            return functional;
        }
    }
    throw ConfigError("pspxc " + std::to_string(pspxc) +
                      " is no functional that can be told in a UPF file (it would be computed with the wrong "
                      "one) take a pseudopotential for PBE (11) or LDA (-1012)");
}

}  // namespace fibonaqi::pseudo
