// What a training batch chosen by DivBS costs, and how much of it cheaper gradients find: ways of choosing,
// beside each other along one training.
//
//   batch_choice_benchmark MODEL FRAMES.xyz [batch 2] [ratio 0.1] [learning rate 0.01] [epochs 60]
//   [RESULT.json]
//
// The training is by exact DivBS. At each of its steps every way chooses a batch, as argmax, from the same
// superbatch with the same weights; each remembers for itself what it has computed, and a student is told
// what a step with its batch would have found. Cost: CPU seconds of one thread for choice and step, over
// those of the step; and the same from counted gradients, in the units of the cost model, where a step takes
// 9 energies per frame, a gradient 5, and a student's descriptors 1, once. Agreement with what exact
// gradients choose, as selection/overlap.py: S and S' the chosen frames, P the projectors on their present
// rows, g the mean row: overlap tr(P P') / batch, captured |P' g|^2 / |P g|^2, and the share of frames that
// are the same.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/batch_draw.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/reference_energies.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "benchmarks/cpu_clock.hpp"

namespace {

using namespace fibonaqi;
using Ids = std::vector<std::uint64_t>;

constexpr std::size_t parts = 3;  // of the training, reported separately
constexpr double units_of_step = 9.0, units_of_gradient = 5.0;

struct Settings {
    std::string model, frames, result;
    std::size_t batch = 2, epochs = 60;
    double ratio = 0.1, learning_rate = 0.01;
};

struct Way {
    const char* name;
    const char* selection;
};

constexpr Way ways[] = {
    {"exact", R"({})"},
    {"kept 5 epochs", R"({"kept_epochs": 5})"},
    {"kept 11 epochs", R"({"kept_epochs": 11})"},
    {"student 0.5", R"({"student": 0.5})"},
    {"student 1", R"({"student": 1})"},
    {"student 1.5", R"({"student": 1.5})"},
    {"kept 11 epochs, shortlist 2", R"({"kept_epochs": 11, "shortlist": 2})"},
    {"student 0.5, shortlist 2", R"({"student": 0.5, "shortlist": 2})"},
    {"student 0.5, shortlist 3", R"({"student": 0.5, "shortlist": 3})"},
    {"exact, but a draw", R"({"options": {"pick": "draw"}})"},
    {"at random", R"({"strategy": "uniform"})"},
};

nn::TrainOptions options_of(const Settings& settings, const std::string& given) {
    Json selection{{"strategy", "divbs"}, {"ratio", settings.ratio}};
    selection.update(parse_json(given, "way"));
    if (selection.at("strategy") == "divbs" && !selection.contains("options")) {
        selection["options"] = Json{{"pick", "argmax"}};
    }
    return nn::train_options_from_json(nn::checked_train_settings(
        Json{{"epochs", settings.epochs}, {"batch", settings.batch}, {"selection", selection}}, "way"));
}

// Sums over steps.
struct Agreement {
    double overlap = 0.0, captured = 0.0, same = 0.0, steps = 0.0;
};

struct Chooser {
    Chooser(const Settings& settings, const Way& way, std::size_t frames)
        : name(way.name), options(options_of(settings, way.selection)), draw(options, frames) {}

    std::string name;
    nn::TrainOptions options;
    nn::BatchDraw draw;
    double seconds = 0.0;
    std::array<Agreement, parts> agreement;
};

// Columns of an orthonormal basis of these rows.
at::Tensor basis_of(const at::Tensor& rows) {
    return std::get<0>(at::linalg_qr(rows.t()));
}

at::Tensor rows_of(const at::Tensor& rows, const Ids& superbatch, const Ids& chosen) {
    std::vector<at::Tensor> picked;
    for (const std::uint64_t id : chosen) {
        const auto place = std::find(superbatch.begin(), superbatch.end(), id) - superbatch.begin();
        picked.push_back(rows[place]);
    }
    return at::stack(picked);
}

// One training, and all ways beside it.
class Comparison {
  public:
    explicit Comparison(const Settings& settings)
        : settings_(settings),
          network_(nn::load_network(read_model_file(resolve_model(settings.model)),
                                    at::TensorOptions().dtype(at::kFloat))),
          frames_(read_extxyz(settings.frames).frames),
          set_(nn::make_labelled_set(frames_, network_->card(), {}, "training")),
          options_(options_of(settings, "{}")),
          step_(*network_, set_, options_),
          twin_(nn::load_network(read_model_file(resolve_model(settings.model)), network_->options())),
          twin_options_(options_of(settings, R"({"student": 1})")),
          step_with_rows_(*twin_, set_, twin_options_) {
        nn::apply_e0_policy(*network_, set_, nn::E0Policy::always);
        nn::apply_e0_policy(*twin_, set_, nn::E0Policy::always);
        for (const Way& way : ways) {
            choosers_.push_back(std::make_unique<Chooser>(settings, way, frames_.size()));
        }
    }

