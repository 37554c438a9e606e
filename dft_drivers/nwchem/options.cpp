#include "dft_drivers/nwchem/options.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/config_schema.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::nwchem {
namespace {

namespace fs = std::filesystem;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({"nwchem"});
        const std::vector<ConfigKey> own{
            object("basis", Json(),
                   "per element the name of a basis set: {\"O\": \"6-31g*\", \"H\": \"6-31g*\"}")
                .required(),
            text("basis_library", "/usr/share/nwchem/libraries",
                 "folder of the basis sets, in NWChem's format"),
            text("functions", "spherical", "of d and higher shells").one_of({"spherical", "cartesian"}),
            text("xc", Json(), "as after xc in NWChem's input: \"xpbe96 cpbe96\", \"b3lyp\"").required(),
            text("grid", "fine", "of the integration of the functional").one_of(grids()),
            number("convergence_energy", 1.0e-9, "[hartree]").above(0.0),
            number("convergence_density", 1.0e-8, "of the density matrix").above(0.0),
            number("convergence_gradient", 1.0e-7, "of the energy with respect to orbitals").above(0.0),
            integer("multiplicity", 1, "2 S + 1 of structures that come without one").at_least(1),
            list(ConfigKind::texts, "dft", Json::array(),
                 "more lines of the block dft, such as \"disp vdw 3\""),
            integer("iterations", 60, "of the self-consistent field, at most").between(1, 100000),
            integer("memory_MB", 400, "of each process").at_least(40),
        };
        keys.insert(keys.end(), own.begin(), own.end());
        return ConfigSchema("NWChem", keys);
    }();
    return table;
}

// Nothing that ends a line of input or starts another: ";" does both.
bool is_one_line(const std::string& text) {
    return !trimmed(text).empty() && text.find_first_of(";\n\r\"\\#") == std::string::npos;
}

std::map<std::string, std::string> read_basis(const Json& given) {
    std::map<std::string, std::string> basis;
    for (const auto& [symbol, name] : given.items()) {
        if (!atomic_number(symbol)) {
            refuse_key("basis." + symbol, "is not a chemical symbol");
        }
        if (!name.is_string() || !is_one_line(name.get<std::string>())) {
            refuse_key("basis." + symbol, "is not the name of a basis set such as \"6-31g*\"");
        }
        basis[symbol] = name.get<std::string>();
    }
    return basis;
}

// Words that start a line of the block dft, and the key that says it instead. NWChem takes "iter" for
// "iterations".
void check_dft(const Json& lines) {
    static const std::array<std::pair<const char*, const char*>, 10> owned{
        {{"xc", "driver.xc"},
         {"grid", "driver.grid"},
         {"convergence", "driver.convergence_energy"},
         {"iterations", "driver.iterations"},
         {"mult", "driver.multiplicity"},
         {"odft", "driver.multiplicity"},
         {"tolerances", "always tight"},
         {"vectors", "it writes that itself"},
         {"noprint", "it reads what is printed"},
         {"end", "it writes that itself"}}};
    for (const Json& line : lines) {
        const auto text = line.get<std::string>();
        if (!is_one_line(text)) {
            refuse_key("dft",
                       "'" + trimmed(text) + "' is not one line of NWChem's input (no ; and no quotes)");
        }
        std::string first = words_of(text)[0];
        std::transform(first.begin(), first.end(), first.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        for (const auto& [word, key] : owned) {
            if (std::string_view(word).starts_with(first)) {
                refuse_key("dft", "'" + text + "' is set by the driver (" + key + ") remove it");
            }
        }
    }
}

}  // namespace

Options options_from_json(const Json& config, const fs::path& base) {
    Options options;
    options.values = read_driver_config(schema(), config);
    options.command = command_of(options.values, base);
    options.environment = environment_of(options.values);
    options.basis = read_basis(options.values["basis"]);
    if (!is_one_line(options.text("xc"))) {
        refuse_key("xc", "is not one line of NWChem's input");
    }
    check_dft(options.values["dft"]);
    options.basis_library = absolute_path(base, options.text("basis_library"));
    options.values["command"] = options.command;
    options.values["basis_library"] = options.basis_library.string();
    return options;
}

}  // namespace fibonaqi::nwchem
