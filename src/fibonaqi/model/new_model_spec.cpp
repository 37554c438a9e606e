#include "fibonaqi/model/new_model_spec.hpp"

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/data_scales.hpp"
#include "fibonaqi/model/new_model.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<ConfigKey>;

Rows common_keys() {
    using namespace config;
    return {
        text("architecture", nullptr, "kind of the network; its section below has its sizes")
            .one_of({"mace", "nequip", "tensornet"})
            .required(),
        text("name", "new-model", "for people"),
        text("licence", nullptr, "of the model and all that is trained from it, as 'MIT'; null: not stated"),
        text("citation", nullptr, "what users should cite; null: nothing"),
        text("data", nullptr,
             "extended XYZ with labelled frames (paths are relative to this file): what is null below is "
             "taken "
             "from them. They are not trained on"),
        list(ConfigKind::texts, "elements", nullptr, "symbols; null: those of data").items(1),
        number("cutoff_A", 5.0, "neighbours are closer than this [angstrom]").above(0).between(0, 20),
        number("scale_eV", nullptr,
               "spread of the energies of atoms before any training [eV]; null: root mean square of the "
               "forces of data")
            .above(0),
        number("average_neighbors", nullptr,
               "mean number of neighbours of an atom, which sums are divided by (nequip: by its root; "
               "tensornet needs none); null: that of data")
            .above(0),
        text("dtype", "float32", "of the weights").one_of({"float32", "float64"}),
        integer("seed", 0, "of the random weights").between(0, 9007199254740991.0),
    };
}

Rows mace_keys() {
    using namespace config;
    const MaceLayout usual;
    return {
        section("mace", "sizes of a MACE; those of mace-torch's defaults but for the channels"),
        integer("mace.channels", usual.channels, "of the features of every order").between(1, 4096),
        integer("mace.hidden_order", usual.hidden_order,
                "highest l of features between layers: 0 scalars, 1 vectors")
            .between(0, 2),
        integer("mace.max_ell", usual.max_ell, "highest l of spherical harmonics").between(0, 4),
        integer("mace.correlation", usual.correlation, "body order of the products, less one").between(1, 4),
        integer("mace.layers", usual.layers, "interactions").between(1, 32),
        integer("mace.bessel_functions", usual.bessel_functions, "of the distances").between(1, 100),
        integer("mace.envelope_power", usual.envelope_power,
                "p of the polynomial that ends them at the cutoff")
            .between(1, 100),
        list(ConfigKind::integers, "mace.radial_widths", usual.radial_widths,
             "hidden layers of the radial network")
            .items(1)
            .between(1, 4096),
        integer("mace.readout_channels", usual.readout_width,
                "width of the last hidden layer: of selection's features")
            .between(1, 4096),
    };
}

Rows nequip_keys() {
    using namespace config;
    return {
        section("nequip", "sizes of a NequIP"),
        integer("nequip.channels", 32, "of the features of every irrep").between(2, 4096),
        integer("nequip.highest_l", 2, "of features and spherical harmonics").between(0, 4),
        flag("nequip.parity", true, "tell mirror images apart (O(3)); false: SO(3), as SevenNet-0"),
        integer("nequip.layers", 3, "interactions").between(1, 32),
        integer("nequip.bessel_functions", 8, "of the distances").between(1, 100),
        list(ConfigKind::integers, "nequip.radial_widths", Json{64, 64},
             "hidden layers of the radial network")
            .items(1)
            .between(1, 4096),
        text("nequip.self_connection", "element",
             "of an atom's own features: a linear map for each element, or one for all")
            .one_of({"element", "linear"}),
    };
}

Rows tensornet_keys() {
    using namespace config;
    return {
        section("tensornet", "sizes of a TensorNet"),
        integer("tensornet.channels", 64, "of the tensors of every atom").between(1, 4096),
        integer("tensornet.layers", 2, "interactions after the embedding").between(0, 32),
        integer("tensornet.basis_functions", 3, "smooth Bessel functions of the distances").between(1, 30),
    };
}

template <class Number>
Number value(const Json& values, const char* pointer) {
    return values.at(Json::json_pointer(pointer)).get<Number>();
}

MaceLayout mace_layout(const Json& values) {
    MaceLayout layout;
    layout.channels = value<std::int64_t>(values, "/mace/channels");
    layout.hidden_order = value<int>(values, "/mace/hidden_order");
    layout.max_ell = value<int>(values, "/mace/max_ell");
    layout.correlation = value<int>(values, "/mace/correlation");
    layout.layers = value<int>(values, "/mace/layers");
    layout.bessel_functions = value<std::int64_t>(values, "/mace/bessel_functions");
    layout.envelope_power = value<int>(values, "/mace/envelope_power");
    layout.radial_widths = value<std::vector<std::int64_t>>(values, "/mace/radial_widths");
    layout.readout_width = value<std::int64_t>(values, "/mace/readout_channels");
    return layout;
}

