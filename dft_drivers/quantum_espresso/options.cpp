#include "dft_drivers/quantum_espresso/options.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "dft_drivers/quantum_espresso/namelist_keys.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

namespace fs = std::filesystem;

// Debian's quantum-espresso-data.
constexpr const char* default_pseudo_dir = "/usr/share/espresso/pseudo";

[[noreturn]] void refuse(const std::string& key, const std::string& problem) {
    throw ConfigError("driver" + (key.empty() ? "" : "." + key) + ": " + problem);
}

// Runs `read`; the JSON library's type errors become "driver.key: is not ...".
template <class Read>
auto typed(const std::string& key, const std::string& wanted, Read read) {
    try {
        return read();
    } catch (const Json::exception&) {
        refuse(key, "has the wrong type (" + wanted + " is expected)");
    }
}

void check_top_level(const Json& config) {
    static const std::vector<std::string> known{
        "type",           "command",      "pseudo_dir", "pseudopotentials", "kpoints",
        "kspacing_per_A", "kpoint_shift", "input",      "environment"};
    if (!config.is_object()) {
        refuse("", "is not an object {...}");
    }
    for (const auto& [key, value] : config.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            refuse(key, "unknown key;" + suggestion(key, known));
        }
    }
}

std::vector<std::string> read_command(const Json& config, const fs::path& base) {
    auto command = typed("command", "a list of texts such as [\"mpirun\", \"-np\", \"4\", \"pw.x\"]",
                         [&] { return config.value("command", std::vector<std::string>{"pw.x"}); });
    if (command.empty() || command[0].empty()) {
        refuse("command", "is empty (a program is needed) for example [\"pw.x\"]");
    }
    if (command[0].find('/') != std::string::npos) {
        command[0] = fs::absolute(base / command[0]).lexically_normal().string();
    }
    return command;
}

std::map<std::string, std::string> read_pseudopotentials(const Json& config) {
    auto files = typed("pseudopotentials", "{\"Si\": \"Si.pbe-rrkj.UPF\"}", [&] {
        return config.at("pseudopotentials").get<std::map<std::string, std::string>>();
    });
    for (const auto& [symbol, file] : files) {
        if (!atomic_number(symbol)) {
            refuse("pseudopotentials." + symbol, "is not a chemical symbol");
        }
        if (file.empty() || file.find('/') != std::string::npos) {
            refuse("pseudopotentials." + symbol,
                   "'" + file + "' is not a file name (it must lie in pseudo_dir)");
        }
    }
    return files;
}

std::array<int, 3> read_triple(const Json& config, const std::string& key, int least, int most) {
    const Json& value = config.at(key);
    const bool is_triple = value.is_array() && value.size() == 3 &&
                           std::all_of(value.begin(), value.end(),
                                       [](const Json& number) { return number.is_number_integer(); });
    if (!is_triple) {
        refuse(key, "is not a list of three whole numbers such as [3, 3, 3]");
    }
    const auto triple = value.get<std::array<int, 3>>();
    for (const int number : triple) {
        if (number < least || number > most) {
            refuse(key, "has " + std::to_string(number) + " (" + std::to_string(least) + " to " +
                            std::to_string(most) + " is allowed)");
        }
    }
    return triple;
}

void read_kpoints(const Json& config, Options& options) {
    if (config.contains("kpoints") == config.contains("kspacing_per_A")) {
        refuse("kpoints",
               "exactly one of kpoints and kspacing_per_A is needed (the mesh decides the accuracy) "
               "for example \"kpoints\": [3, 3, 3]");
    }
    if (config.contains("kpoints")) {
        options.kpoints = read_triple(config, "kpoints", 1, 200);
    } else {
        options.kspacing_per_A = typed("kspacing_per_A", "a number [1/angstrom]",
                                       [&] { return config.at("kspacing_per_A").get<double>(); });
        if (!(*options.kspacing_per_A > 0.0)) {
            refuse("kspacing_per_A", "must be above 0 (try 0.25)");
        }
    }
    if (config.contains("kpoint_shift")) {
        options.kpoint_shift = read_triple(config, "kpoint_shift", 0, 1);
    }
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
        refuse(path, "must be a number, text, true or false, or {\"Fe\": 0.5} for keys that go by species");
    }
    for (const auto& [symbol, number] : value.items()) {
        if (!atomic_number(symbol) || !number.is_number()) {
            refuse(path + "." + symbol, "is not a chemical symbol with a number");
        }
    }
}

Json read_namelist(const std::string& name, const Json& given) {
    if (!given.is_object()) {
        refuse("input." + name, "is not an object {...}");
    }
    Json checked = Json::object();
    for (const auto& [key, value] : given.items()) {
        const std::string path = "input." + name + "." + key;
        const std::string plain = lower(key.substr(0, key.find('(')));
        const auto owner = owned_keys().find(plain);
        if (owner != owned_keys().end()) {
            refuse(path, "is set by the driver (" + owner->second + ") remove it");
        }
        const std::vector<std::string>& known = known_keys(name);
        if (std::find(known.begin(), known.end(), plain) == known.end()) {
            refuse(path, "unknown key of pw.x;" + suggestion(plain, known));
        }
        if (key.find('(') != std::string::npos) {
            refuse(path, "species have no fixed number here; write \"" + plain + "\": {\"<symbol>\": value}");
        }
        check_value(path, value);
        checked[plain] = value;
    }
    return checked;
}

std::map<std::string, Json> read_namelists(const Json& config) {
    std::map<std::string, Json> namelists;
    const Json input = config.value("input", Json::object());
    if (!input.is_object()) {
        refuse("input", "is not an object {...}");
    }
    const std::vector<std::string> names(namelist_names.begin(), namelist_names.end());
    for (const auto& [name, value] : input.items()) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            refuse("input." + name, "unknown namelist;" + suggestion(name, names));
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
        refuse("input.system.ecutwfc", "is missing (the cut-off in Ry decides the accuracy)");
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

}  // namespace

Options options_from_json(const Json& config, const fs::path& base) {
    check_top_level(config);
    if (!config.contains("pseudopotentials")) {
        refuse("pseudopotentials", "is missing; name one file per element: {\"Si\": \"Si.pbe-rrkj.UPF\"}");
    }
    Options options;
    options.command = read_command(config, base);
    const auto pseudo_dir =
        typed("pseudo_dir", "a path", [&] { return config.value("pseudo_dir", default_pseudo_dir); });
    options.pseudo_dir = fs::absolute(base / pseudo_dir).lexically_normal();
    options.pseudopotentials = read_pseudopotentials(config);
    read_kpoints(config, options);
    options.namelists = read_namelists(config);
    typed("input", "numbers where pw.x wants numbers", [&] { fill_defaults(options.namelists); });
    options.environment = typed("environment", "{\"NAME\": \"text\"}", [&] {
        return config.value("environment", std::map<std::string, std::string>{});
    });
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
