#include "fibonaqi/model/new_tensornet.hpp"

#include <cmath>
#include <functional>
#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/tensornet_layout.hpp"

namespace fibonaqi {
namespace {

constexpr std::int64_t most_channels = 4096;
constexpr std::int64_t most_layers = 32;
constexpr std::int64_t most_functions = 30;

void require_sense(const NewTensorNet& description) {
    const auto require = [&](bool is_sound, const std::string& problem) {
        if (!is_sound) {
            throw ModelError("new model '" + description.name + "': " + problem, ExitCode::usage);
        }
    };
    const auto is_within = [](std::int64_t value, std::int64_t least, std::int64_t most) {
        return value >= least && value <= most;
    };
    require(!description.species.empty(), "no elements are named (their vectors are learnt) list them");
    require(description.e0.empty() || description.e0.size() == description.species.size(),
            "not one reference energy for each element");
    require(is_within(description.channels, 1, most_channels), "channels are not among 1 ... 4096");
    require(is_within(description.layers, 0, most_layers), "layers are not among 0 ... 32");
    require(is_within(description.basis_functions, 1, most_functions),
            "basis functions are not among 1 ... 30");
    require(std::isfinite(description.scale) && description.scale > 0.0, "the scale is not above 0 eV");
}

std::string without_last_word(const std::string& name) {
    return name.substr(0, name.rfind('.'));
}

// Fills tensors one by one; knows the fan-in of every layer.
class Initialiser {
  public:
    Initialiser(const std::vector<NamedShape>& shapes, std::uint64_t seed) : seed_(seed) {
        for (const auto& [name, shape] : shapes) {
            if (shape.size() == 2) {
                fan_in_[without_last_word(name)] = static_cast<double>(shape[1]);
            }
        }
    }

    StoredTensor make(const NamedShape& tensor, TensorType type) const {
        KeyedRng rng(seed_, "new tensornet " + tensor.name);
        const auto draw = distribution(tensor);
        std::vector<double> values;
        for (std::int64_t i = 0; i < tensor.count(); ++i) {
            values.push_back(draw(rng));
        }
        return StoredTensor::from_doubles(values, tensor.shape, type);
    }

  private:
    using Draw = std::function<double(KeyedRng&)>;

    static Draw constant(double value) {
        return [value](KeyedRng&) { return value; };
    }
    static Draw evenly(double limit) {
        return [limit](KeyedRng& rng) { return limit * (2.0 * rng.uniform() - 1.0); };
    }

    Draw distribution(const NamedShape& tensor) const {
        const std::string layer = without_last_word(tensor.name);
        const bool is_bias = tensor.name.ends_with(".bias");
        if (tensor.name == tensornet_last_layer) {
            return evenly(1.0 / std::sqrt(static_cast<double>(tensor.shape[0] - 1)));
        }
        if (layer.ends_with("norm")) {
            return constant(is_bias ? 0.0 : 1.0);
        }
        if (layer.ends_with(".emb")) {
            return [](KeyedRng& rng) { return rng.normal(); };
        }
        if (layer.starts_with("layers.")) {
            return is_bias ? constant(0.0)
                           : evenly(std::sqrt(6.0 / static_cast<double>(tensor.shape[0] + tensor.shape[1])));
        }
        return evenly(1.0 / std::sqrt(fan_in_.at(layer)));
    }

    std::uint64_t seed_;
    std::map<std::string, double> fan_in_;
};

Json hyperparameters(const NewTensorNet& description, const std::vector<NamedShape>& parameters) {
    Json hyper{{"units", description.channels},        {"nblocks", description.layers},
               {"rbf_type", "SphericalBessel"},        {"use_smooth", true},
               {"max_n", description.basis_functions}, {"activation_type", "swish"},
               {"cutoff", description.cutoff},         {"equivariance_invariance_group", "O(3)"},
               {"scale", description.scale},           {"last_layer", tensornet_last_layer},
               {"parameters", Json::array()}};
    std::int64_t numbers = 0;
    for (const NamedShape& parameter : parameters) {
        hyper["parameters"].push_back(parameter.name);
        numbers += parameter.count();
    }
    hyper["n_parameters"] = numbers;
    return hyper;
}

}  // namespace

ModelFile new_tensornet(const NewTensorNet& description, std::uint64_t seed) {
    require_sense(description);
    const std::vector<NamedShape> shapes =
        tensornet_parameters({static_cast<std::int64_t>(description.species.size()), description.channels,
                              description.layers, description.basis_functions});
    ModelFile model;
    model.card.name = description.name;
    model.card.architecture = "tensornet";
    model.card.hyperparameters = hyperparameters(description, shapes);
    model.card.species = description.species;
    model.card.e0 =
        description.e0.empty() ? std::vector<double>(description.species.size(), 0.0) : description.e0;
    model.card.cutoff = description.cutoff;
    model.card.layers = static_cast<int>(description.layers) + 1;
    model.card.dtype = description.type == TensorType::float64 ? "float64" : "float32";
    model.card.provenance = Json{{"source", "random weights"}, {"seed", seed}};
    model.card = model_card_from_json(to_json(model.card), "new model '" + description.name + "'");
    const Initialiser initialiser(shapes, seed);
    for (const NamedShape& tensor : shapes) {
        model.tensors.emplace(tensor.name, initialiser.make(tensor, description.type));
    }
    return model;
}

}  // namespace fibonaqi
