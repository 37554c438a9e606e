#include "fibonaqi/atoms/species.hpp"

#include <array>
#include <map>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

struct Element {
    std::string symbol;
    double mass;             // [amu]
    double covalent_radius;  // [angstrom]
};

// Masses: IUPAC 2016 (Meija et al., Pure Appl. Chem. 88, 265), most stable isotope where there is no standard
// value. Radii: Cordero et al., Dalton Trans. 2008, 2832; 0.2 where none is known. Both as ASE has them.
const std::array<Element, largest_atomic_number>& elements() {
    static const std::array<Element, largest_atomic_number> table{{
        {"H", 1.008, 0.31},         {"He", 4.002602, 0.28},    {"Li", 6.94, 1.28},
        {"Be", 9.0121831, 0.96},    {"B", 10.81, 0.84},        {"C", 12.011, 0.76},
        {"N", 14.007, 0.71},        {"O", 15.999, 0.66},       {"F", 18.998403163, 0.57},
        {"Ne", 20.1797, 0.58},      {"Na", 22.98976928, 1.66}, {"Mg", 24.305, 1.41},
        {"Al", 26.9815385, 1.21},   {"Si", 28.085, 1.11},      {"P", 30.973761998, 1.07},
        {"S", 32.06, 1.05},         {"Cl", 35.45, 1.02},       {"Ar", 39.948, 1.06},
        {"K", 39.0983, 2.03},       {"Ca", 40.078, 1.76},      {"Sc", 44.955908, 1.7},
        {"Ti", 47.867, 1.6},        {"V", 50.9415, 1.53},      {"Cr", 51.9961, 1.39},
        {"Mn", 54.938044, 1.39},    {"Fe", 55.845, 1.32},      {"Co", 58.933194, 1.26},
        {"Ni", 58.6934, 1.24},      {"Cu", 63.546, 1.32},      {"Zn", 65.38, 1.22},
        {"Ga", 69.723, 1.22},       {"Ge", 72.63, 1.2},        {"As", 74.921595, 1.19},
        {"Se", 78.971, 1.2},        {"Br", 79.904, 1.2},       {"Kr", 83.798, 1.16},
        {"Rb", 85.4678, 2.2},       {"Sr", 87.62, 1.95},       {"Y", 88.90584, 1.9},
        {"Zr", 91.224, 1.75},       {"Nb", 92.90637, 1.64},    {"Mo", 95.95, 1.54},
        {"Tc", 97.90721, 1.47},     {"Ru", 101.07, 1.46},      {"Rh", 102.9055, 1.42},
        {"Pd", 106.42, 1.39},       {"Ag", 107.8682, 1.45},    {"Cd", 112.414, 1.44},
        {"In", 114.818, 1.42},      {"Sn", 118.71, 1.39},      {"Sb", 121.76, 1.39},
        {"Te", 127.6, 1.38},        {"I", 126.90447, 1.39},    {"Xe", 131.293, 1.4},
        {"Cs", 132.90545196, 2.44}, {"Ba", 137.327, 2.15},     {"La", 138.90547, 2.07},
        {"Ce", 140.116, 2.04},      {"Pr", 140.90766, 2.03},   {"Nd", 144.242, 2.01},
        {"Pm", 144.91276, 1.99},    {"Sm", 150.36, 1.98},      {"Eu", 151.964, 1.98},
        {"Gd", 157.25, 1.96},       {"Tb", 158.92535, 1.94},   {"Dy", 162.5, 1.92},
        {"Ho", 164.93033, 1.92},    {"Er", 167.259, 1.89},     {"Tm", 168.93422, 1.9},
        {"Yb", 173.054, 1.87},      {"Lu", 174.9668, 1.87},    {"Hf", 178.49, 1.75},
        {"Ta", 180.94788, 1.7},     {"W", 183.84, 1.62},       {"Re", 186.207, 1.51},
        {"Os", 190.23, 1.44},       {"Ir", 192.217, 1.41},     {"Pt", 195.084, 1.36},
        {"Au", 196.966569, 1.36},   {"Hg", 200.592, 1.32},     {"Tl", 204.38, 1.45},
        {"Pb", 207.2, 1.46},        {"Bi", 208.9804, 1.48},    {"Po", 208.98243, 1.4},
        {"At", 209.98715, 1.5},     {"Rn", 222.01758, 1.5},    {"Fr", 223.01974, 2.6},
        {"Ra", 226.02541, 2.21},    {"Ac", 227.02775, 2.15},   {"Th", 232.0377, 2.06},
        {"Pa", 231.03588, 2.0},     {"U", 238.02891, 1.96},    {"Np", 237.04817, 1.9},
        {"Pu", 244.06421, 1.87},    {"Am", 243.06138, 1.8},    {"Cm", 247.07035, 1.69},
        {"Bk", 247.07031, 0.2},     {"Cf", 251.07959, 0.2},    {"Es", 252.083, 0.2},
        {"Fm", 257.09511, 0.2},     {"Md", 258.09843, 0.2},    {"No", 259.101, 0.2},
        {"Lr", 262.11, 0.2},        {"Rf", 267.122, 0.2},      {"Db", 268.126, 0.2},
        {"Sg", 271.134, 0.2},       {"Bh", 270.133, 0.2},      {"Hs", 269.1338, 0.2},
        {"Mt", 278.156, 0.2},       {"Ds", 281.165, 0.2},      {"Rg", 281.166, 0.2},
        {"Cn", 285.177, 0.2},       {"Nh", 286.182, 0.2},      {"Fl", 289.19, 0.2},
        {"Mc", 289.194, 0.2},       {"Lv", 293.204, 0.2},      {"Ts", 293.208, 0.2},
        {"Og", 294.214, 0.2},
    }};
    return table;
}

const Element& element(int atomic_number) {
    FIBONAQI_EXPECT(atomic_number >= 1 && atomic_number <= largest_atomic_number);
    return elements()[static_cast<std::size_t>(atomic_number - 1)];
}

std::map<std::string, int, std::less<>> numbers_by_symbol() {
    std::map<std::string, int, std::less<>> numbers;
    for (int number = 1; number <= largest_atomic_number; ++number) {
        numbers[element(number).symbol] = number;
    }
    return numbers;
}

}  // namespace

std::optional<int> atomic_number(std::string_view symbol) {
    static const std::map<std::string, int, std::less<>> numbers = numbers_by_symbol();
    const auto found = numbers.find(symbol);
    return found == numbers.end() ? std::nullopt : std::optional<int>(found->second);
}

std::vector<int> atomic_numbers_of(const std::vector<std::string>& symbols, const std::string& where) {
    std::vector<int> numbers;
    for (const std::string& name : symbols) {
        const std::optional<int> number = atomic_number(name);
        if (!number) {
            std::vector<std::string> known;
            for (int z = 1; z <= largest_atomic_number; ++z) {
                known.push_back(symbol(z));
            }
            const std::string nearest = nearest_name(name, known);
            throw ConfigError(
                where + ": no element has the symbol '" + name + "'" +
                (nearest.empty() ? " write them like Si,O" : " did you mean '" + nearest + "'?"));
        }
        numbers.push_back(*number);
    }
    return numbers;
}

const std::string& symbol(int atomic_number) {
    return element(atomic_number).symbol;
}

double atomic_mass(int atomic_number) {
    return element(atomic_number).mass;
}

double covalent_radius(int atomic_number) {
    return element(atomic_number).covalent_radius;
}

}  // namespace fibonaqi
