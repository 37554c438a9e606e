#include "dft_drivers/quantum_espresso/options.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/plane_wave_config.hpp"
#include "dft_drivers/quantum_espresso/electrons.hpp"
#include "dft_drivers/quantum_espresso/namelist_keys.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

namespace fs = std::filesystem;

// Debian's quantum-espresso-data.
constexpr const char* default_pseudo_dir = "/usr/share/espresso/pseudo";

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({"pw.x"});
        const std::vector<ConfigKey> own{
            text("pseudo_dir", default_pseudo_dir, "folder of the pseudopotentials"),
            object("pseudopotentials", nullptr,
                   "one file per element, in pseudo_dir: {\"Si\": \"Si.pbe-rrkj.UPF\"}")
                .required(),
            list(ConfigKind::integers, "kpoints", nullptr,
                 "Monkhorst-Pack mesh, the same for every cell; or kspacing_per_A")
                .items(3)
                .between(1, 200),
            number("kspacing_per_A", nullptr,
                   "largest distance of mesh points [1/angstrom, with the factor 2 pi]: every cell gets the "
                   "mesh that it needs")
                .above(0.0),
            list(ConfigKind::integers, "kpoint_shift", Json{0, 0, 0},
                 "1: the mesh is shifted by half a step in this direction")
                .items(3)
                .between(0, 1),
            object("input", Json::object(),
                   "pw.x's own keys by namelist (control, system, electrons), in its own units"),
        };
        keys.insert(keys.end(), own.begin(), own.end());
        return ConfigSchema("Quantum ESPRESSO's pw.x", keys);
    }();
    return table;
}

std::array<int, 3> triple(const Json& values, const std::string& key) {
    if (values.at(key).size() != 3) {
        refuse_key(key, "is not a list of three whole numbers such as [1, 1, 1]");
    }
    return values.at(key).get<std::array<int, 3>>();
}

void read_kpoints(const Json& values, Options& options) {
    expect_one_mesh(values);
    if (!values.at("kpoints").is_null()) {
        options.kpoints = triple(values, "kpoints");
    } else {
        options.kspacing_per_A = values.at("kspacing_per_A").get<double>();
    }
    options.kpoint_shift = triple(values, "kpoint_shift");
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

void check_value(const std::string& path, const Json& value) {
    if (value.is_boolean() || value.is_number() || value.is_string()) {
        return;
    }
    if (!value.is_object()) {
        refuse_key(path,
                   "must be a number, text, true or false, or {\"Fe\": 0.5} for keys that go by species");
    }
    for (const auto& [symbol, number] : value.items()) {
        if (!atomic_number(symbol) || !number.is_number()) {
            refuse_key(path + "." + symbol, "is not a chemical symbol with a number");
        }
    }
}

Json read_namelist(const std::string& name, const Json& given) {
    if (!given.is_object()) {
        refuse_key("input." + name, "is not an object {...}");
    }
    Json checked = Json::object();
    for (const auto& [key, value] : given.items()) {
        const std::string path = "input." + name + "." + key;
        const std::string plain = lower(key.substr(0, key.find('(')));
        const auto owner = owned_keys().find(plain);
        if (owner != owned_keys().end()) {
            refuse_key(path, "is set by the driver (" + owner->second + ") remove it");
        }
        const std::vector<std::string>& known = known_keys(name);
        if (std::find(known.begin(), known.end(), plain) == known.end()) {
            refuse_key(path, "unknown key of pw.x;" + suggestion(plain, known));
        }
        if (key.find('(') != std::string::npos) {
            refuse_key(path,
                       "species have no fixed number here; write \"" + plain + "\": {\"<symbol>\": value}");
        }
        check_value(path, value);
        checked[plain] = value;
    }
    return checked;
}

std::map<std::string, Json> read_namelists(const Json& input) {
    std::map<std::string, Json> namelists;
    const std::vector<std::string> names(namelist_names.begin(), namelist_names.end());
    for (const auto& [name, value] : input.items()) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            refuse_key("input." + name, "unknown namelist;" + suggestion(name, names));
        }
    }
    for (const std::string& name : names) {
        namelists[name] = read_namelist(name, input.value(name, Json::object()));
    }
    return namelists;
}

