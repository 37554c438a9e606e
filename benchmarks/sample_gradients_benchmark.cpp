// Cost of the per-sample gradients of a superbatch of distorted Si8 cells, for each set of weights of the
// readouts, in units of energies and forces of the same cells, and against a naive backward pass per sample
// to all parameters.
//
//   sample_gradients_benchmark MODEL [frames 100] [chunk 5] [float32|float64] [rounds 3]
//
// CPU seconds of one thread. Rounds are interleaved and the fastest of each kind counts, so the ratios bear a
// busy machine.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/posterior.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "benchmarks/cpu_clock.hpp"
#include "benchmarks/distorted_silicon.hpp"

namespace {

using namespace fibonaqi;

struct Settings {
    std::string model;
    std::size_t frames = 100, chunk = nn::default_chunk;
    at::ScalarType type = at::kFloat;
    int rounds = 3;
};

struct Sample {
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;
};

// Labels are predictions moved by noise: the cost does not depend on them.
Sample make_sample(const nn::Network& network, const Settings& settings) {
    Sample sample;
    for (std::size_t i = 0; i < settings.frames; ++i) {
        sample.graphs.push_back(make_graph(benchmark::distorted_silicon(1, i), network.card().cutoff));
    }
    const at::Tensor shift = 0.01 * at::ones({nn::last_layer_weights(network).numel()}, at::kDouble);
    sample.labels = nn::predict_labels(network, sample.graphs, shift, false, settings.chunk);
    return sample;
}

void energies_and_forces(const nn::Network& network, const Sample& sample, std::size_t chunk) {
    const nn::FrozenParameters frozen(network);
    nn::for_each_chunk(sample.graphs.size(), chunk, {}, [&](std::size_t begin, std::size_t end) {
        const std::span<const AtomGraph> graphs(sample.graphs.data() + begin, end - begin);
        network.evaluate(nn::make_batch(graphs, network.card(), network.options()), {});
    });
}

void naive_gradients(const nn::Network& network, const Sample& sample) {
    std::vector<at::Tensor> parameters;
    for (const auto& [name, tensor] : network.parameters()) {
        parameters.push_back(tensor);
    }
    for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
        const nn::GraphBatch batch =
            nn::make_batch({&sample.graphs[i], 1}, network.card(), network.options());
        const nn::NetworkOutput output = network.evaluate(batch, nn::request_for_loss({}));
        const nn::BatchLabels labels = nn::make_batch_labels({&sample.labels[i], 1}, batch);
        const at::Tensor loss = nn::structure_losses(output, batch, labels, {}).sum();
        torch::autograd::grad({loss}, parameters, {}, false, false, /*allow_unused=*/true);
    }
}

double seconds_of(const std::function<void()>& work) {
    const double start = benchmark::cpu_seconds();
    work();
    return benchmark::cpu_seconds() - start;
}

// A set of weights and the fastest time of its gradients.
struct SetTime {
    const char* name;
    nn::ReadoutSet set;
    double seconds = std::numeric_limits<double>::infinity();
};

struct Times {
    double forces = std::numeric_limits<double>::infinity();
    double naive = std::numeric_limits<double>::infinity();
    std::vector<SetTime> sets{{"final", nn::ReadoutSet::final_linear},
                              {"linear_readouts", nn::ReadoutSet::linear_readouts},
                              {"readouts", nn::ReadoutSet::readouts}};
};

Times measure(const nn::Network& network, const Sample& sample, const Settings& settings) {
    Times times;
    for (int round = 0; round < settings.rounds; ++round) {
        times.forces =
            std::min(times.forces, seconds_of([&] { energies_and_forces(network, sample, settings.chunk); }));
        for (SetTime& time : times.sets) {
            time.seconds = std::min(time.seconds, seconds_of([&] {
                                        nn::loss_gradients(network, sample.graphs, sample.labels,
                                                           {{}, settings.chunk, {}, time.set});
                                    }));
        }
        times.naive = std::min(times.naive, seconds_of([&] { naive_gradients(network, sample); }));
    }
    return times;
}

void run(const Settings& settings) {
    nn::prepare_torch(1);
    const auto network = nn::load_network(read_model_file(resolve_model(settings.model)),
                                          at::TensorOptions().dtype(settings.type));
    const Sample sample = make_sample(*network, settings);
    const Times times = measure(*network, sample, settings);
    const double moments =
        seconds_of([&] { nn::last_layer_moments(*network, sample.graphs, settings.chunk, {}); });
    const double last = times.sets.front().seconds;
    std::printf("%zu frames of Si8, chunk %zu, %s, 1 thread\n", settings.frames, settings.chunk,
                settings.type == at::kFloat ? "float32" : "float64");
    std::printf("energies and forces          %8.3f s\n", times.forces);
    for (const SetTime& time : times.sets) {
        std::printf(
            "per-sample gradients         %8.3f s   %5.2f x energies and forces, %5.2f x final   %s: %lld "
            "weights\n",
            time.seconds, time.seconds / times.forces, time.seconds / last, time.name,
            static_cast<long long>(nn::last_layer_weights(*network, time.set).numel()));
    }
    std::printf("naive backward per sample    %8.3f s   %5.2f x per-sample gradients of final\n", times.naive,
                times.naive / last);
    std::printf("last-layer moments           %8.3f s   %5.2f x energies and forces\n", moments,
                moments / times.forces);
}

Settings parse(int argc, char** argv) {
    Settings settings;
    settings.model = argv[1];
    settings.frames = argc > 2 ? std::stoul(argv[2]) : settings.frames;
    settings.chunk = argc > 3 ? std::stoul(argv[3]) : settings.chunk;
    settings.type = argc > 4 && std::string(argv[4]) == "float64" ? at::kDouble : at::kFloat;
    settings.rounds = argc > 5 ? std::stoi(argv[5]) : settings.rounds;
    return settings;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s MODEL [frames] [chunk] [float32|float64] [rounds]\n", argv[0]);
        return 2;
    }
    try {
        run(parse(argc, argv));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
