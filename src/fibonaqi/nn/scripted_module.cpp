#include "fibonaqi/nn/scripted_module.hpp"

#include <algorithm>
#include <sstream>

#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/jit_exception.h>
#include <torch/csrc/jit/serialization/import.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::size_t arguments_of_forward = 3;

// LibTorch's messages are tracebacks of many lines; what went wrong is the last one that says something.
std::string last_line(const std::string& text) {
    std::istringstream lines(text);
    std::string line, last;
    while (std::getline(lines, line)) {
        const bool is_marker =
            line.find_first_not_of(" ~<-.") == std::string::npos || line.find("~~~") != std::string::npos;
        if (!is_marker && !line.starts_with("Exception raised from")) {
            last = line;
        }
    }
    constexpr std::size_t longest = 300;
    last.erase(0, last.find_first_not_of(' '));
    return last.substr(0, longest);
}

std::string text_of(at::IntArrayRef shape) {
    std::ostringstream text;
    text << shape;
    return text.str();
}

}  // namespace

void with_script_errors(const std::string& name, const std::string& problem,
                        const std::function<void()>& work) {
    const auto fail = [&](const std::string& reason) {
        throw ModelError("model '" + name + "': " + problem + " (" + last_line(reason) +
                         ") correct the program, or see docs/formats.md for what is asked of it");
    };
    try {
        work();
    } catch (const torch::jit::ErrorReport& error) {
        fail(error.what());
    } catch (const torch::jit::JITException& error) {
        fail(error.what());
    } catch (const c10::Error& error) {
        fail(error.what_without_backtrace());
    }
}

ScriptedModule::ScriptedModule(std::string_view program, std::string name, const at::TensorOptions& options)
    : name_(std::move(name)), options_(options) {
    with_script_errors(name_, "its TorchScript program cannot be loaded, it may need a newer LibTorch", [&] {
        std::istringstream stream{std::string(program)};
        module_ = torch::jit::load(stream, at::Device(at::kCPU));
        module_.eval();
        const auto weights = parameters();
        own_type_ = weights.empty() ? at::kDouble : weights.front().second.scalar_type();
        convert();
    });
    check_signature();
}

// Module::to would turn whole numbers into floating ones as well.
void ScriptedModule::convert() {
    const at::ScalarType type = options_.dtype().toScalarType();
    const auto convert_one = [&](at::Tensor tensor) {
        tensor.set_data(
            tensor.to(options_.device(), tensor.is_floating_point() ? type : tensor.scalar_type()));
    };
    for (const at::Tensor& parameter : module_.parameters()) {
        convert_one(parameter);
    }
    for (const at::Tensor& buffer : module_.buffers()) {
        convert_one(buffer);
    }
}

void ScriptedModule::check_signature() const {
    const auto method = module_.find_method("forward");
    if (!method) {
        throw ModelError(
            "model '" + name_ +
            "': its TorchScript program has no forward() (a function, or an empty module?) script "
            "a torch.nn.Module");
    }
    std::size_t required = 0;
    const auto& arguments = method->function().getSchema().arguments();
    for (const auto& argument : arguments) {
        required += argument.default_value() ? 0 : 1;
    }
    if (required > arguments_of_forward + 1 || arguments.size() < arguments_of_forward + 1) {  // self
        throw ModelError("model '" + name_ + "': forward() takes " + std::to_string(required - 1) +
                         " arguments (three are given: vectors, edge_index, element) wrap the module in one "
                         "that takes these and script that");
    }
}

std::vector<std::pair<std::string, at::Tensor>> ScriptedModule::parameters() const {
    std::vector<std::pair<std::string, at::Tensor>> list;
    for (const auto& parameter : module_.named_parameters()) {
        const bool is_known = std::any_of(list.begin(), list.end(), [&](const auto& other) {
            return other.second.is_same(parameter.value);
        });
        if (!is_known && parameter.value.requires_grad() && parameter.value.is_floating_point()) {
            list.emplace_back(parameter.name, parameter.value);
        }
    }
    return list;
}

at::Tensor ScriptedModule::node_energy(const GraphBatch& batch, const at::Tensor& vectors) const {
    at::Tensor energy;
    with_script_errors(name_, "its program failed", [&] {
        const torch::jit::GraphOptimizerEnabledGuard unoptimised(false);
        const at::Tensor ends = at::stack({batch.sender, batch.receiver}, 0);
        const c10::IValue result = module_.forward({vectors, ends, batch.element});
        TORCH_CHECK(result.isTensor(), "forward() returns ", result.tagKind(), ", not a tensor");
        energy = result.toTensor();
    });
    if (energy.dim() != 1 || energy.size(0) != batch.atoms()) {
        throw ModelError("model '" + name_ + "': forward() returns the shape " + text_of(energy.sizes()) +
                         " for " + std::to_string(batch.atoms()) +
                         " atoms (one energy per atom is expected: [" + std::to_string(batch.atoms()) +
                         "]) return energies of atoms, not their sum");
    }
    if (energy.scalar_type() != vectors.scalar_type()) {
        throw ModelError("model '" + name_ + "': forward() returns " + std::string(energy.dtype().name()) +
                         " for vectors of " + std::string(vectors.dtype().name()) +
                         " (a fixed precision inside?) make tensors with dtype=vectors.dtype");
    }
    return energy.to(at::kDouble);
}

std::string ScriptedModule::save() const {
    std::ostringstream stream;
    with_script_errors(name_, "it cannot be written", [&] { module_.save(stream); });
    return stream.str();
}

}  // namespace fibonaqi::nn
