#include "fibonaqi/model/sevennet_import.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <tuple>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/foreign_text.hpp"
#include "fibonaqi/model/import_steps.hpp"
#include "fibonaqi/model/plain_data.hpp"
#include "fibonaqi/model/sevennet_config.hpp"
#include "fibonaqi/model/state_dict.hpp"
#include "fibonaqi/model/torch_archive.hpp"
#include "fibonaqi/model/wigner_3j.hpp"

namespace fibonaqi {
namespace {

constexpr const char* shift_name = "rescale_atomic_energy.shift";

// +1 or -1: the sign of a coefficient tensor of the file relative to wigner_3j.
double sign_of(const StoredTensor& tensor, const std::array<int, 3>& orders, const std::string& name,
               const std::string& source) {
    const auto [l1, l2, l3] = orders;
    const std::int64_t columns = 2 * l2 + 1, depth = 2 * l3 + 1;
    double overlap = 0.0, length = 0.0;
    if (tensor.shape == std::vector<std::int64_t>{2 * l1 + 1, columns, depth}) {
        const std::vector<double> values = tensor.as_doubles();
        for (const CouplingTerm& term : wigner_3j(l1, l2, l3)) {
            overlap += term.value *
                       values[static_cast<std::size_t>((term.m1 * columns + term.m2) * depth + term.m3)];
        }
        length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
    }
    constexpr double tolerance = 1e-4;  // of numbers in float32; both tensors are of length 1
    if (std::abs(length - 1.0) > tolerance || std::abs(std::abs(overlap) - 1.0) > tolerance) {
        throw ModelError(source + ": tensor '" + name +
                         "' is no coupling of three orders of harmonics as e3nn has it (damaged file)");
    }
    return overlap > 0.0 ? 1.0 : -1.0;
}

// Puts the columns of a layer's path weights into the order and signs of this project.
class PathWeights {
  public:
    PathWeights(const SevennetConfig& config, std::size_t layer, const std::string& source)
        : layout_(config.layout),
          layer_(layer),
          source_(source),
          paths_(config.layout.paths(layer)),
          order_(paths_.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        if (!config.has_sorted_paths) {
            std::stable_sort(order_.begin(), order_.end(),
                             [&](std::size_t a, std::size_t b) { return key(paths_[a]) < key(paths_[b]); });
        }
    }

    void arrange(TensorMap& tensors) const {
        StoredTensor& matrix = tensors.at(nequip_path_weights_name(layout_, layer_));
        const std::vector<double> old = matrix.as_doubles();
        std::vector<double> values(old.size());
        const auto width = static_cast<std::size_t>(matrix.shape[1]);
        const std::vector<std::size_t> to = columns();
        std::size_t from = 0;
        for (const std::size_t path : order_) {
            const double sign = sign_in_file(tensors, paths_[path]);
            for (std::size_t channel = 0; channel < channels(path); ++channel, ++from) {
                for (std::size_t row = 0; row < old.size() / width; ++row) {
                    values[row * width + to[path] + channel] = sign * old[row * width + from];
                }
            }
        }
        matrix = StoredTensor::from_doubles(values, matrix.shape, matrix.type);
    }

  private:
    static std::tuple<std::size_t, int, int> key(const CouplingPath& path) {
        return {path.input, path.l, path.output.l};
    }
    std::size_t channels(std::size_t path) const {
        return static_cast<std::size_t>(layout_.features[layer_][paths_[path].input].channels);
    }
    // First column of every path here.
    std::vector<std::size_t> columns() const {
        std::vector<std::size_t> first;
        std::size_t column = 0;
        for (std::size_t path = 0; path < paths_.size(); ++path) {
            first.push_back(column);
            column += channels(path);
        }
        return first;
    }
    // Newer files, and couplings with a scalar, have no coefficients: they are those of wigner_3j.
    double sign_in_file(const TensorMap& tensors, const CouplingPath& path) const {
        const int l1 = layout_.features[layer_][path.input].irrep.l, l2 = path.l, l3 = path.output.l;
        const std::string name =
            nequip_name(layer_, "convolution.convolution._compiled_main_left_right._w3j_" +
                                    std::to_string(l1) + "_" + std::to_string(l2) + "_" + std::to_string(l3));
        const auto found = tensors.find(name);
        return found == tensors.end() ? 1.0 : sign_of(found->second, {l1, l2, l3}, name, source_);
    }

    const NequipLayout& layout_;
    std::size_t layer_;
    const std::string& source_;
    std::vector<CouplingPath> paths_;
    std::vector<std::size_t> order_;  // of the file
};

// One number for each element: of a tensor with that many, or with one for all.
std::vector<double> by_element(const TensorMap& tensors, const std::string& name, std::size_t elements,
                               const std::string& source) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
        throw ModelError(source + ": tensor '" + name +
                         "' is missing (not a checkpoint as SevenNet writes it)");
    }
    const std::vector<double> values = found->second.as_doubles();
    if (values.size() != 1 && (values.size() != elements || found->second.shape.size() != 1)) {
        throw ModelError(source + ": tensor '" + name + "' has " + std::to_string(values.size()) +
                         " numbers for " + std::to_string(elements) + " elements");
    }
    return values.size() == elements ? values : std::vector<double>(elements, values[0]);
}

