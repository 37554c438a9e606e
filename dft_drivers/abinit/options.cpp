#include "dft_drivers/abinit/options.hpp"

#include <algorithm>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/config_schema.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/plane_wave_config.hpp"

namespace fibonaqi::abinit {
namespace {

namespace fs = std::filesystem;

// Debian's abinit-data.
constexpr const char* default_pseudo_dir = "/usr/share/abinit/psp/Pseudodojo_nc_sr_04_pbe_standard_psp8";

// Names for ABINIT's occopt.
const std::map<std::string, int>& smearings() {
    static const std::map<std::string, int> list{
        {"none", 1}, {"fermi-dirac", 3}, {"cold", 4}, {"methfessel-paxton", 6}, {"gaussian", 7}};
    return list;
}

std::vector<std::string> smearing_names() {
    std::vector<std::string> names;
    for (const auto& [name, occopt] : smearings()) {
        names.push_back(name);
    }
    return names;
}

// Smearing unless the user says otherwise: molecular dynamics closes the gap of many insulators.
const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({"abinit"});
        const std::vector<ConfigKey> own{
            text("pseudo_dir", default_pseudo_dir, "folder of the pseudopotentials"),
            object("pseudopotentials", nullptr, "one file per element: {\"Si\": \"Si.psp8\"}").required(),
            number("ecut_Ha", nullptr, "cut-off of the wave functions").above(0.0).required(),
            number("tolvrs", 1.0e-12, "squared residual of the potential at which the solution is accepted")
                .above(0.0),
            list(ConfigKind::integers, "kpoints", nullptr, "mesh: [3, 3, 3]").between(1, 200).items(3),
            number("kspacing_per_A", nullptr, "largest distance of k-points, with the factor 2 pi")
                .above(0.0),
            list(ConfigKind::numbers, "kpoint_shift", Json{0.0, 0.0, 0.0}, "of the mesh, in its own steps")
                .between(0.0, 1.0)
                .items(3),
            text("smearing", "cold", "of the occupations").one_of(smearing_names()),
            number("smearing_width_Ha", 0.005, "tsmear").above(0.0),
            flag("spin_polarised", false, "two spins"),
            object("initial_moments", Json::object(), "of atoms, in Bohr magnetons: {\"Fe\": 2.5}"),
            object("input", Json::object(), "further variables of ABINIT: {\"nstep\": 60}"),
        };
        keys.insert(keys.end(), own.begin(), own.end());
        return ConfigSchema("ABINIT", keys);
    }();
    return table;
}

// Variables that the driver writes, each with the way to say it here.
const std::map<std::string, std::string>& owned_variables() {
    static const std::map<std::string, std::string> list = [] {
        std::map<std::string, std::string> owned{{"ecut", "key ecut_Ha"},
                                                 {"tolvrs", "key tolvrs"},
                                                 {"ngkpt", "key kpoints"},
                                                 {"shiftk", "key kpoint_shift"},
                                                 {"occopt", "key smearing"},
                                                 {"tsmear", "key smearing_width_Ha"},
                                                 {"nsppol", "key spin_polarised"},
                                                 {"spinat", "key initial_moments"},
                                                 {"pseudos", "key pseudopotentials"},
                                                 {"pp_dirpath", "key pseudo_dir"}};
        for (const char* name : {"toldfe", "toldff", "tolrff", "tolwfr"}) {
            owned[name] = "one criterion holds: tolvrs";
        }
        for (const char* name :
             {"natom",     "ntypat",  "typat",  "znucl",     "acell",      "rprim",     "xcart",
              "xred",      "xangst",  "angdeg", "scalecart", "cellcharge", "charge",    "spinmagntarget",
              "nspden",    "nspinor", "kptopt", "nshiftk",   "kptrlatt",   "nsym",      "chkprim",
              "ndtset",    "jdtset",  "ionmov", "optcell",   "ntime",      "optdriver", "optforces",
              "optstress", "chkexit", "usepaw", "prtwf",     "prtden",     "prteig",    "prtebands",
              "prtgsr",    "iscf"}) {
            owned[name] = "it belongs to the structure, the request, or what is read back";
        }
        return owned;
    }();
    return list;
}

bool is_scalar(const Json& value) {
    return value.is_number() || value.is_string();
}

