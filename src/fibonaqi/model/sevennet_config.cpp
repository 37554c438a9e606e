#include "fibonaqi/model/sevennet_config.hpp"

#include <charconv>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/foreign_text.hpp"

namespace fibonaqi {
namespace {

constexpr std::int64_t most_layers = 32;
constexpr std::int64_t most_functions = 1000;
constexpr std::size_t most_blocks = 32;  // of irreps
constexpr std::size_t most_hidden_layers = 16;

// Reads one config; messages name the file and the key.
class ConfigReader {
  public:
    ConfigReader(const Json& config, const std::string& source) : config_(config), source_(source) {}

    SevennetConfig read() const {
        require_known_options();
        SevennetConfig result;
        result.species = species();
        result.cutoff = number(config_, "cutoff");
        result.cutoff_function = cutoff_function();
        result.layout = layout(static_cast<std::int64_t>(result.species.size()));
        result.has_sorted_paths = has_sorted_paths();
        return result;
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw ModelError(source_ + ": " + problem + " (not a checkpoint as SevenNet writes it)");
    }
    [[noreturn]] void refuse(const std::string& feature) const {
        throw ModelError(source_ + ": the network has " + feature +
                             " (this program's NequIP does not have it) take another model",
                         ExitCode::usage);
    }

    const Json& member(const Json& object, const char* key) const {
        if (!object.is_object() || !object.contains(key) || object[key].is_null()) {
            fail(std::string("'") + key + "' of the config is missing or no plain data");
        }
        return object[key];
    }
    double number(const Json& object, const char* key) const {
        const Json& value = member(object, key);
        if (!value.is_number() || !std::isfinite(value.get<double>())) {
            fail(std::string("'") + key + "' of the config is no number");
        }
        return value.get<double>();
    }
    std::int64_t integer(const Json& value, const char* key, std::int64_t least, std::int64_t most) const {
        if (!value.is_number_integer() || value < least || value > most) {
            fail(std::string("'") + key + "' of the config is no integer from " + std::to_string(least) +
                 " to " + std::to_string(most));
        }
        return value.get<std::int64_t>();
    }
    std::string text(const Json& object, const char* key) const {
        const Json& value = member(object, key);
        if (!value.is_string()) {
            fail(std::string("'") + key + "' of the config is no text");
        }
        return shown(value.get<std::string>());
    }
    bool is_set(const char* key) const { return config_.contains(key) && config_[key] == true; }
    bool flag(const char* key) const {
        if (!member(config_, key).is_boolean()) {
            fail(std::string("'") + key + "' of the config is neither true nor false");
        }
        return config_[key].get<bool>();
    }

    void require_known_options() const {
        if (is_set("use_modality")) {
            refuse("several modalities (outputs for several levels of theory)");
        }
        if (is_set("use_bias_in_linear")) {
            refuse("linear maps with a bias");
        }
        if (is_set("readout_as_fcn")) {
            refuse("a nonlinear readout");
        }
        if (!is_set("_normalize_sph")) {
            refuse("harmonics of vectors that are not normalised (SevenNet before July 2024)");
        }
        if (config_.contains("interaction_type") && text(config_, "interaction_type") != "nequip") {
            refuse("interactions of the type '" + text(config_, "interaction_type") + "'");
        }
        if (const std::string basis = text(member(config_, "radial_basis"), "radial_basis_name");
            basis != "bessel") {
            refuse("the radial basis '" + basis + "'");
        }
        require_activation(text(config_, "act_radial"), "silu");
        for (const char* key : {"act_scalar", "act_gate"}) {
            require_activation(text(member(config_, key), "e"), "silu");
            require_activation(text(member(config_, key), "o"), "tanh");
        }
    }

    void require_activation(const std::string& found, const std::string& known) const {
        if (found != known) {
            refuse("the activation function '" + found + "'");
        }
    }

    // _type_map: atomic number -> index.
    std::vector<int> species() const {
        const Json& map = member(config_, "_type_map");
        std::vector<int> numbers(map.size(), 0);
        for (const auto& [key, index] : map.items()) {
            int z = 0;
            const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), z);
            if (problem != std::errc{} || *end != '\0' || z < 1 || z > largest_atomic_number) {
                fail("'_type_map' of the config names '" + shown(key) + "', which is no atomic number");
            }
            const auto place = static_cast<std::size_t>(
                integer(index, "_type_map", 0, static_cast<std::int64_t>(map.size()) - 1));
            if (numbers[place] != 0) {
                fail("'_type_map' of the config gives " + symbol(z) + " and " + symbol(numbers[place]) +
                     " the same index " + std::to_string(place));
            }
            numbers[place] = z;
        }
        if (numbers.empty()) {
            fail("'_type_map' of the config names no elements");
        }
        return numbers;
    }