    void run() {
        for (std::size_t epoch = 1; epoch <= settings_.epochs; ++epoch) {
            for (const Ids& superbatch : choosers_.front()->draw.superbatches(epoch)) {
                compare(superbatch, epoch);
            }
        }
    }

    Json result() const {
        Json found{{"model", settings_.model},
                   {"frames", frames_.size()},
                   {"batch", settings_.batch},
                   {"ratio", settings_.ratio},
                   {"epochs", settings_.epochs},
                   {"learning_rate", settings_.learning_rate},
                   {"steps", steps_},
                   {"ways", Json::object()}};
        for (const auto& one : choosers_) {
            found["ways"][one->name] = result_of(*one);
        }
        return found;
    }

  private:
    // What a step with these frames would have found of them.
    void tell(Chooser& one, const Ids& chosen, const at::Tensor& rows, std::size_t epoch) {
        const nn::StepLoss found{0.0, std::vector<double>(chosen.size()),
                                 nn::mean_atoms(nn::graphs_of(set_, chosen)), rows};
        const double start = benchmark::cpu_seconds();
        one.draw.note_step(chosen, found, set_, epoch);
        one.seconds += benchmark::cpu_seconds() - start;
    }

    void compare(const Ids& superbatch, std::size_t epoch) {
        std::vector<Ids> chosen;
        for (const auto& one : choosers_) {
            const double start = benchmark::cpu_seconds();
            chosen.push_back(one->draw.choose(*network_, set_, superbatch, epoch).frames);
            one->seconds += benchmark::cpu_seconds() - start;
        }
        nn::GradientOptions gradients;
        gradients.loss = nn::loss_before_stage_two(options_);
        const at::Tensor rows = nn::loss_gradients(*network_, nn::graphs_of(set_, superbatch),
                                                   nn::labels_of(set_, superbatch), gradients);
        for (std::size_t i = 0; i < chosen.size() && chosen[i].size() < superbatch.size(); ++i) {
            Agreement& sum = choosers_[i]->agreement[(epoch - 1) * parts / settings_.epochs];
            const at::Tensor found = rows_of(rows, superbatch, chosen[i]);
            tell(*choosers_[i], chosen[i], found, epoch);
            add(sum, rows_of(rows, superbatch, chosen[0]), found, rows.mean(0));
            const Ids& left = chosen[i];
            sum.same += static_cast<double>(std::count_if(
                            left.begin(), left.end(),
                            [&](std::uint64_t id) {
                                return std::find(chosen[0].begin(), chosen[0].end(), id) != chosen[0].end();
                            })) /
                        static_cast<double>(left.size());
        }
        train(superbatch, rows, chosen[0].size(), epoch);
    }

    static void add(Agreement& sum, const at::Tensor& exact, const at::Tensor& found,
                    const at::Tensor& mean) {
        const at::Tensor basis = basis_of(exact), other = basis_of(found);
        sum.overlap +=
            at::mm(basis.t(), other).square().sum().item<double>() / static_cast<double>(exact.size(0));
        sum.captured += at::mv(other.t(), mean).square().sum().item<double>() /
                        at::mv(basis.t(), mean).square().sum().item<double>();
        sum.steps += 1.0;
    }