NequipLayout nequip_layout(const Json& values) {
    NequipLayout layout;
    const auto layers = value<std::size_t>(values, "/nequip/layers");
    layout.max_ell = value<int>(values, "/nequip/highest_l");
    layout.follow_parity = value<bool>(values, "/nequip/parity");
    layout.features = nequip_features(value<std::int64_t>(values, "/nequip/channels"), layout.max_ell,
                                      layout.max_ell, layout.follow_parity, layers);
    layout.bessel_functions = value<std::int64_t>(values, "/nequip/bessel_functions");
    layout.radial_widths = value<std::vector<std::int64_t>>(values, "/nequip/radial_widths");
    const bool is_linear = value<std::string>(values, "/nequip/self_connection") == "linear";
    layout.self_connections.assign(layers, is_linear ? SelfConnection::linear : SelfConnection::element);
    return layout;
}

TensorNetSizes tensornet_sizes(const Json& values) {
    return {0, value<std::int64_t>(values, "/tensornet/channels"),
            value<std::int64_t>(values, "/tensornet/layers"),
            value<std::int64_t>(values, "/tensornet/basis_functions")};
}

// Everything that is null needs data, which then has to hold it.
std::vector<ConfigProblem> missing(const Json& values) {
    std::vector<ConfigProblem> problems;
    if (!values.at("data").is_null()) {
        return problems;
    }
    for (const char* key : {"elements", "scale_eV", "average_neighbors"}) {
        const bool is_needed =
            std::string(key) != "average_neighbors" || values.at("architecture") != "tensornet";
        if (is_needed && values.at(key).is_null()) {
            problems.push_back({std::string("/") + key,
                                "is not given (and there is no data to take it from) give it, or data"});
        }
    }
    return problems;
}

NewModel common_of(const Json& values, const fs::path& file) {
    NewModel common;
    common.name = values.at("name");
    common.licence = values.at("licence").is_null() ? "" : values.at("licence").get<std::string>();
    common.citation = values.at("citation").is_null() ? "" : values.at("citation").get<std::string>();
    common.cutoff = values.at("cutoff_A");
    common.type = values.at("dtype") == "float64" ? TensorType::float64 : TensorType::float32;
    common.seed = values.at("seed");
    DataScales scales;
    if (!values.at("data").is_null()) {
        const fs::path data = file.parent_path() / values.at("data").get<std::string>();
        scales = data_scales(read_extxyz(data).frames, common.cutoff);
        if (values.at("scale_eV").is_null() && !(scales.force_rms > 0.0)) {
            throw ConfigError(data.string() +
                              ": there are no forces (the scale of the energies is theirs) give "
                              "scale_eV");
        }
    }
    common.species = values.at("elements").is_null()
                         ? scales.species
                         : atomic_numbers_of(values.at("elements"), file.string() + ": elements");
    common.scale = values.at("scale_eV").is_null() ? scales.force_rms : values.at("scale_eV").get<double>();
    if (!values.at("average_neighbors").is_null()) {
        common.average_neighbors = values.at("average_neighbors");
    } else if (values.at("architecture") != "tensornet") {
        common.average_neighbors = scales.average_neighbors;
    }
    return common;
}

}  // namespace

const ConfigSchema& new_model_schema() {
    static const ConfigSchema schema = [] {
        Rows rows;
        for (const Rows& part : {common_keys(), mace_keys(), nequip_keys(), tensornet_keys()}) {
            rows.insert(rows.end(), part.begin(), part.end());
        }
        return ConfigSchema(
            "A new model: fibonaqi model new THIS_FILE. Comments are allowed; keys that are left "
            "out have their default.",
            std::move(rows));
    }();
    return schema;
}

ModelFile new_model_from(std::string_view text, const fs::path& file) {
    CheckedConfig checked = new_model_schema().check(parse_json(text, file.string()));
    if (checked.problems.empty()) {
        checked.problems = missing(checked.values);
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, text, file.string()));
    }
    const Json& values = checked.values;
    const NewModel common = common_of(values, file);
    if (values.at("architecture") == "mace") {
        return new_mace(common, mace_layout(values));
    }
    return values.at("architecture") == "nequip" ? new_nequip(common, nequip_layout(values))
                                                 : new_tensornet(common, tensornet_sizes(values));
}

}  // namespace fibonaqi
