// Times energy and forces of one distorted silicon cell, one thread, on request.
//
//   evaluate_benchmark MODEL float32|float64
//
// Reads orders from stdin, one per line: "atoms N" (8 or 64) writes the structure as extended XYZ, "time N"
// does one evaluation and writes its CPU seconds, "energy N" writes the energy [eV]. So a driver can
// interleave it with another program and see that both compute the same: compare_with_mace_torch.py. The
// neighbour list is made beforehand, the batch of tensors within the measured time.
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "benchmarks/cpu_clock.hpp"
#include "benchmarks/distorted_silicon.hpp"

namespace {

using namespace fibonaqi;

class Timer {
  public:
    Timer(const std::string& model, at::ScalarType type)
        : network_(nn::load_network(read_model_file(resolve_model(model)), at::TensorOptions().dtype(type))),
          frozen_(*network_) {
        for (const int repeat : {1, 2}) {
            const Structure structure = benchmark::distorted_silicon(repeat, 0);
            graphs_.emplace(structure.positions.size(), make_graph(structure, network_->card().cutoff));
            structures_.emplace(structure.positions.size(), structure);
        }
    }

    void obey(const std::string& line) {
        std::istringstream words(line);
        std::string order;
        std::size_t atoms = 0;
        words >> order >> atoms;
        const bool is_known = order == "atoms" || order == "time" || order == "energy";
        if (!is_known || !graphs_.contains(atoms)) {
            throw ConfigError("unknown order '" + line + "' (atoms, time or energy, then 8 or 64)");
        }
        if (order == "atoms") {
            Frame frame;
            frame.structure = structures_.at(atoms);
            std::cout << to_extxyz(frame) << std::flush;
            return;
        }
        const double start = benchmark::cpu_seconds();
        const double energy = evaluate(graphs_.at(atoms));
        const double taken = benchmark::cpu_seconds() - start;
        std::printf("%.9g\n", order == "time" ? taken : energy);
        std::fflush(stdout);
    }

  private:
    double evaluate(const AtomGraph& graph) const {
        const nn::NetworkOutput output =
            network_->evaluate(nn::make_batch({&graph, 1}, network_->card(), network_->options()), {});
        return output.energy.item<double>();
    }

    std::unique_ptr<nn::Network> network_;
    nn::FrozenParameters frozen_;
    std::map<std::size_t, AtomGraph> graphs_;
    std::map<std::size_t, Structure> structures_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s MODEL float32|float64   (orders on stdin)\n", argv[0]);
        return 2;
    }
    try {
        nn::prepare_torch(1);
        Timer timer(argv[1], std::string(argv[2]) == "float64" ? at::kDouble : at::kFloat);
        for (std::string line; std::getline(std::cin, line);) {
            timer.obey(line);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
