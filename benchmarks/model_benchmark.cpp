// Times energy and forces, and steps of training, of distorted silicon cells, on request.
//
//   model_benchmark MODEL float32|float64 [threads]
//
// Reads orders from stdin, one per line: "atoms N I" (N = 8 or 64) writes structure I = 0..3 as extended XYZ,
// "time N" does one evaluation of structure 0 and writes its seconds, "train N" the same for one step of
// training on all four, "energy N" writes the energy of structure 0 [eV]. So a driver can interleave it with
// another program and see that both compute the same: compare_with_mace_torch.py. Neighbour lists are made
// beforehand, batches of tensors within the measured time. Seconds are CPU seconds for one thread, wall
// seconds for more.
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "benchmarks/cpu_clock.hpp"
#include "benchmarks/distorted_silicon.hpp"

namespace {

using namespace fibonaqi;

constexpr int structures = 4;

// Cells of one size and what is trained on them.
struct Case {
    std::vector<Frame> frames;
    std::vector<AtomGraph> graphs;
    std::optional<nn::LabelledSet> labelled;
    std::optional<nn::TrainStep> step;
};

nn::TrainOptions train_options() {
    nn::TrainOptions options =
        nn::train_options_from_json(nn::checked_train_settings(Json::object(), "defaults"));
    options.average_decay = 0.0;
    return options;
}

class Timer {
  public:
    Timer(const std::string& model, at::ScalarType type, int threads)
        : network_(nn::load_network(read_model_file(resolve_model(model)), at::TensorOptions().dtype(type))),
          options_(train_options()),
          threads_(threads) {
        for (const int repeat : {1, 2}) {
            Case& cell = cases_[static_cast<std::size_t>(8 * repeat * repeat * repeat)];
            for (int item = 0; item < structures; ++item) {
                Frame frame;
                frame.structure = benchmark::distorted_silicon(repeat, static_cast<std::uint64_t>(item));
                frame.labels.energy = -5.0 * static_cast<double>(frame.structure.positions.size());
                frame.labels.forces.assign(frame.structure.positions.size(), Vec3{0.1, -0.2, 0.1});
                cell.graphs.push_back(make_graph(frame.structure, network_->card().cutoff));
                cell.frames.push_back(std::move(frame));
            }
            cell.labelled =
                nn::make_labelled_set(cell.frames, network_->card(), options_.weights, "benchmark");
            cell.step.emplace(*network_, *cell.labelled, options_);
        }
    }

    void obey(const std::string& line) {
        std::istringstream words(line);
        std::string order;
        std::size_t atoms = 0, item = 0;
        words >> order >> atoms >> item;
        if (!cases_.contains(atoms) || item >= structures) {
            throw ConfigError("unknown order '" + line + "' (atoms, time, train or energy, then 8 or 64)");
        }
        Case& cell = cases_.at(atoms);
        if (order == "atoms") {
            Frame bare;
            bare.structure = cell.frames[item].structure;
            std::cout << to_extxyz(bare) << std::flush;
        } else if (order == "energy") {
            answer(evaluate(cell));
        } else if (order == "time") {
            answer(seconds_of([&] { evaluate(cell); }));
        } else {
            answer(seconds_of([&] { cell.step->run({{0, 1, 2, 3}, {1.0, 1.0, 1.0, 1.0}}, learning_rate); }));
        }
    }

  private:
    static constexpr double learning_rate = 1e-8;  // so that energies stay what they are

    static void answer(double number) {
        std::printf("%.9g\n", number);
        std::fflush(stdout);
    }
    template <typename Work>
    double seconds_of(const Work& work) const {
        const double cpu = benchmark::cpu_seconds();
        const auto wall = std::chrono::steady_clock::now();
        work();
        return threads_ == 1 ? benchmark::cpu_seconds() - cpu
                             : std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
    }
    double evaluate(const Case& cell) const {
        const nn::FrozenParameters frozen(*network_);
        const nn::NetworkOutput output = network_->evaluate(
            nn::make_batch({cell.graphs.data(), 1}, network_->card(), network_->options()), {});
        return output.energy.item<double>();
    }

    std::unique_ptr<nn::Network> network_;
    nn::TrainOptions options_;
    int threads_;
    std::map<std::size_t, Case> cases_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: %s MODEL float32|float64 [threads]   (orders on stdin)\n", argv[0]);
        return 2;
    }
    try {
        const int threads = argc > 3 ? std::stoi(argv[3]) : 1;
        nn::prepare_torch(threads);
        Timer timer(argv[1], std::string(argv[2]) == "float64" ? at::kDouble : at::kFloat, threads);
        for (std::string line; std::getline(std::cin, line);) {
            timer.obey(line);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
