#include "fibonaqi/model/matgl_import.hpp"

#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/foreign_text.hpp"
#include "fibonaqi/model/gated_layout.hpp"
#include "fibonaqi/model/import_steps.hpp"
#include "fibonaqi/model/m3gnet_layout.hpp"
#include "fibonaqi/model/state_dict.hpp"
#include "fibonaqi/model/tensornet_layout.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_channels = 4096;
constexpr std::int64_t most_layers = 32;
constexpr std::int64_t most_functions = 1000;
constexpr std::int64_t most_orders = 100;
constexpr std::int64_t most_versions = 1000;

const std::string prefix = "model.";                            // of the network within matgl's potential
const std::string last_linear = "final_layer.gated.layers.6.";  // weight [1, C] and bias [1]

void keep_elements(ModelFile& model, const std::string& table, const std::vector<int>& wanted) {
    const SpeciesChoice choice = choose_species(model.card, wanted);
    StoredTensor& embedding = model.tensors.at(table);
    const std::size_t elements = model.card.species.size();
    const std::size_t channels = static_cast<std::size_t>(embedding.count()) / elements;
    embedding = StoredTensor::from_doubles(
        pick_elements(embedding.as_doubles(), elements, channels, choice),
        {static_cast<std::int64_t>(choice.indices.size()), static_cast<std::int64_t>(channels)},
        embedding.type);
    keep_species_of_card(model.card, choice);
}

// What is particular to an architecture.
struct Architecture {
    std::string name;  // on our cards
    int layers = 1;    // on our cards
    std::string element_table;
    std::vector<NamedShape> parameters;
    std::vector<const char*> arguments;  // of matgl's class, that become hyperparameters
    Json hyperparameters;                // others
};

// Takes a model apart that matgl wrote. Messages name the file that something is wrong with.
class MatglReader {
  public:
    MatglReader(const Json& description, const std::string& source, TensorMap& state,
                const std::string& state_source)
        : description_(description), source_(source), state_(state), state_source_(state_source) {}

    ModelFile read(const std::string& name, const std::vector<int>& elements) {
        const Json& arguments = arguments_of_network();
        ModelFile model;
        model.card.name = name;
        model.card.species = species(arguments);
        model.card.e0 = reference_energies(model.card.species.size());
        model.card.cutoff = number(arguments, "cutoff");
        const auto count = static_cast<std::int64_t>(model.card.species.size());
        const Architecture kind = is_m3gnet() ? m3gnet(arguments, count) : tensornet(arguments, count);
        model.card.architecture = kind.name;
        model.card.layers = kind.layers;
        take_tensors(model.tensors);
        require_shapes(model.tensors, kind.parameters, state_source_);
        model.card.hyperparameters = hyperparameters(arguments, kind);
        model.card.dtype = "float32";
        if (!elements.empty()) {
            keep_elements(model, kind.element_table, elements);
        }
        return model;
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw ModelError(source_ + ": " + problem + " (not a description that matgl writes)");
    }
    [[noreturn]] void refuse(const std::string& feature) const {
        throw ModelError(
            source_ + ": " + feature +
                " (of matgl's models this program reads TensorNet and M3GNet potentials) take another model",
            ExitCode::usage);
    }
    const Json& member(const Json& object, const char* key) const {
        if (!object.is_object() || !object.contains(key)) {
            fail(std::string("'") + key + "' is missing");
        }
        return object[key];
    }
    std::string text(const Json& object, const char* key) const {
        const Json& value = member(object, key);
        if (!value.is_string()) {
            fail(std::string("'") + key + "' is no text");
        }
        return shown(value.get<std::string>());
    }
    double number(const Json& object, const char* key) const {
        const Json& value = member(object, key);
        if (!value.is_number() || !std::isfinite(value.get<double>())) {
            fail(std::string("'") + key + "' is no number");
        }
        return value.get<double>();
    }
    std::int64_t integer(const Json& object, const char* key, std::int64_t most) const {
        const Json& value = member(object, key);
        if (!value.is_number_integer() || value < 0 || value > most) {
            fail(std::string("'") + key + "' is no integer from 0 to " + std::to_string(most));
        }
        return value.get<std::int64_t>();
    }
    static bool is_set(const Json& object, const char* key) {
        return object.contains(key) && object[key] == true;
    }

