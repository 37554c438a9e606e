// A TorchScript potential gives what Python computed with it, and a program that would not is refused.
#include "fibonaqi/nn/scripted_network.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/scripted_self_test.hpp"

#include "tests/support/tiny_script.hpp"

namespace fibonaqi::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const at::TensorOptions float64 = at::TensorOptions().dtype(at::kDouble);

std::vector<double> numbers(const at::Tensor& tensor) {
    const at::Tensor host = tensor.detach().to(at::kDouble).contiguous();
    return {host.data_ptr<double>(), host.data_ptr<double>() + host.numel()};
}

// What a program is refused for; its bytes are trusted.
std::string refusal_of(const ModelFile& model) {
    const test::ConfigHome home;
    test::TemporaryFolder folder;
    write_file_atomically(folder / "program.pt", program_of_model(model));
    trust_program(folder / "program.pt");
    try {
        load_network(model, float64);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

class ScriptedReference : public testing::TestWithParam<std::size_t> {
  protected:
    ScriptedReference() {
        const Json all = read_json(test::script_folder + "expected.json");
        record = all.at("structures").at(GetParam());
        record.at("positions_A").get_to(structure.positions);
        record.at("cell_A").get_to(structure.cell);
        structure.pbc.fill(record.at("periodic").get<bool>());
        for (const int element : record.at("element").get<std::vector<int>>()) {
            structure.atomic_numbers.push_back(std::array{8, 12, 14}[static_cast<std::size_t>(element)]);
        }
        record.at("labels_eV_per_A").get_to(labels.forces);
    }

    void expect_close(const at::Tensor& found, const Json& expected, double tolerance) const {
        const std::vector<double> values = numbers(found);
        const Json flat = expected.flatten();
        ASSERT_EQ(values.size(), flat.size());
        std::size_t i = 0;
        for (const Json& number : flat) {
            EXPECT_NEAR(values[i], number.get<double>(), tolerance) << i;
            ++i;
        }
    }

    GraphBatch batch() const {
        const AtomGraph graph = make_graph(structure, network->card().cutoff);
        return make_batch({&graph, 1}, network->card(), network->options());
    }

    Json record;
    Structure structure;
    Labels labels;
    std::unique_ptr<Network> network = load_network(test::tiny_script(), float64);
};

// Sums of about a thousand numbers of size 1, in another order: 1e-13.
TEST_P(ScriptedReference, energies_forces_and_virials_are_those_of_python) {
    NetworkRequest request;
    request.virial = true;
    const NetworkOutput output = network->evaluate(batch(), request);
    at::Tensor node = output.node_energy.detach().clone();
    node -= at::tensor(network->card().e0, at::kDouble).index_select(0, batch().element);
    expect_close(node, record.at("node_energy_eV"), 1e-12);
    expect_close(output.forces, record.at("forces_eV_per_A"), 1e-11);
    expect_close(output.virial[0], record.at("virial_eV"), 1e-11);
}

TEST_P(ScriptedReference, gradients_through_the_forces_are_those_of_python) {
    NetworkRequest request;
    request.create_graph = true;
    const NetworkOutput output = network->evaluate(batch(), request);
    at::Tensor wanted = at::zeros({10, 3}, float64);
    for (std::int64_t i = 0; i < 30; ++i) {
        wanted.data_ptr<double>()[i] =
            labels.forces[static_cast<std::size_t>(i / 3)][static_cast<std::size_t>(i % 3)];
    }
    const double e0 = 4 * -1.5 + 3 * 0.25 + 3 * -2.0;
    const at::Tensor loss = output.energy.sum() - e0 + (output.forces - wanted).pow(2).sum();
    EXPECT_NEAR(loss.item<double>(), record.at("loss").get<double>(), 1e-9);
    for (const auto& [name, parameter] : network->parameters()) {
        const at::Tensor gradient = torch::autograd::grad({loss}, {parameter}, {}, true)[0];
        const double norm = record.at("gradient_norms").at(name).get<double>();
        EXPECT_NEAR(gradient.norm().item<double>(), norm, 1e-11 * norm) << name;
        const at::Tensor order = at::arange(1, parameter.numel() + 1, float64).view(parameter.sizes());
        EXPECT_NEAR((gradient * order).sum().item<double>(),
                    record.at("gradient_sums").at(name).get<double>(), 1e-9 * norm)
            << name;
    }
}

TEST_P(ScriptedReference, expanded_weights_give_the_last_layer_gradient_of_python) {
    const AtomGraph graph = make_graph(structure, network->card().cutoff);
    LossOptions loss;
    loss.weights = {0.0, 30.0, 0.0};  // the mean over the 30 components of the forces, as a sum
    loss.mean_atoms = 10.0;
    at::Tensor row = loss_gradients(*network, {&graph, 1}, {&labels, 1}, {loss, 1, {}})[0];
    NetworkRequest request;
    request.forces = false;
    row = row + network->evaluate(batch(), request).last_hidden.detach().sum(0);
    expect_close(row, record.at("last_layer_gradient"), 1e-10 * row.norm().item<double>());
}

TEST_P(ScriptedReference, knows_no_readouts_but_the_last_layer) {
    EXPECT_THAT(network->readout_weights(ReadoutSet::final_linear), testing::ElementsAre("readout.weight"));
    for (const ReadoutSet set : {ReadoutSet::linear_readouts, ReadoutSet::readouts}) {
        try {
            network->readout_weights(set);
            FAIL() << "accepted";
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr("only the last layer is known"));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, ScriptedReference, testing::Values(0, 1));

TEST(ScriptedNetwork, is_not_loaded_without_trust) {
    const test::ConfigHome home;
    try {
        load_network(test::script_model("tiny.pt"), float64);
        FAIL() << "loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::refused);
        EXPECT_THAT(error.what(), HasSubstr("run 'fibonaqi model trust"));
    }
}

TEST(ScriptedNetwork, says_that_a_frozen_module_cannot_be_trained) {
    EXPECT_THAT(
        refusal_of(test::script_model("frozen.pt")),
        AllOf(HasSubstr("nothing to train"), HasSubstr("save the scripted module without freezing it")));
}

TEST(ScriptedNetwork, names_the_nearest_parameter_for_a_last_layer_that_is_absent) {
    EXPECT_THAT(
        refusal_of(test::script_model("tiny.pt", "readout.weigth")),
        HasSubstr("no trainable parameter 'readout.weigth' (named as 'last_layer' in its description) did "
                  "you mean 'readout.weight'?"));
}

TEST(ScriptedNetwork, refuses_a_last_layer_that_the_energy_is_not_linear_in) {
    EXPECT_THAT(refusal_of(test::script_model("tiny.pt", "hidden.weight")),
                AllOf(HasSubstr("fails the self-test 'last layer'"), HasSubstr("eV, a linear one by")));
}

TEST(ScriptedNetwork, refuses_a_program_that_cannot_be_compiled_in_one_line) {
    ModelFile model = test::script_model("tiny.pt");
    std::vector<std::byte>& program = model.tensors.at(program_tensor).data;
    const std::string_view text(reinterpret_cast<const char*>(program.data()), program.size());
    const std::size_t keyword = text.find("  return ");
    ASSERT_NE(keyword, std::string_view::npos);
    program[keyword + 2] = std::byte{'7'};
    EXPECT_THAT(refusal_of(model),
                AllOf(HasSubstr("its TorchScript program cannot be loaded"), testing::Not(HasSubstr("\n"))));
}

// Programs with one thing wrong each; the file says which check has to find it.
TEST(ScriptedNetwork, refuses_programs_with_wrong_physics_by_the_name_of_the_check) {
    const std::map<std::string, std::string> checks{
        {"detached", "self-test 'forces'"},
        {"ordered", "self-test 'order'"},
        {"averaged", "self-test 'independence'"},
        {"nan_alone", "self-test 'lone atom'"},
        {"second_derivative", "self-test 'training'"},
        {"fixed_precision", "forward() returns float for vectors of double"},
        {"total", "forward() returns the shape [1] for 6 atoms"},
        {"none", "accepted"}};
    for (const auto& [fault, check] : checks) {
        EXPECT_THAT(refusal_of(test::script_model("fault_" + fault + ".pt")), HasSubstr(check)) << fault;
    }
}

TEST(ScriptedNetwork, two_threads_that_evaluate_at_once_get_what_one_gets) {
    const auto network = load_network(test::tiny_script(), float64);
    Structure structure;
    structure.atomic_numbers = {14, 8, 12};
    structure.positions = {{0, 0, 0}, {0, 0, 2}, {0, 2, 1}};
    const AtomGraph graph = make_graph(structure, 4.5);
    const GraphBatch batch = make_batch({&graph, 1}, network->card(), network->options());
    const std::vector<double> alone = numbers(network->evaluate(batch, {}).last_hidden);
    std::vector<std::vector<double>> found(2);
    const auto work = [&](std::vector<double>& result) {
        for (int round = 0; round < 20; ++round) {
            result = numbers(network->evaluate(batch, {}).last_hidden);
        }
    };
    std::thread other(work, std::ref(found[0]));
    work(found[1]);
    other.join();
    EXPECT_EQ(found[0], alone);
    EXPECT_EQ(found[1], alone);
}

TEST(ScriptedNetwork, weights_of_the_model_file_replace_those_of_the_program_and_go_back_into_one) {
    const auto network = load_scripted_network(test::tiny_script(), float64);
    for (const auto& [name, parameter] : network->parameters()) {
        parameter.detach().mul_(1.25);
    }
    const ModelFile stored = network->store(TensorType::float64);
    EXPECT_EQ(program_of_model(stored), read_file(test::script_folder + "tiny.pt"));
    const auto again = load_scripted_network(stored, float64);
    const ScriptedModule exported(network->program(), "exported", float64);
    for (std::size_t i = 0; i < network->parameters().size(); ++i) {
        EXPECT_TRUE(again->parameters()[i].second.equal(network->parameters()[i].second));
        EXPECT_TRUE(exported.parameters()[i].second.equal(network->parameters()[i].second));
    }
}

TEST(ScriptedNetwork, has_no_physical_concerns_where_there_are_none) {
    EXPECT_TRUE(physical_concerns(*load_network(test::tiny_script(), float64)).empty());
}

}  // namespace
}  // namespace fibonaqi::nn