    Json cutoff_function() const {
        const Json& function = member(config_, "cutoff_function");
        const std::string name = text(function, "cutoff_function_name");
        Json hyper{{"cutoff", number(config_, "cutoff")}, {"cutoff_function_name", name}};
        if (name == "XPLOR") {
            hyper["cutoff_on"] = number(function, "cutoff_on");
        } else if (name == "poly_cut") {
            constexpr int default_power = 6;
            const char* key = "poly_cut_p_value";
            hyper[key] = function.contains(key) ? integer(function[key], key, 1, 100) : default_power;
        } else {
            refuse("the cutoff function '" + name + "'");
        }
        return hyper;
    }

    // A positive value of `key`, else that of "lmax".
    int order_or_lmax(const char* key) const {
        const std::int64_t lmax = integer(member(config_, "lmax"), "lmax", 0, highest_order);
        const std::int64_t own = config_.contains(key) ? integer(config_[key], key, -1, highest_order) : -1;
        return static_cast<int>(own > 0 ? own : lmax);
    }

    NequipLayout layout(std::int64_t elements) const {
        NequipLayout layout;
        layout.elements = elements;
        layout.max_ell = order_or_lmax("lmax_edge");
        layout.follow_parity = flag("is_parity");
        const auto layers = static_cast<std::size_t>(
            integer(member(config_, "num_convolution_layer"), "num_convolution_layer", 1, most_layers));
        layout.features = features(layers, layout);
        const Json& basis = config_["radial_basis"];
        constexpr std::int64_t default_functions = 8;
        layout.bessel_functions =
            basis.contains("bessel_basis_num")
                ? integer(basis["bessel_basis_num"], "bessel_basis_num", 1, most_functions)
                : default_functions;
        const Json& widths = member(config_, "weight_nn_hidden_neurons");
        if (!widths.is_array() || widths.empty() || widths.size() > most_hidden_layers) {
            fail("'weight_nn_hidden_neurons' of the config is no list of 1 to 16 widths");
        }
        for (const Json& width : widths) {
            layout.radial_widths.push_back(integer(width, "weight_nn_hidden_neurons", 1, most_channels));
        }
        layout.self_connections = self_connections(layers);
        return layout;
    }

    std::vector<Irreps> features(std::size_t layers, const NequipLayout& layout) const {
        const bool is_listed = config_.contains("irreps_manual") && config_["irreps_manual"] != false;
        if (!is_listed) {
            return nequip_features(integer(member(config_, "channel"), "channel", 2, most_channels),
                                   layout.max_ell, order_or_lmax("lmax_node"), layout.follow_parity, layers);
        }
        const Json& list = config_["irreps_manual"];
        if (!list.is_array() || list.size() != layers + 1) {
            fail("'irreps_manual' of the config does not list the irreps of " + std::to_string(layers + 1) +
                 " stages");
        }
        std::vector<Irreps> features;
        for (const Json& entry : list) {
            const std::optional<Irreps> irreps =
                entry.is_string() ? irreps_from(entry.get<std::string>()) : std::nullopt;
            if (!irreps || irreps->size() > most_blocks) {
                fail("'irreps_manual' of the config holds '" +
                     shown(entry.is_string() ? entry.get<std::string>() : entry.dump()) +
                     "', which are no irreps");
            }
            features.push_back(*irreps);
        }
        return features;
    }

    // One name, or one for each layer.
    std::vector<SelfConnection> self_connections(std::size_t layers) const {
        const Json& value = member(config_, "self_connection_type");
        const Json list = value.is_array() ? value : Json(layers, value);
        if (list.size() != layers) {
            fail("'self_connection_type' of the config does not list one for each layer");
        }
        std::vector<SelfConnection> kinds;
        for (const Json& entry : list) {
            const std::string name = entry.is_string() ? shown(entry.get<std::string>()) : "";
            if (name != "linear" && name != "nequip") {
                refuse("a self connection of the type '" + name + "'");
            }
            kinds.push_back(name == "linear" ? SelfConnection::linear : SelfConnection::element);
        }
        return kinds;
    }

    bool has_sorted_paths() const {
        const std::string version = text(config_, "version");
        int major = 0, minor = 0;
        const char* end = version.data() + version.size();
        const auto first = std::from_chars(version.data(), end, major);
        const bool has_minor = first.ec == std::errc{} && first.ptr != end && *first.ptr == '.' &&
                               std::from_chars(first.ptr + 1, end, minor).ec == std::errc{};
        if (!has_minor) {
            fail("'version' of the config is '" + version + "', which is no version");
        }
        return (major > 0 || minor >= 11) && version != "0.11.0.dev0";
    }

    const Json& config_;
    std::string source_;
};

}  // namespace

SevennetConfig sevennet_config_from(const Json& config, const std::string& source) {
    SevennetConfig result = ConfigReader(config, source).read();
    if (const std::string problem = problem_of(result.layout); !problem.empty()) {
        throw ModelError(source + ": " + problem + " (this program's NequIP does not have that)",
                         ExitCode::usage);
    }
    return result;
}

}  // namespace fibonaqi
