#include "dft_drivers/cp2k/options.hpp"

#include <algorithm>
#include <cctype>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/config_schema.hpp"

#include "dft_drivers/common/driver_config.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;

std::vector<ConfigKey> physics_keys() {
    using namespace config;
    return {
        object("kinds", Json(),
               "per element the names of basis set and pseudopotential: {\"H\": {\"basis\": "
               "\"DZVP-MOLOPT-SR-GTH\", \"potential\": \"GTH-PBE-q1\"}}, with \"magnetization\" of the first "
               "guess where wanted")
            .required(),
        text("data_dir", "/usr/share/cp2k", "folder of the data files"),
        list(ConfigKind::texts, "basis_files", Json{"BASIS_MOLOPT"}, "files of basis sets").items(1),
        text("potential_file", "GTH_POTENTIALS", "file of pseudopotentials"),
        number("cutoff_Ry", Json(), "of the finest grid").above(0.0).required(),
        number("rel_cutoff_Ry", 60.0, "that decides on which grid a Gaussian goes").above(0.0),
        text("xc", "PBE", "a name of &XC_FUNCTIONAL; empty: input.XC has it all"),
        number("eps_default", 1.0e-12, "precision of integrals; forces get rough above 1e-10").above(0.0),
        number("eps_scf", 1.0e-8, "at which the density or wave function has converged").above(0.0),
        number("smearing_K", 0.0, "electronic temperature (Fermi and Dirac) of metals; 0: none")
            .at_least(0.0),
        integer("added_mos", 0, "empty orbitals, for smearing").at_least(0),
        integer("multiplicity", 1, "2 S + 1 of structures that come without one").at_least(1),
        flag("uks", false, "spin-polarised also where the multiplicity is 1"),
        number("box_A", 0.0, "edge of the cubic box of isolated molecules; 0: none are taken").at_least(0.0),
        text("poisson", "WAVELET", "solver for isolated molecules").one_of({"WAVELET", "MT"}),
        object(
            "input", Json::object(),
            "more of the section &DFT: {\"KPOINTS\": {\"SCHEME\": \"MONKHORST-PACK 2 2 2\"}}; \"_\" is what "
            "stands behind a section's name, a list of objects repeats a section"),
    };
}

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({"cp2k"});
        const std::vector<ConfigKey> physics = physics_keys();
        keys.insert(keys.end(), physics.begin(), physics.end());
        keys.push_back(text("scf_method", "diagonalization",
                            "\"ot\" is faster for large systems with a gap, without smearing")
                           .one_of({"diagonalization", "ot"}));
        keys.push_back(integer("max_scf", 50, "steps of the self-consistent field").at_least(1));
        return ConfigSchema("CP2K", keys);
    }();
    return table;
}

// A word of CP2K's input language: nothing that starts a section, a variable or another line.
bool is_plain(const std::string& text) {
    return text.find_first_of("&@$#!\n\r") == std::string::npos;
}

std::string word_of(const Json& kind, const std::string& path, const char* key) {
    if (!kind.contains(key) || !kind.at(key).is_string()) {
        refuse_key(path, std::string("has no \"") + key + "\" (basis and potential are needed) name both");
    }
    std::string word = kind.at(key).get<std::string>();
    if (word.empty() || !is_plain(word) || word.find_first_of(" \t") != std::string::npos) {
        refuse_key(path + "." + key, "'" + word + "' is not a name (one word as in the data file)");
    }
    return word;
}

std::map<std::string, Kind> read_kinds(const Json& given) {
    std::map<std::string, Kind> kinds;
    for (const auto& [symbol, kind] : given.items()) {
        const std::string path = "kinds." + symbol;
        if (!atomic_number(symbol)) {
            refuse_key(path, "is not a chemical symbol");
        }
        if (!kind.is_object()) {
            refuse_key(path, "is not an object such as {\"basis\": \"...\", \"potential\": \"...\"}");
        }
        for (const auto& [key, value] : kind.items()) {
            if (key != "basis" && key != "potential" && key != "magnetization") {
                refuse_key(path + "." + key, "unknown key (basis, potential and magnetization are known)");
            }
        }
        const Json start = kind.value("magnetization", Json(0.0));
        if (!start.is_number()) {
            refuse_key(path + ".magnetization", "is not a number [Bohr magnetons]");
        }
        kinds[symbol] = {word_of(kind, path, "basis"), word_of(kind, path, "potential"), start.get<double>()};
    }
    return kinds;
}