Json read_input(const Json& given) {
    for (const auto& [name, value] : given.items()) {
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
            return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
        });
        if (!is_name) {
            refuse_key("input." + name, "is no variable of ABINIT (they have small letters, digits and _)");
        }
        const auto owner = owned_variables().find(name);
        if (owner != owned_variables().end()) {
            refuse_key("input." + name, "is set by the driver (" + owner->second + ") remove it");
        }
        const bool is_list =
            value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_scalar);
        const bool has_breaks = value.dump().find_first_of("#!\\") != std::string::npos;
        if ((!is_scalar(value) && !is_list) || has_breaks) {
            refuse_key("input." + name, "must be a number, a text in one line, or a list of them");
        }
    }
    Json input = given;
    input["nstep"] = input.value("nstep", Json(100));
    return input;
}

std::map<std::string, double> read_moments(const Json& given) {
    std::map<std::string, double> moments;
    for (const auto& [symbol, moment] : given.items()) {
        if (!atomic_number(symbol) || !moment.is_number()) {
            refuse_key("initial_moments." + symbol, "is not a chemical symbol with a number");
        }
        moments[symbol] = moment.get<double>();
    }
    return moments;
}

void read_kpoints(const Json& values, Options& options) {
    expect_one_mesh(values);
    for (const char* key : {"kpoints", "kpoint_shift"}) {
        if (!values.at(key).is_null() && values.at(key).size() != 3) {
            refuse_key(key, "is not a list of three numbers");
        }
    }
    if (values.at("kpoints").is_null()) {
        options.kspacing_per_A = values.at("kspacing_per_A").get<double>();
    } else {
        options.kpoints = values.at("kpoints").get<std::array<int, 3>>();
    }
    options.kpoint_shift = values.at("kpoint_shift").get<std::array<double, 3>>();
}

}  // namespace

Options options_from_json(const Json& config, const fs::path& base) {
    const Json values = read_driver_config(schema(), config);
    Options options;
    options.command = command_of(values, base);
    options.environment = environment_of(values);
    options.pseudo_dir = absolute_path(base, values.at("pseudo_dir").get<std::string>());
    options.pseudopotentials = pseudopotential_files(values.at("pseudopotentials"), "/\",");
    options.ecut_Ha = values.at("ecut_Ha").get<double>();
    options.tolvrs = values.at("tolvrs").get<double>();
    read_kpoints(values, options);
    options.occopt = smearings().at(values.at("smearing").get<std::string>());
    options.smearing_width_Ha = values.at("smearing_width_Ha").get<double>();
    options.is_spin_polarised = values.at("spin_polarised").get<bool>();
    options.initial_moments = read_moments(values.at("initial_moments"));
    if (!options.initial_moments.empty() && !options.is_spin_polarised) {
        refuse_key("initial_moments", "needs \"spin_polarised\": true (paired spins have no moment)");
    }
    options.input = read_input(values.at("input"));
    return options;
}

Json to_json(const Options& options) {
    const auto smearing = std::find_if(smearings().begin(), smearings().end(),
                                       [&](const auto& entry) { return entry.second == options.occopt; });
    Json config{{"type", "abinit"},
                {"command", options.command},
                {"environment", options.environment},
                {"pseudo_dir", options.pseudo_dir.string()},
                {"pseudopotentials", options.pseudopotentials},
                {"ecut_Ha", options.ecut_Ha},
                {"tolvrs", options.tolvrs},
                {"kpoint_shift", options.kpoint_shift},
                {"smearing", smearing->first},
                {"smearing_width_Ha", options.smearing_width_Ha},
                {"spin_polarised", options.is_spin_polarised},
                {"initial_moments", options.initial_moments},
                {"input", options.input}};
    if (options.kpoints) {
        config["kpoints"] = *options.kpoints;
    } else {
        config["kspacing_per_A"] = *options.kspacing_per_A;
    }
    return config;
}

bool is_numerical_detail(const std::string& variable) {
    static const std::set<std::string> details{
        "nstep",  "diemix",   "diemixmag", "diemac",   "dielng",  "iprcel",       "npulayit",  "nline",
        "nnsclo", "wfoptalg", "fftalg",    "mem_test", "timopt",  "prtvol",       "autoparal", "paral_kgb",
        "npkpt",  "npband",   "npfft",     "bandpp",   "use_slk", "densfor_pred", "max_ncpus", "istwfk"};
    return details.contains(variable);
}

}  // namespace fibonaqi::abinit
