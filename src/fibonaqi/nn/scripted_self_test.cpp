#include "fibonaqi/nn/scripted_self_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::size_t atoms = 6;

// Six atoms of the model's first elements, one to two bonds apart, displaced at random.
Structure probe_structure(const ModelCard& card, std::uint64_t seed) {
    KeyedRng rng(seed, "self-test structure");
    Structure structure;
    double radius = 0.0;
    for (std::size_t i = 0; i < atoms; ++i) {
        structure.atomic_numbers.push_back(card.species[(i + seed) % card.species.size()]);
        radius = std::max(radius, covalent_radius(structure.atomic_numbers.back()));
    }
    const double spacing = std::min(2.2 * radius, 0.6 * card.cutoff);
    for (std::size_t i = 0; i < atoms; ++i) {
        const auto place = [&](std::size_t step) {
            return spacing * (static_cast<double>(step) + 0.2 * rng.uniform());
        };
        structure.positions.push_back({place(i % 2), place(i / 2 % 2), place(i / 4)});
    }
    return structure;
}

Labels probe_labels(std::uint64_t seed, double energy) {
    KeyedRng rng(seed, "self-test labels");
    Labels labels;
    labels.energy = energy + rng.normal();
    for (std::size_t i = 0; i < atoms; ++i) {
        labels.forces.push_back({rng.normal(), rng.normal(), rng.normal()});
    }
    return labels;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

// A step in a tensor's values, of the size of its values.
at::Tensor random_step(const at::Tensor& values, std::uint64_t item) {
    KeyedRng rng(1, "self-test direction", 0, item);
    at::Tensor step = at::empty(values.sizes(), at::kDouble);
    for (std::int64_t i = 0; i < step.numel(); ++i) {
        step.data_ptr<double>()[i] = rng.normal();
    }
    const double size =
        values.detach().norm().item<double>() / std::sqrt(static_cast<double>(values.numel()));
    return step * (size > 0.0 ? size : 1.0);
}

NetworkRequest request(bool forces) {
    NetworkRequest request;
    request.forces = forces;
    request.hidden = false;
    return request;
}

// Energies of a structure alone, without derivatives.
NetworkOutput energies_of(const Network& network, const Structure& structure) {
    const at::NoGradGuard no_gradient;
    const AtomGraph graph = make_graph(structure, network.card().cutoff);
    return network.evaluate(make_batch({&graph, 1}, network.card(), network.options()), request(false));
}

double energy_of(const Network& network, const Structure& structure) {
    return energies_of(network, structure).energy.item<double>();
}

// The checks, on two structures.
class SelfTest {
  public:
    explicit SelfTest(const ScriptedNetwork& network)
        : network_(network),
          structures_{probe_structure(network.card(), 0), probe_structure(network.card(), 1)} {
        for (std::uint64_t i = 0; i < structures_.size(); ++i) {
            graphs_.push_back(make_graph(structures_[i], network.card().cutoff));
            labels_.push_back(probe_labels(i, energy(structures_[i])));
        }
        loss_.weights = {1.0, 10.0, 0.0};
        loss_.mean_atoms = static_cast<double>(atoms);
    }

    void check_forces() const {
        constexpr double step = 1e-4;  // [angstrom]
        const at::Tensor forces = network_.evaluate(batch({&graphs_[0], 1}), request(true)).forces.detach();
        const double tolerance = 1e-6 + 1e-4 * forces.abs().max().item<double>();
        for (std::size_t atom = 0; atom < atoms; atom += 2) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                Structure plus = structures_[0], minus = structures_[0];
                plus.positions[atom][axis] += step;
                minus.positions[atom][axis] -= step;
                const double difference = -(energy(plus) - energy(minus)) / (2.0 * step);
                const double force =
                    forces[static_cast<std::int64_t>(atom)][static_cast<std::int64_t>(axis)].item<double>();
                require(std::abs(force - difference) <= tolerance, "forces",
                        "force " + number(force) + ", differences of the energy give " + number(difference) +
                            " eV/angstrom",
                        "is something detached from its input, or rounded?");
            }
        }
    }

    void check_order() const {
        Structure reversed = structures_[0];
        std::reverse(reversed.atomic_numbers.begin(), reversed.atomic_numbers.end());
        std::reverse(reversed.positions.begin(), reversed.positions.end());
        const at::Tensor before = energies_of(network_, structures_[0]).node_energy;
        const at::Tensor after = energies_of(network_, reversed).node_energy.flip(0);
        const double change = (after - before).abs().max().item<double>();
        require(change <= 1e-9 * std::max(1.0, before.abs().max().item<double>()), "order",
                "energies of atoms differ by " + number(change) + " eV with the atoms in reverse order",
                "sum over neighbours and atoms in no order");
    }

    void check_independence() const {
        const at::Tensor together = network_.evaluate(batch(graphs_), request(false)).energy;
        for (std::size_t i = 0; i < structures_.size(); ++i) {
            require_equal("independence", energy(structures_[i]),
                          together[static_cast<std::int64_t>(i)].item<double>(), "beside another structure",
                          "nothing may be averaged over all atoms of a call");
        }
    }

    void check_lone_atom() const {
        Structure alone;
        alone.atomic_numbers = {network_.card().species.front()};
        alone.positions = {{0.0, 0.0, 0.0}};
        const double value = energy(alone);
        require(std::isfinite(value), "lone atom", "energy " + number(value) + " eV without neighbours",
                "sums over no edges must be 0");
    }

    // Exact for any step, as the energy is linear.
    void check_last_layer() const {
        const at::Tensor weight = last_layer();
        const at::Tensor step = random_step(weight, 0);
        const GraphBatch one = batch({&graphs_[0], 1});
        NetworkRequest with_hidden = request(false);
        with_hidden.hidden = true;
        const at::Tensor hidden = network_.evaluate(one, with_hidden).last_hidden.detach().sum(0);
        const double predicted = at::dot(hidden, step.flatten()).item<double>();
        const double size = (hidden * step.flatten()).abs().sum().item<double>();
        require(size > 0.0, "last layer",
                "the energy does not depend on '" + network_.last_layer_name() + "'",
                "name another weight as 'last_layer'");
        const double before = energy(structures_[0]);
        const double after = moved(weight, step, 1.0, [&] { return energy(structures_[0]); });
        require(std::abs(after - before - predicted) <= 1e-6 * size + 1e-11 * std::abs(before), "last layer",
                "a step in '" + network_.last_layer_name() + "' changes the energy by " +
                    number(after - before) + " eV, a linear one by " + number(predicted),
                "name a weight that the energy is linear in as 'last_layer'");
    }

    // The loss is quadratic in the last layer: central differences are exact here too.
    void check_samples() const {
        const at::Tensor weight = last_layer();
        const at::Tensor step = random_step(weight, 1);
        const at::Tensor rows = loss_gradients(network_, graphs_, labels_, {loss_, graphs_.size(), {}});
        for (std::size_t i = 0; i < graphs_.size(); ++i) {
            const auto loss = [&] { return this->loss(i, i + 1).item<double>(); };
            const double difference =
                (moved(weight, step, 0.1, loss) - moved(weight, step, -0.1, loss)) / 0.2;
            const at::Tensor products = rows[static_cast<std::int64_t>(i)] * step.flatten();
            const double gradient = products.sum().item<double>();
            require(std::abs(gradient - difference) <= 1e-5 * products.abs().sum().item<double>(), "samples",
                    "gradient of structure " + std::to_string(i) + " " + number(gradient) +
                        ", differences of its loss give " + number(difference),
                    "second derivatives of some operation are wrong or missing");
        }
    }

    void check_training() const {
        std::vector<at::Tensor> leaves;
        for (const auto& [name, parameter] : network_.parameters()) {
            leaves.push_back(parameter);
        }
        const auto gradients =
            torch::autograd::grad({loss(0, graphs_.size())}, leaves, {}, false, false, /*allow_unused=*/true);
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            check_parameter(network_.parameters()[i].first, leaves[i],
                            gradients[i].defined() ? gradients[i] : at::zeros_like(leaves[i]), i);
        }
    }

  private:
    void check_parameter(const std::string& name, const at::Tensor& values, const at::Tensor& gradient,
                         std::uint64_t item) const {
        constexpr double small = 1e-5;
        const at::Tensor step = random_step(values, item);
        const auto loss = [&] { return this->loss(0, graphs_.size()).item<double>(); };
        const double difference =
            (moved(values, step, small, loss) - moved(values, step, -small, loss)) / (2.0 * small);
        const at::Tensor products = gradient * step;
        const double sum = products.sum().item<double>();
        // Rounding of the loss over the step, and the third derivative.
        const double tolerance =
            1e-4 * products.abs().sum().item<double>() + 1e-8 * std::max(1.0, std::abs(loss()));
        require(std::abs(sum - difference) <= tolerance, "training",
                "gradient of the loss along '" + name + "' " + number(sum) + ", differences give " +
                    number(difference),
                "second derivatives of some operation are wrong or missing");
    }

    GraphBatch batch(std::span<const AtomGraph> graphs) const {
        return make_batch(graphs, network_.card(), network_.options());
    }
    double energy(const Structure& structure) const { return energy_of(network_, structure); }
    at::Tensor loss(std::size_t begin, std::size_t end) const {
        const std::span<const AtomGraph> graphs{&graphs_[begin], end - begin};
        const GraphBatch some = batch(graphs);
        const NetworkOutput output = network_.evaluate(some, request_for_loss(loss_.weights));
        return structure_losses(output, some, make_batch_labels({&labels_[begin], end - begin}, some), loss_)
            .sum();
    }
    at::Tensor last_layer() const {
        at::Tensor found;
        for (const auto& [name, parameter] : network_.parameters()) {
            found = name == network_.last_layer_name() ? parameter : found;
        }
        return found;
    }

    // What `value` is with the weights a step away; they are as before afterwards, to the last bit.
    template <typename Value>
    static double moved(const at::Tensor& weights, const at::Tensor& step, double factor,
                        const Value& value) {
        at::Tensor values = weights.detach();  // shares the parameter's memory
        const at::Tensor before = values.clone();
        values.add_(step, factor);
        const double result = value();
        values.copy_(before);
        return result;
    }

    void require(bool holds, const std::string& check, const std::string& finding,
                 const std::string& advice) const {
        if (!holds) {
            throw ModelError("model '" + network_.card().name +
                             "': its TorchScript program fails the self-test '" + check + "' (" + finding +
                             ") " + advice);
        }
    }
    void require_equal(const std::string& check, double one, double other, const std::string& change,
                       const std::string& advice) const {
        require(std::abs(one - other) <= 1e-9 * std::max(1.0, std::abs(one)), check,
                "energy " + number(one) + " eV, " + change + " it differs by " + number(other - one) + " eV",
                advice);
    }

    const ScriptedNetwork& network_;
    std::vector<Structure> structures_;
    std::vector<AtomGraph> graphs_;
    std::vector<Labels> labels_;
    LossOptions loss_;
};