// Wave numbers that were not trained are not in the file.
StoredTensor untrained_wave_numbers(const SevennetConfig& config) {
    std::vector<double> values;
    for (std::int64_t n = 1; n <= config.layout.bessel_functions; ++n) {
        values.push_back(static_cast<double>(n) * M_PI / config.cutoff);
    }
    return StoredTensor::from_doubles(values, {config.layout.bessel_functions}, TensorType::float32);
}

ModelFile model_from(const SevennetConfig& config, TensorMap tensors, const std::string& source) {
    require_finite(tensors, source);
    const std::size_t elements = config.species.size();
    ModelFile model;
    model.card.architecture = "nequip";
    model.card.species = config.species;
    model.card.e0 = by_element(tensors, shift_name, elements, source);
    model.card.cutoff = config.cutoff;
    model.card.layers = static_cast<int>(config.layout.layers());
    model.card.hyperparameters = nequip_hyperparameters(config.layout);
    model.card.hyperparameters.update(config.cutoff_function);
    model.card.dtype = "float32";
    tensors.emplace(nequip_wave_numbers, untrained_wave_numbers(config));
    tensors.insert_or_assign(
        nequip_scale, StoredTensor::from_doubles(by_element(tensors, nequip_scale, elements, source),
                                                 {static_cast<std::int64_t>(elements)}, TensorType::float64));
    std::vector<NamedShape> needed = nequip_parameters(config.layout);
    const std::vector<NamedShape> buffers = nequip_buffers(config.layout);
    needed.insert(needed.end(), buffers.begin(), buffers.end());
    require_shapes(tensors, needed, source);
    for (std::size_t layer = 0; layer < config.layout.layers(); ++layer) {
        PathWeights(config, layer, source).arrange(tensors);
    }
    for (const NamedShape& tensor : needed) {
        model.tensors.insert(tensors.extract(tensor.name));
    }
    return model;
}

void replace_numbers(StoredTensor& tensor, const std::vector<double>& values, TensorType type) {
    tensor = StoredTensor::from_doubles(values, {static_cast<std::int64_t>(values.size())}, type);
}

// Weights by element are divided by sqrt(number of elements) in use: they are multiplied by sqrt(new / old),
// so that energies stay what they were; they get the type of the result, so that it is rounded once.
void keep_species_of_nequip(ModelFile& model, const NequipLayout& layout, const SpeciesChoice& choice,
                            TensorType type) {
    const std::size_t elements = model.card.species.size();
    const double factor =
        std::sqrt(static_cast<double>(choice.species.size()) / static_cast<double>(elements));
    StoredTensor& embedding = model.tensors.at("onehot_to_feature_x.linear.weight");
    replace_numbers(embedding,
                    pick_elements(embedding.as_doubles(), elements,
                                  static_cast<std::size_t>(layout.channels()), choice, factor),
                    type);
    StoredTensor& scale = model.tensors.at(nequip_scale);
    replace_numbers(scale, pick_elements(scale.as_doubles(), elements, 1, choice), scale.type);
    for (std::size_t layer = 0; layer < layout.layers(); ++layer) {
        if (layout.self_connections[layer] == SelfConnection::linear) {
            continue;
        }
        StoredTensor& weight = model.tensors.at(nequip_self_connection_name(SelfConnection::element, layer));
        const std::vector<double> old = weight.as_doubles();
        std::vector<double> values;
        for (const LinearPart& part :
             linear_parts(layout.features[layer], gate_inputs(layout.features[layer + 1]).irreps)) {
            const auto size = static_cast<std::size_t>(part.rows * part.columns) * elements;
            const std::vector<double> kept =
                pick_elements(std::span(old).subspan(static_cast<std::size_t>(part.begin) * elements, size),
                              elements, static_cast<std::size_t>(part.columns), choice, factor);
            values.insert(values.end(), kept.begin(), kept.end());
        }
        replace_numbers(weight, values, type);
    }
    keep_species_of_card(model.card, choice);
}

}  // namespace

bool is_sevennet(const PickleValue& root) {
    return is_dict(root) && root.entry("model_state_dict") != nullptr && root.entry("config") != nullptr;
}

ModelFile import_sevennet(std::string_view bytes, const std::string& source, const ImportOptions& options) {
    if (!options.head.empty()) {
        throw ModelError(source + ": SevenNet's models have no heads (--head was given) leave it out",
                         ExitCode::usage);
    }
    TorchArchive archive(bytes, source);
    if (!is_sevennet(archive.root())) {
        throw ModelError(source + ": not a checkpoint of SevenNet (no model_state_dict and config in it)");
    }
    const Json record = plain_data(*archive.root().entry("config"));
    const SevennetConfig config = sevennet_config_from(record, source);
    ModelFile model =
        model_from(config, tensors_of(archive, *archive.root().entry("model_state_dict"), source), source);
    model.card.name =
        as_utf8(options.name.empty() ? std::filesystem::path(source).stem().string() : options.name);
    record_origin(model, bytes, source, options);
    if (!options.species.empty()) {
        keep_species_of_nequip(model, config.layout, choose_species(model.card, options.species),
                               options.dtype.value_or(TensorType::float32));
    }
    finish_import(model, model.card.hyperparameters["parameters"], source, options);
    return model;
}

ModelFile nequip_from_sevennet(const Json& config, TensorMap tensors, const std::string& source) {
    return model_from(sevennet_config_from(config, source), std::move(tensors), source);
}

}  // namespace fibonaqi