    const Json& arguments_of_network() const {
        if (const std::string kind = text(description_, "@class"); kind != "Potential") {
            refuse("describes a '" + kind + "', not a Potential");
        }
        const Json& potential = member(description_, "kwargs");
        const Json& network = member(potential, "model");
        if (const std::string kind = text(network, "@class"); kind != "TensorNet" && kind != "M3GNet") {
            refuse("the architecture is '" + kind + "'");
        }
        const Json& arguments = member(network, "init_args");
        if (!arguments.is_object()) {
            fail("'init_args' is no object");
        }
        if (is_set(potential, "calc_repuls")) {
            refuse("the potential has a pair repulsion");
        }
        if (is_set(arguments, "is_intensive")) {
            refuse("the network predicts an intensive property, not an energy");
        }
        if (is_set(arguments, "include_state")) {
            refuse("the network needs features of the state");
        }
        return arguments;
    }
    const Json& network() const { return description_["kwargs"]["model"]; }
    bool is_m3gnet() const { return network()["@class"] == "M3GNet"; }

    // Where messages are summed. A TensorNet got another version when that was turned round (matgl 2.2). An
    // M3GNet (3.0) did not: its module had another name in 3.x, the potential has "compile_model" since 4.0.
    const char* place_of_messages() const {
        bool is_source = false;
        if (is_m3gnet()) {
            const std::string module = network().contains("@module") ? text(network(), "@module") : "";
            is_source = module.ends_with("_pyg") || module.ends_with("_dgl") ||
                        description_["kwargs"].contains("compile_model");
        } else if (network().contains("@model_version")) {
            is_source = integer(network(), "@model_version", most_versions) >= 2;
        }
        return is_source ? "src" : "dst";
    }

    std::vector<int> species(const Json& arguments) const {
        const Json& symbols = member(arguments, "element_types");
        std::vector<int> numbers;
        for (const Json& entry : symbols.is_array() ? symbols : Json::array()) {
            const std::string name = entry.is_string() ? entry.get<std::string>() : "";
            const std::optional<int> z = atomic_number(name);
            if (!z) {
                fail("'element_types' holds '" + shown(name) + "', which is no element");
            }
            numbers.push_back(*z);
        }
        if (numbers.empty()) {
            fail("'element_types' lists no elements");
        }
        return numbers;
    }

    Architecture tensornet(const Json& arguments, std::int64_t elements) const {
        TensorNetSizes sizes;
        sizes.elements = elements;
        sizes.channels = integer(arguments, "units", most_channels);
        sizes.layers = integer(arguments, "nblocks", most_layers);
        const bool is_bessel = text(arguments, "rbf_type") == "SphericalBessel";
        sizes.basis_functions = integer(arguments, is_bessel ? "max_n" : "num_rbf", most_functions);
        return {"tensornet",
                static_cast<int>(sizes.layers) + 1,  // the embedding looks at neighbours too
                "tensor_embedding.emb.weight",
                tensornet_parameters(sizes),
                {"units", "nblocks", "rbf_type", "use_smooth", "max_n", "num_rbf", "width", "activation_type",
                 "cutoff", "equivariance_invariance_group"},
                Json{{"messages_at", place_of_messages()}}};
    }

    Architecture m3gnet(const Json& arguments, std::int64_t elements) const {
        if (is_set(arguments, "use_phi")) {
            refuse("the network needs azimuths of bonds (use_phi)");
        }
        M3GNetSizes sizes;
        sizes.elements = elements;
        sizes.node_channels = integer(arguments, "dim_node_embedding", most_channels);
        sizes.edge_channels = integer(arguments, "dim_edge_embedding", most_channels);
        sizes.units = integer(arguments, "units", most_channels);
        sizes.blocks = integer(arguments, "nblocks", most_layers);
        sizes.functions = integer(arguments, "max_n", most_functions);
        sizes.orders = integer(arguments, "max_l", most_orders);
        sizes.is_smooth = is_set(arguments, "use_smooth");
        // Where the atom at the other end receives messages, it sees neighbours of its neighbours at once.
        const std::string place = place_of_messages();
        return {"m3gnet",
                static_cast<int>(sizes.blocks) * (place == "src" ? 1 : 2),
                "embedding.layer_node_embedding.weight",
                m3gnet_parameters(sizes),
                {"dim_node_embedding", "dim_edge_embedding", "units", "nblocks", "rbf_type", "use_smooth",
                 "max_n", "max_l", "activation_type", "cutoff", "threebody_cutoff"},
                Json{{"messages_at", place}}};
    }

