#include "dft_drivers/pseudo/psp8.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/pseudo/functional.hpp"
#include "dft_drivers/pseudo/text_file.hpp"

namespace fibonaqi::pseudo {
namespace {

constexpr double hartree_in_rydberg = 2.0;
constexpr int largest_l = 4, most_points = 100000;

struct Header {
    std::string title;
    int charge = 0;
    double valence = 0.0;
    int functional = 0, largest_l = 0, local_l = 0;
    std::size_t points = 0;
    bool has_core = false, has_density = false;
    std::vector<int> projectors;  // per angular momentum
};

Header read_header(TextFile& file) {
    Header header;
    header.title = file.line();
    const std::vector<double> charges = file.numbers(2);
    header.charge = static_cast<int>(std::lround(charges[0]));
    header.valence = charges[1];
    const std::vector<int> code = file.integers(5);
    if (code[0] != 8) {
        file.refuse("pspcod is " + std::to_string(code[0]) + " (only 8 is a psp8 file) give another file");
    }
    header.functional = code[1];
    header.largest_l = code[2];
    header.local_l = code[3];
    if (header.charge < 1 || header.charge > largest_atomic_number || !(header.valence > 0.0) ||
        code[2] < 0 || code[2] > largest_l || code[3] < 0 || code[3] > largest_l || code[4] < 10 ||
        code[4] > most_points) {
        file.refuse("the header has impossible numbers (the file is damaged) fetch it again");
    }
    header.points = static_cast<std::size_t>(code[4]);
    header.has_core = file.numbers(2)[1] > 0.0;
    header.projectors = file.integers(static_cast<std::size_t>(header.largest_l) + 1);
    const int extension = file.integers(1)[0];
    if (extension > 1) {
        throw ConfigError("'" + file.name() +
                          "' has spin-orbit coupling (labels are made without it) take a "
                          "scalar-relativistic pseudopotential");
    }
    header.has_density = extension == 1;
    return header;
}

// One table: rows "number r value value ...".
struct Block {
    std::vector<double> radius;
    std::vector<std::vector<double>> columns;
};

Block read_block(TextFile& file, std::size_t points, std::size_t columns) {
    Block block;
    block.columns.resize(columns);
    for (std::size_t i = 0; i < points; ++i) {
        const std::vector<double> row = file.numbers(2 + columns);
        if (row[0] != static_cast<double>(i + 1)) {
            file.refuse("row " + std::to_string(i + 1) + " of a table is missing (the file is damaged)");
        }
        block.radius.push_back(row[1]);
        for (std::size_t column = 0; column < columns; ++column) {
            block.columns[column].push_back(row[2 + column]);
        }
    }
    return block;
}

// Also sees to it that all tables have the same, even spacing from 0 on.
void take_mesh(const TextFile& file, const Block& block, RadialTable& table) {
    const double step = block.radius[1];
    for (std::size_t i = 0; i < block.radius.size(); ++i) {
        if (!(step > 0.0) || std::abs(block.radius[i] - step * static_cast<double>(i)) > 1.0e-6) {
            file.refuse("the mesh is not even (the file is damaged) fetch it again");
        }
    }
    table.radius = block.radius;
    table.weight.assign(block.radius.size(), step);
}

void read_projectors(TextFile& file, const Header& header, const std::vector<double>& head,
                     RadialTable& table, std::vector<double>& energies) {
    const auto l = static_cast<std::size_t>(head[0]);
    const auto count = static_cast<std::size_t>(header.projectors[l]);
    if (head.size() < 1 + count) {
        file.refuse("has fewer energies than projectors (the file is damaged) fetch it again");
    }
    Block block = read_block(file, header.points, count);
    take_mesh(file, block, table);
    for (std::size_t i = 0; i < count; ++i) {
        table.projectors.push_back({static_cast<int>(l), std::move(block.columns[i])});
        energies.push_back(head[1 + i]);
    }
}

// The tables of all angular momenta that have projectors, and the local one, in whatever order.
void read_potentials(TextFile& file, const Header& header, RadialTable& table) {
    std::set<int> missing{header.local_l};
    for (int l = 0; l <= header.largest_l; ++l) {
        if (header.projectors[static_cast<std::size_t>(l)] > 0) {
            missing.insert(l);
        }
    }
    std::vector<double> energies;
    while (!missing.empty()) {
        const std::vector<double> head = file.numbers(1);
        const auto found = std::find_if(missing.begin(), missing.end(), [&](int l) { return l == head[0]; });
        if (found == missing.end()) {
            file.refuse("no table was expected here (the file is damaged) fetch it again");
        }
        if (*found == header.local_l) {
            const Block block = read_block(file, header.points, 1);
            take_mesh(file, block, table);
            for (const double value : block.columns[0]) {
                table.local.push_back(hartree_in_rydberg * value);
            }
        } else {
            read_projectors(file, header, head, table, energies);
        }
        missing.erase(found);
    }
    table.coupling.assign(energies.size() * energies.size(), 0.0);
    for (std::size_t i = 0; i < energies.size(); ++i) {
        table.coupling[i * energies.size() + i] = hartree_in_rydberg * energies[i];
    }
}

// The file has 4 pi rho(r); UPF wants 4 pi r^2 rho(r), with as many electrons as the potential.
std::vector<double> atom_density(const RadialTable& table, const std::vector<double>& in_file) {
    std::vector<double> density;
    for (std::size_t i = 0; i < in_file.size(); ++i) {
        density.push_back(in_file[i] * table.radius[i] * table.radius[i]);
    }
    const double electrons = std::accumulate(density.begin(), density.end(), 0.0) * table.weight[0];
    if (!(electrons > 0.0)) {
        return gaussian_density(table.radius, table.valence, std::numbers::sqrt2 / 2.0);
    }
    for (double& value : density) {
        value *= table.valence / electrons;
    }
    return density;
}

void drop_last_point(RadialTable& table) {
    for (std::vector<double>* values : {&table.radius, &table.weight, &table.local, &table.atom_density}) {
        values->pop_back();
    }
    for (Projector& projector : table.projectors) {
        projector.values.pop_back();
    }
    if (!table.core_density.empty()) {
        table.core_density.pop_back();
    }
}

}  // namespace

RadialTable read_psp8(const std::filesystem::path& path) {
    TextFile file(path);
    const Header header = read_header(file);
    RadialTable table;
    table.element = symbol(header.charge);
    table.functional = functional_of_abinit(header.functional).upf;
    table.title = header.title;
    table.source = "a psp8 file of ABINIT";
    table.valence = header.valence;
    read_potentials(file, header, table);
    if (header.has_core) {
        const Block core = read_block(file, header.points, 1);
        for (const double value : core.columns[0]) {
            table.core_density.push_back(value / (4.0 * std::numbers::pi));
        }
    }
    const std::vector<double> density = header.has_density ? read_block(file, header.points, 1).columns[0]
                                                           : std::vector<double>(header.points, 0.0);
    table.atom_density = atom_density(table, density);
    if (header.points % 2 == 0) {
        drop_last_point(table);
    }
    return table;
}

std::filesystem::path find_psp8(const std::filesystem::path& folder, const std::string& element) {
    std::error_code error;
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".psp8") {
            names.insert(entry.path().filename().string());
        }
    }
    if (error) {
        throw FileError("'" + folder.string() + "' cannot be read (" + error.message() +
                        ") install it (Debian: abinit-data) or give another folder");
    }
    if (names.contains(element + ".psp8")) {
        return folder / (element + ".psp8");
    }
    const auto longer = names.lower_bound(element + "-");
    if (longer != names.end() && longer->starts_with(element + "-")) {
        return folder / *longer;
    }
    std::string known;
    for (const std::string& name : names) {
        known += (known.empty() ? "" : ", ") + name.substr(0, name.find_first_of("-."));
    }
    throw ConfigError("'" + folder.string() + "' has no pseudopotential for '" + element +
                      "' (it has: " + known + ") take another folder, or 'fibonaqi pseudo gth'");
}

}  // namespace fibonaqi::pseudo
