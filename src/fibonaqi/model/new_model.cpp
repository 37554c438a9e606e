#include "fibonaqi/model/new_model.hpp"

#include <cmath>
#include <functional>
#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/gated_layout.hpp"

namespace fibonaqi {
namespace {

constexpr std::int64_t most_layers = 32;
constexpr std::int64_t most_functions = 100;
constexpr std::int64_t most_tensornet_functions = 30;

using Draw = std::function<double(KeyedRng&)>;

Draw constant(double value) {
    return [value](KeyedRng&) { return value; };
}

Draw evenly(double limit) {
    return [limit](KeyedRng& rng) { return limit * (2.0 * rng.uniform() - 1.0); };
}

double normal(KeyedRng& rng) {
    return rng.normal();
}

// Refuses sizes by name.
class SizeCheck {
  public:
    explicit SizeCheck(const std::string& name) : name_(name) {}

    void require(bool is_sound, const std::string& problem) const {
        if (!is_sound) {
            throw ModelError("new model '" + name_ + "': " + problem, ExitCode::usage);
        }
    }
    void within(const std::string& what, std::int64_t value, std::int64_t least, std::int64_t most) const {
        require(value >= least && value <= most, what + " is " + std::to_string(value) + " (" +
                                                     std::to_string(least) + " to " + std::to_string(most) +
                                                     " are possible)");
    }
    void common(const NewModel& model) const {
        require(!model.species.empty(), "no elements are named (their weights are learnt) list them");
        require(model.e0.empty() || model.e0.size() == model.species.size(),
                "not one reference energy for each element");
        require(std::isfinite(model.scale) && model.scale > 0.0, "the scale is not above 0 eV");
        require(std::isfinite(model.average_neighbors) && model.average_neighbors > 0.0,
                "the average number of neighbours is not above 0 (no atom has one within the cutoff?)");
    }
    void radial(std::int64_t functions, const std::vector<std::int64_t>& widths) const {
        within("number of Bessel functions", functions, 1, most_functions);
        require(!widths.empty(), "the radial network has no hidden layer");
        for (const std::int64_t width : widths) {
            within("width of the radial network", width, 1, most_channels);
        }
    }

  private:
    std::string name_;
};

StoredTensor draw_tensor(const NewModel& common, const NamedShape& tensor, const Draw& draw) {
    KeyedRng rng(common.seed, "new model " + tensor.name);
    std::vector<double> values;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        values.push_back(draw(rng));
    }
    return StoredTensor::from_doubles(values, tensor.shape, common.type);
}

// The card, checked as one that was read; tensors are still to come.
ModelFile model_of(const NewModel& common, const std::string& architecture, int layers,
                   Json hyperparameters) {
    ModelFile model;
    model.card.name = common.name;
    model.card.architecture = architecture;
    model.card.hyperparameters = std::move(hyperparameters);
    model.card.species = common.species;
    model.card.e0 = common.e0.empty() ? std::vector<double>(common.species.size(), 0.0) : common.e0;
    model.card.cutoff = common.cutoff;
    model.card.layers = layers;
    model.card.dtype = common.type == TensorType::float64 ? "float64" : "float32";
    model.card.provenance = Json{{"source", "random weights"}, {"seed", common.seed}};
    if (!common.licence.empty()) {
        model.card.provenance["licence"] = common.licence;
    }
    if (!common.citation.empty()) {
        model.card.provenance["citation"] = common.citation;
    }
    model.card = model_card_from_json(to_json(model.card), "new model '" + common.name + "'");
    return model;
}

std::string without_last_word(const std::string& name) {
    return name.substr(0, name.rfind('.'));
}

// How matgl fills each tensor; knows the fan-in of every layer.
class TensorNetDraws {
  public:
    explicit TensorNetDraws(const std::vector<NamedShape>& shapes) {
        for (const auto& [name, shape] : shapes) {
            if (shape.size() == 2) {
                fan_in_[without_last_word(name)] = static_cast<double>(shape[1]);
            }
        }
    }

