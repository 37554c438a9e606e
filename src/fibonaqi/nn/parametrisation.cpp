#include "fibonaqi/nn/parametrisation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/name_pattern.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<std::string> patterns_of(const Network& network, const FreezeOptions& options) {
    const auto layers = network.layers();
    if (options.layers > layers.size()) {
        throw ConfigError("freeze.layers is " + std::to_string(options.layers) + " (the model has " +
                          (layers.empty() ? "no layers that are counted" : std::to_string(layers.size())) +
                          ") give a smaller number, or names with freeze.patterns");
    }
    std::vector<std::string> patterns = options.patterns;
    for (std::size_t i = 0; i < options.layers; ++i) {
        patterns.insert(patterns.end(), layers[i].begin(), layers[i].end());
    }
    return patterns;
}

at::Tensor random_normal(std::vector<std::int64_t> shape, double spread, KeyedRng rng) {
    at::Tensor values = at::empty(shape, at::kDouble);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        values.data_ptr<double>()[i] = spread * rng.normal();
    }
    return values;
}

[[noreturn]] void refuse_nothing_to_train(bool has_low_rank) {
    throw ConfigError(std::string("freeze holds every ") + (has_low_rank ? "matrix" : "weight") +
                      " of the model (nothing would be left to train) hold fewer");
}

}  // namespace

std::vector<bool> held_weights(const Network& network, const FreezeOptions& options) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : network.parameters()) {
        names.push_back(name);
    }
    return matching(names, patterns_of(network, options), "freeze.patterns");
}

Parametrisation::Parametrisation(const Network& network, const TrainableOptions& options, std::uint64_t seed)
    : lora_(options.lora) {
    const std::vector<bool> is_held = held_weights(network, options.freeze);
    for (const auto& [name, tensor] : network.parameters()) {
        all_.push_back(tensor);
    }
    if (lora_.rank > 0) {
        add_updates(network, is_held, seed);
    } else {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (!is_held[i]) {
                weights_.push_back(all_[i]);
                leaves_.push_back(all_[i].detach());  // shares its memory
                leaf_names_.push_back(network.parameters()[i].first);
            }
        }
    }
    if (leaves_.empty()) {
        refuse_nothing_to_train(lora_.rank > 0);
    }
    for (at::Tensor& tensor : all_) {
        tensor.set_requires_grad(false);
    }
    for (at::Tensor& tensor : weights_) {
        tensor.set_requires_grad(true);
    }
}

Parametrisation::~Parametrisation() {
    for (at::Tensor& tensor : all_) {
        tensor.set_requires_grad(true);
    }
}

void Parametrisation::add_updates(const Network& network, const std::vector<bool>& is_held,
                                  std::uint64_t seed) {
    const std::vector<WeightMatrix> matrices = network.matrices();
    const auto parameters = network.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto& [name, tensor] = parameters[i];
        for (std::size_t m = 0; m < matrices.size() && !is_held[i]; ++m) {
            if (matrices[m].parameter != name) {
                continue;
            }
            if (weights_.empty() || !weights_.back().is_same(tensor)) {
                weights_.push_back(tensor);
                base_.push_back(tensor.detach().clone());
            }
            const WeightMatrix& place = matrices[m];
            const std::int64_t rank =
                std::min({static_cast<std::int64_t>(lora_.rank), place.rows, place.columns});
            const double spread = 1.0 / std::sqrt(static_cast<double>(rank));
            const at::TensorOptions options = tensor.detach().options();
            const at::Tensor a = random_normal({place.count, place.rows, rank}, spread,
                                               KeyedRng(seed, "low-rank update", 0, m))
                                     .to(options);
            const at::Tensor b = at::zeros({place.count, rank, place.columns}, options);
            updates_.push_back({weights_.size() - 1, place, a, b});
            leaves_.insert(leaves_.end(), {a, b});
            leaf_names_.insert(leaf_names_.end(), {name, name});
        }
    }
}

std::vector<at::Tensor> Parametrisation::pull_back(const std::vector<at::Tensor>& gradients) const {
    FIBONAQI_EXPECT(gradients.size() == weights_.size());
    if (updates_.empty()) {
        return gradients;
    }
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> result;
    for (const Update& update : updates_) {
        const at::Tensor& whole = gradients[update.weight];
        if (!whole.defined()) {
            result.insert(result.end(), 2, at::Tensor());
            continue;
        }
        const at::Tensor gradient = update.place.view(whole.contiguous()) * factor();
        result.push_back(at::bmm(gradient, update.b.transpose(1, 2)));
        result.push_back(at::bmm(update.a.transpose(1, 2), gradient));
    }
    return result;
}

void Parametrisation::follow() const {
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < base_.size(); ++i) {
        weights_[i].detach().copy_(base_[i]);
    }
    for (const Update& update : updates_) {
        update.place.view(weights_[update.weight].detach()).add_(at::bmm(update.a, update.b), factor());
    }
}

std::string Parametrisation::description() const {
    const std::string all = std::to_string(all_.size()) + " weights";
    const std::string some =
        weights_.size() == all_.size() ? "all " + all : std::to_string(weights_.size()) + " of " + all;
    std::int64_t numbers = 0, matrices = 0;
    for (const at::Tensor& leaf : leaves_) {
        numbers += leaf.numel();
    }
    for (const Update& update : updates_) {
        matrices += update.place.count;
    }
    const std::string end = ", " + std::to_string(numbers) + " numbers";
    return lora_.rank == 0 ? some + end
                           : "rank " + std::to_string(lora_.rank) + " updates of " +
                                 std::to_string(matrices) + " matrices in " + some + end;
}

}  // namespace fibonaqi::nn