    // The number of a tensor with one, or `otherwise` where there is none of this name.
    double scalar_or(const char* name, double otherwise) const {
        const auto found = state_.find(name);
        if (found == state_.end()) {
            return otherwise;
        }
        const std::vector<double> values = found->second.as_doubles();
        if (values.size() != 1 || !std::isfinite(values[0])) {
            throw ModelError(state_source_ + ": tensor '" + name + "' is not one finite number");
        }
        return values[0];
    }

    std::vector<double> reference_energies(std::size_t elements) const {
        if (const double mean = scalar_or("data_mean", 0.0); mean != 0.0) {
            refuse("every structure's energy is shifted by data_mean, whatever its size");
        }
        const auto found = state_.find("element_refs.property_offset");
        if (found == state_.end()) {
            return std::vector<double>(elements, 0.0);
        }
        if (found->second.shape != std::vector<std::int64_t>{static_cast<std::int64_t>(elements)}) {
            throw ModelError(state_source_ +
                             ": tensor 'element_refs.property_offset' is not one energy for each of " +
                             std::to_string(elements) + " elements");
        }
        return found->second.as_doubles();
    }

    // The network's own, without the "cutoff" of Bessel functions, which the description says too.
    void take_tensors(TensorMap& tensors) {
        for (auto& [name, tensor] : state_) {
            if (name.starts_with(prefix) && !name.ends_with("bf.cutoff")) {
                tensors.emplace(name.substr(prefix.size()), std::move(tensor));
            }
        }
        const auto weight = tensors.find(last_linear + "weight"), bias = tensors.find(last_linear + "bias");
        if (weight == tensors.end() || bias == tensors.end() || weight->second.type != bias->second.type) {
            throw ModelError(state_source_ + ": tensor '" + prefix + last_linear +
                             "weight' or its bias is missing (the weights do not fit their description) get "
                             "the model anew");
        }
        StoredTensor joined{weight->second.type, {weight->second.count() + bias->second.count()}, {}};
        for (const auto& part : {weight, bias}) {
            joined.data.insert(joined.data.end(), part->second.data.begin(), part->second.data.end());
            tensors.erase(part);
        }
        tensors.emplace(gated_last_layer, std::move(joined));
    }

    Json hyperparameters(const Json& arguments, const Architecture& kind) const {
        Json hyper = kind.hyperparameters;
        for (const char* key : kind.arguments) {
            hyper[key] = member(arguments, key);
        }
        hyper["scale"] = scalar_or("data_std", 1.0);
        hyper["last_layer"] = gated_last_layer;
        hyper["parameters"] = Json::array();
        for (const NamedShape& parameter : kind.parameters) {
            hyper["parameters"].push_back(parameter.name);
        }
        return hyper;
    }

    const Json& description_;
    std::string source_;
    TensorMap& state_;
    std::string state_source_;
};

fs::path folder_of(const fs::path& path) {
    return fs::is_directory(path) ? path : path.parent_path();
}

fs::path state_file(const fs::path& path) {
    if (!fs::is_directory(path) && path.filename() != "model.json") {
        return path;
    }
    const fs::path folder = folder_of(path);
    return fs::exists(folder / "state.pt") ? folder / "state.pt" : folder / "state.safetensors";
}

std::string name_of(const fs::path& path) {
    const fs::path folder = fs::absolute(folder_of(path)).lexically_normal();
    return as_utf8((folder.has_filename() ? folder : folder.parent_path()).filename().string());
}

}  // namespace

bool may_be_matgl(const fs::path& path) {
    return fs::exists(folder_of(path) / "model.json");
}

ModelFile import_matgl(const fs::path& path, const ImportOptions& options) {
    if (!options.head.empty()) {
        throw ModelError(path.string() + ": matgl's models have no heads (--head was given) leave it out",
                         ExitCode::usage);
    }
    const fs::path description = folder_of(path) / "model.json", state = state_file(path);
    const Json record = read_json(description);
    const std::string bytes = read_file(state);
    TensorMap tensors = read_state_dict(bytes, state.string());
    require_finite(tensors, state.string());
    ModelFile model =
        MatglReader(record, description.string(), tensors, state.string())
            .read(options.name.empty() ? name_of(path) : as_utf8(options.name), options.species);
    record_origin(model, bytes, state.string(), options);
    finish_import(model, model.card.hyperparameters["parameters"], state.string(), options);
    return model;
}

}  // namespace fibonaqi