    Draw of(const NamedShape& tensor) const {
        const std::string layer = without_last_word(tensor.name);
        const bool is_bias = tensor.name.ends_with(".bias");
        if (tensor.name == gated_last_layer) {
            return evenly(1.0 / std::sqrt(static_cast<double>(tensor.shape[0] - 1)));
        }
        if (layer.ends_with("norm")) {
            return constant(is_bias ? 0.0 : 1.0);
        }
        if (layer.ends_with(".emb")) {
            return normal;
        }
        if (layer.starts_with("layers.")) {
            return is_bias ? constant(0.0)
                           : evenly(std::sqrt(6.0 / static_cast<double>(tensor.shape[0] + tensor.shape[1])));
        }
        return evenly(1.0 / std::sqrt(fan_in_.at(layer)));
    }

  private:
    std::map<std::string, double> fan_in_;
};

}  // namespace

ModelFile new_mace(const NewModel& common, MaceLayout layout) {
    const SizeCheck check(common.name);
    check.common(common);
    check.within("number of channels", layout.channels, 1, most_channels);
    check.within("order of hidden features", layout.hidden_order, 0, 2);
    check.within("order of harmonics", layout.max_ell, 0, highest_order);
    check.within("correlation", layout.correlation, 1, 4);
    check.within("number of layers", layout.layers, 1, most_layers);
    check.within("power of the envelope", layout.envelope_power, 1, most_functions);
    check.within("number of readout channels", layout.readout_width, 1, most_channels);
    check.radial(layout.bessel_functions, layout.radial_widths);
    layout.elements = static_cast<std::int64_t>(common.species.size());
    Json hyper = mace_hyperparameters(layout, common.cutoff);
    hyper.update(
        Json{{"scale", common.scale}, {"shift", 0.0}, {"avg_num_neighbors", common.average_neighbors}});
    ModelFile model = model_of(common, "mace", layout.layers, std::move(hyper));
    model.tensors = mace_buffers(layout, common.cutoff);
    for (const NamedShape& tensor : mace_parameters(layout)) {
        model.tensors.emplace(tensor.name, draw_tensor(common, tensor, normal));
    }
    return model;
}

ModelFile new_nequip(const NewModel& common, NequipLayout layout) {
    const SizeCheck check(common.name);
    check.common(common);
    check.within("number of layers", static_cast<std::int64_t>(layout.layers()), 1, most_layers);
    check.radial(layout.bessel_functions, layout.radial_widths);
    layout.elements = static_cast<std::int64_t>(common.species.size());
    const std::string problem = problem_of(layout);
    check.require(problem.empty(), problem);
    Json hyper = nequip_hyperparameters(layout);
    hyper.update(
        Json{{"cutoff", common.cutoff}, {"cutoff_function_name", "poly_cut"}, {"poly_cut_p_value", 6}});
    ModelFile model = model_of(common, "nequip", static_cast<int>(layout.layers()), std::move(hyper));
    for (const NamedShape& tensor : nequip_parameters(layout)) {
        int n = 0;
        const Draw wave_number = [&](KeyedRng&) { return ++n * M_PI / common.cutoff; };
        model.tensors.emplace(
            tensor.name,
            draw_tensor(common, tensor, tensor.name == nequip_wave_numbers ? wave_number : normal));
    }
    const double divisor = std::sqrt(common.average_neighbors);
    for (const NamedShape& tensor : nequip_buffers(layout)) {
        const double value = tensor.name == nequip_scale ? common.scale : divisor;
        model.tensors.emplace(tensor.name, draw_tensor(common, tensor, constant(value)));
    }
    return model;
}

ModelFile new_tensornet(const NewModel& common, TensorNetSizes sizes) {
    const SizeCheck check(common.name);
    check.common(common);
    check.within("number of channels", sizes.channels, 1, most_channels);
    check.within("number of layers", sizes.layers, 0, most_layers);
    check.within("number of basis functions", sizes.basis_functions, 1, most_tensornet_functions);
    sizes.elements = static_cast<std::int64_t>(common.species.size());
    Json hyper = tensornet_hyperparameters(sizes);
    hyper.update(Json{{"cutoff", common.cutoff}, {"scale", common.scale}});
    ModelFile model = model_of(common, "tensornet", static_cast<int>(sizes.layers) + 1, std::move(hyper));
    const std::vector<NamedShape> shapes = tensornet_parameters(sizes);
    const TensorNetDraws draws(shapes);
    for (const NamedShape& tensor : shapes) {
        model.tensors.emplace(tensor.name, draw_tensor(common, tensor, draws.of(tensor)));
    }
    return model;
}

}  // namespace fibonaqi