// float32 has seven digits; a few are lost in sums. A program with a fixed precision inside loses all.
void check_precision(const Network& sharp, const Network& wanted) {
    const Structure structure = probe_structure(sharp.card(), 0);
    const double one = energy_of(sharp, structure), other = energy_of(wanted, structure);
    if (!(std::abs(one - other) <= 1e-3 + 1e-4 * std::abs(one))) {
        throw ModelError("model '" + sharp.card().name +
                         "': its TorchScript program fails the self-test 'precision' "
                         "(energy " +
                         number(one) + " eV in float64, " + number(other) +
                         " in the wanted precision) make tensors with dtype=vectors.dtype");
    }
}

}  // namespace

void self_test(const ScriptedNetwork& network) {
    with_script_errors(network.card().name, "its derivatives fail", [&] {
        const SelfTest test(network);
        test.check_forces();
        test.check_order();
        test.check_independence();
        test.check_lone_atom();
        test.check_last_layer();
        test.check_samples();
        test.check_training();
    });
}

std::unique_ptr<ScriptedNetwork> load_scripted_network(const ModelFile& model,
                                                       const at::TensorOptions& options) {
    require_trust_of_model(model);
    auto sharp = std::make_unique<ScriptedNetwork>(model, at::TensorOptions().dtype(at::kDouble));
    self_test(*sharp);
    if (options.dtype() == at::kDouble && options.device().is_cpu()) {
        return sharp;
    }
    auto wanted = std::make_unique<ScriptedNetwork>(model, options);
    check_precision(*sharp, *wanted);
    return wanted;
}