// What the driver writes itself, and where else it is said.
const std::map<std::string, std::string>& owned_sections() {
    static const std::map<std::string, std::string> owned{
        {"CHARGE", "it comes with each structure"},
        {"MULTIPLICITY", "driver.multiplicity"},
        {"UKS", "driver.uks"},
        {"LSD", "driver.uks"},
        {"SPIN_POLARIZED", "driver.uks"},
        {"BASIS_SET_FILE_NAME", "driver.basis_files"},
        {"POTENTIAL_FILE_NAME", "driver.potential_file"},
        {"WFN_RESTART_FILE_NAME", "remedies set it"},
        {"POISSON", "driver.poisson"},
        {"SCF", "driver.scf_method, eps_scf, max_scf, smearing_K"}};
    return owned;
}

void check_section(const std::string& path, const Json& section) {
    for (const auto& [key, value] : section.items()) {
        const std::string inner = path + "." + key;
        const bool is_word =
            key == "_" || (!key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char letter) {
                return std::isupper(letter) != 0 || std::isdigit(letter) != 0 || letter == '_' ||
                       letter == '-';
            }));
        if (!is_word) {
            refuse_key(inner, "is no keyword (capital letters, digits and _) write it as in CP2K's manual");
        }
        const Json items = value.is_array() ? value : Json::array({value});
        for (const Json& item : items) {
            if (item.is_object()) {
                check_section(inner, item);
            } else if (item.is_null() || item.is_array() ||
                       (item.is_string() && !is_plain(item.get<std::string>()))) {
                refuse_key(inner,
                           "is no value (a number, true, false, a text without & @ $ # !, or a section)");
            }
        }
    }
}

void check_input(const Json& input) {
    for (const auto& [key, why] : owned_sections()) {
        if (input.contains(key)) {
            refuse_key("input." + key, "is set by the driver (" + why + ") remove it");
        }
    }
    const std::pair<const char*, std::pair<const char*, const char*>> keywords[] = {
        {"MGRID", {"CUTOFF", "cutoff_Ry"}},
        {"MGRID", {"REL_CUTOFF", "rel_cutoff_Ry"}},
        {"QS", {"EPS_DEFAULT", "eps_default"}}};
    for (const auto& [section, names] : keywords) {
        if (input.contains(section) && input[section].is_object() && input[section].contains(names.first)) {
            refuse_key(std::string("input.") + section + "." + names.first,
                       std::string("is set by the driver (driver.") + names.second + ") remove it");
        }
    }
    check_section("input", input);
}

void check_together(const Options& options) {
    if (options.is_orbital_transformation() && (options.is_smeared() || options.integer("added_mos") > 0)) {
        refuse_key("scf_method",
                   "\"ot\" has no empty orbitals (smearing_K or added_mos is set) take "
                   "\"diagonalization\"");
    }
    if (options.is_smeared() && options.integer("added_mos") == 0) {
        refuse_key("added_mos", "is 0 (smearing_K needs empty orbitals) take a fifth of the occupied ones");
    }
    if (!is_plain(options.text("xc"))) {
        refuse_key("xc", "'" + options.text("xc") + "' is not the name of a functional");
    }
    const Json xc = options.values.at("input").value("XC", Json::object());
    if (options.text("xc").empty() != xc.contains("XC_FUNCTIONAL")) {
        refuse_key("xc",
                   "exactly one of xc and input.XC.XC_FUNCTIONAL is needed (they say the same) name one");
    }
}

}  // namespace

Options options_from_json(const Json& config, const fs::path& base) {
    Options options;
    options.values = read_driver_config(schema(), config);
    options.command = command_of(options.values, base);
    options.environment = environment_of(options.values);
    const fs::path data_dir = absolute_path(base, options.text("data_dir"));
    const auto data_file = [&](const std::string& name) {
        return absolute_path(name.find('/') == std::string::npos ? data_dir : base, name);
    };
    for (Json& name : options.values["basis_files"]) {
        options.basis_files.push_back(data_file(name.get<std::string>()));
        name = options.basis_files.back().string();
    }
    options.potential_file = data_file(options.text("potential_file"));
    options.kinds = read_kinds(options.values["kinds"]);
    check_input(options.values["input"]);
    check_together(options);
    options.values["command"] = options.command;
    options.values["data_dir"] = data_dir.string();
    options.values["potential_file"] = options.potential_file.string();
    return options;
}

}  // namespace fibonaqi::cp2k