    // By the draw of DivBS, as a training does it.
    void train(const Ids& superbatch, const at::Tensor& rows, std::size_t batch, std::size_t epoch) {
        SelectionRequest request;
        request.batch = batch;
        request.cycle = epoch;
        request.ids = superbatch;
        nn::TrainBatch drawn;
        for (const Pick& pick : make_selector("divbs", Json::object())->select(rows, request).picks) {
            drawn.add(pick.id, 1.0);
        }
        step_seconds_ += seconds_of(step_, drawn);
        step_with_rows_seconds_ += seconds_of(step_with_rows_, drawn);
        steps_ += 1;
        trained_ += static_cast<double>(drawn.frames.size());
    }

    double seconds_of(nn::TrainStep& step, const nn::TrainBatch& batch) const {
        const double start = benchmark::cpu_seconds();
        step.run(batch, settings_.learning_rate);
        return benchmark::cpu_seconds() - start;
    }

    Json result_of(const Chooser& one) const {
        const double gradients = static_cast<double>(one.draw.record().gradients);
        const bool has_student = one.options.selection.rows.student > 0.0;
        const double descriptors = has_student ? static_cast<double>(frames_.size()) : 0.0;
        const double step = has_student ? step_with_rows_seconds_ : step_seconds_;
        const double units = units_of_gradient * gradients + descriptors;
        Json found{{"cost", (step + one.seconds) / step_seconds_},
                   {"cost_by_units", 1.0 + units / (units_of_step * trained_)},
                   {"gradients_per_frame", gradients / trained_},
                   {"seconds_of_choice", one.seconds / static_cast<double>(steps_)},
                   {"seconds_of_step", step / static_cast<double>(steps_)}};
        for (const Agreement& sum : one.agreement) {
            found["overlap"].push_back(sum.overlap / sum.steps);
            found["captured"].push_back(sum.captured / sum.steps);
            found["same"].push_back(sum.same / sum.steps);
        }
        return found;
    }

    const Settings& settings_;
    std::unique_ptr<nn::Network> network_;
    std::vector<Frame> frames_;
    nn::LabelledSet set_;
    nn::TrainOptions options_;
    nn::TrainStep step_;
    std::unique_ptr<nn::Network> twin_;  // trained likewise, by steps that give a student their gradients
    nn::TrainOptions twin_options_;
    nn::TrainStep step_with_rows_;
    std::vector<std::unique_ptr<Chooser>> choosers_;
    double step_seconds_ = 0.0, step_with_rows_seconds_ = 0.0, trained_ = 0.0;
    std::size_t steps_ = 0;
};

void print(const Json& result) {
    std::printf(
        "| gradients | cost of a step | by units | overlap of the spaces, thirds of the training | captured "
        "| same "
        "frames |\n|---|---|---|---|---|---|\n");
    const auto percent = [](const Json& values) {
        std::string text;
        for (const Json& value : values) {
            text += (text.empty() ? "" : ", ") + std::to_string(std::lround(100.0 * value.get<double>()));
        }
        return text + " %";
    };
    for (const auto& [name, found] : result.at("ways").items()) {
        std::printf("| %s | %.2f | %.2f | %s | %s | %s |\n", name.c_str(), found.at("cost").get<double>(),
                    found.at("cost_by_units").get<double>(), percent(found.at("overlap")).c_str(),
                    percent(found.at("captured")).c_str(), percent(found.at("same")).c_str());
    }
}

Settings parse(int argc, char** argv) {
    Settings settings;
    settings.model = argv[1];
    settings.frames = argv[2];
    settings.batch = argc > 3 ? std::stoul(argv[3]) : settings.batch;
    settings.ratio = argc > 4 ? std::stod(argv[4]) : settings.ratio;
    settings.learning_rate = argc > 5 ? std::stod(argv[5]) : settings.learning_rate;
    settings.epochs = argc > 6 ? std::stoul(argv[6]) : settings.epochs;
    settings.result = argc > 7 ? argv[7] : "";
    return settings;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr,
                     "usage: %s MODEL FRAMES.xyz [batch] [ratio] [learning rate] [epochs] [RESULT.json]\n",
                     argv[0]);
        return 2;
    }
    try {
        nn::prepare_torch(1);
        const Settings settings = parse(argc, argv);
        Comparison comparison(settings);
        comparison.run();
        print(comparison.result());
        if (!settings.result.empty()) {
            std::ofstream(settings.result) << comparison.result().dump(1) << "\n";
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