// Smearing unless the user says otherwise: molecular dynamics closes the gap of many insulators, and fixed
// occupations then never converge. conv_thr is low because forces must be clean to 1e-3 eV/angstrom.
void fill_defaults(std::map<std::string, Json>& namelists) {
    Json& system = namelists["system"];
    if (!system.contains("ecutwfc")) {
        refuse_key("input.system.ecutwfc", "is missing (the cut-off in Ry decides the accuracy)");
    }
    if (!system.contains("occupations")) {
        system["occupations"] = "smearing";
    }
    if (system["occupations"] == "smearing") {
        system["smearing"] = system.value("smearing", "mv");
        system["degauss"] = system.value("degauss", 0.01);
    }
    Json& electrons = namelists["electrons"];
    electrons["conv_thr"] = electrons.value("conv_thr", 1.0e-9);
    electrons["electron_maxstep"] = electrons.value("electron_maxstep", 100);
}

// What no attempt in a fresh folder can do, or no label can mean.
void check_values(const std::map<std::string, Json>& namelists) {
    for (const char* key : {"startingpot", "startingwfc"}) {
        if (namelists.at("electrons").value(key, "") == "file") {
            refuse_key("input.electrons." + std::string(key),
                       "is 'file' (every attempt starts in a fresh folder) leave it out");
        }
    }
    if (namelists.at("system").value("occupations", "") == "from_input") {
        refuse_key("input.system.occupations",
                   "is 'from_input' (the card OCCUPATIONS is not written) take 'smearing' or 'fixed'");
    }
    check_spin_keys(namelists.at("system"));
}

}  // namespace

Options options_from_json(const Json& config, const fs::path& base) {
    const Json values = read_driver_config(schema(), config);
    Options options;
    options.command = command_of(values, base);
    options.pseudo_dir = absolute_path(base, values.at("pseudo_dir").get<std::string>());
    options.pseudopotentials = pseudopotential_files(values.at("pseudopotentials"), "/");
    read_kpoints(values, options);
    options.namelists = read_namelists(values.at("input"));
    try {
        fill_defaults(options.namelists);
        check_values(options.namelists);
    } catch (const Json::exception& error) {
        refuse_key("input", "a key has the wrong type (" + std::string(error.what()) + ")");
    }
    options.environment = environment_of(values);
    return options;
}

Json to_json(const Options& options) {
    Json config{{"type", "qe"},
                {"command", options.command},
                {"pseudo_dir", options.pseudo_dir.string()},
                {"pseudopotentials", options.pseudopotentials}};
    if (options.kpoints) {
        config["kpoints"] = *options.kpoints;
    } else {
        config["kspacing_per_A"] = *options.kspacing_per_A;
    }
    config["kpoint_shift"] = options.kpoint_shift;
    for (const char* name : namelist_names) {
        config["input"][name] = options.namelists.at(name);
    }
    config["environment"] = options.environment;
    return config;
}

bool is_numerical_detail(const std::string& key) {
    static const std::set<std::string> details{
        "electron_maxstep", "mixing_mode",      "mixing_beta",        "mixing_ndim",      "diagonalization",
        "diago_thr_init",   "diago_cg_maxiter", "diago_ppcg_maxiter", "diago_david_ndim", "diago_rmm_ndim",
        "diago_rmm_conv",   "diago_gs_nblock",  "startingpot",        "startingwfc",      "adaptive_thr",
        "conv_thr_init",    "conv_thr_multi",   "verbosity",          "iprint",           "title",
        "wf_collect"};
    return details.contains(key);
}

}  // namespace fibonaqi::quantum_espresso