std::vector<std::string> physical_concerns(const Network& network) {
    std::vector<std::string> concerns;
    const Structure structure = probe_structure(network.card(), 0);
    Structure turned = structure;  // x, y, z become y, z, -x: a rotation and a reflection
    for (Vec3& position : turned.positions) {
        position = {position[1], position[2], -position[0]};
    }
    const double change = energy_of(network, turned) - energy_of(network, structure);
    if (std::abs(change) > 1e-6) {
        concerns.push_back("a turned and reflected structure has an energy that differs by " +
                           number(change) +
                           " eV: such a potential heats or cools MD, and learns less from a label");
    }
    Structure pair;
    pair.atomic_numbers = {structure.atomic_numbers[0], structure.atomic_numbers[1]};
    const auto at_distance = [&](double distance) {
        pair.positions = {{0.0, 0.0, 0.0}, {0.0, 0.0, distance}};
        return energy_of(network, pair);
    };
    const double cutoff = network.card().cutoff;
    const double jump = at_distance(cutoff + 1e-6) - at_distance(cutoff - 1e-6);
    if (std::abs(jump) > 1e-4) {
        concerns.push_back("the energy jumps by " + number(jump) +
                           " eV when a neighbour leaves through the cutoff: MD will not conserve energy");
    }
    return concerns;
}

}  // namespace fibonaqi::nn
