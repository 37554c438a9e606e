// fibonaqi select: which frames of a pool are worth a label, or a training step.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/seed_range.hpp"
#include "workflows/cli/strategy_help.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    FeatureArguments features;
    std::string stored_features;
    std::string pseudo_labels, teacher, labelled;
    std::vector<std::string> committee;
    double prior_force_spread = 0.1;
    double regularisation = 1e-3;
    std::size_t batch = 10;
    double ratio = 0.1;
    std::string strategy = "divbs";
    std::string pick, fill;
    std::vector<std::string> options;
    std::string scores, reference_model, labelled_features;
    std::uint64_t seed = 0, cycle = 0;
    std::string seeds;
    std::size_t superbatches = 0;
    std::string json, output;
};

Json pseudo_label_section(const Arguments& arguments) {
    if (!arguments.teacher.empty() && arguments.pseudo_labels != "teacher") {
        throw ConfigError(
            "--teacher is given without --pseudo-labels teacher (only they ask it) add it, or leave "
            "--teacher "
            "out");
    }
    if (arguments.pseudo_labels.empty()) {
        return nullptr;
    }
    Json section{{"kind", arguments.pseudo_labels}};
    if (arguments.pseudo_labels == "posterior") {
        section["prior_force_spread_eV_per_A"] = arguments.prior_force_spread;
        section["regularisation"] = arguments.regularisation;
    }
    if (!arguments.teacher.empty()) {
        section["teacher"] = file_or_name(arguments.teacher);
    }
    return section;
}

// A file, or what is to be computed.
Json scores_key(const Arguments& arguments) {
    const std::vector<std::string> kinds{"loss", "deviation", "energy_deviation"};
    if (std::find(kinds.begin(), kinds.end(), arguments.scores) == kinds.end()) {
        if (!arguments.reference_model.empty()) {
            throw ConfigError(
                "--reference-model is given without --scores loss (only that is computed by it) add it, or "
                "leave --reference-model out");
        }
        return absolute(arguments.scores);
    }
    Json scores{{"kind", arguments.scores}};
    if (!arguments.reference_model.empty()) {
        scores["reference_model"] = file_or_name(arguments.reference_model);
    }
    return scores;
}

// What is known beside the pool: labelled frames, other models.
void add_knowledge(Json& task, const Arguments& arguments) {
    if (!arguments.labelled.empty()) {
        task["labelled"] = absolute(arguments.labelled);
    }
    for (const std::string& member : arguments.committee) {
        task["committee"].push_back(file_or_name(member));
    }
}

// What would say how rows are computed, where they are read.
void refuse_beside_stored(const Arguments& arguments) {
    const FeatureArguments defaults;
    const FeatureArguments& features = arguments.features;
    const std::pair<bool, const char*> given[] = {
        {features.kinds != defaults.kinds, "--kind"},
        {features.last_layer != defaults.last_layer, "--last-layer"},
        {features.is_per_atom, "--per-atom"},
        {features.fit_e0, "--fit-e0"},
        {!arguments.pseudo_labels.empty(), "--pseudo-labels"},
        {!arguments.teacher.empty(), "--teacher"}};
    for (const auto& [is_given, option] : given) {
        if (is_given) {
            throw ConfigError(std::string(option) +
                              " is given with --features (they are computed already) leave one out");
        }
    }
}

Json source_keys(const Arguments& arguments) {
    const bool has_model = !arguments.features.model.empty();
    if (!arguments.stored_features.empty() && has_model) {
        throw ConfigError(
            "--model and --features are both given (stored features need no model) leave one out");
    }
    if (!arguments.stored_features.empty()) {
        refuse_beside_stored(arguments);
        Json task = make_record("worker-task", 1);
        task["task"] = "select";
        task["threads"] = arguments.features.threads;
        task["features"] = absolute(arguments.stored_features);
        if (!arguments.features.data.empty()) {
            task["data"] = absolute(arguments.features.data);
        }
        add_row_keys(task, arguments.features);
        add_knowledge(task, arguments);
        return task;
    }
    if (arguments.features.data.empty()) {
        throw ConfigError(has_model ? "--model is given without --data (the pool to choose from) add --data "
                                      "POOL.xyz"
                                    : "neither --data nor --features is given (there is nothing to choose "
                                      "from) add --model MODEL --data POOL.xyz, or --features F.npy");
    }
    Json task = feature_task("select", arguments.features);
    task["pseudo_labels"] = pseudo_label_section(arguments);
    add_knowledge(task, arguments);
    return task;
}

Json all_options(const Arguments& arguments) {
    std::vector<std::string> given = arguments.options;
    if (!arguments.pick.empty()) {
        given.push_back("pick=" + arguments.pick);
    }
    if (!arguments.fill.empty()) {
        given.push_back("fill=" + arguments.fill);
    }
    return strategy_options(given);
}

Json make_task(const Arguments& arguments) {
    Json task = source_keys(arguments);
    task["batch"] = arguments.batch;
    task["ratio"] = arguments.ratio;
    task["strategy"] = arguments.strategy;
    task["options"] = all_options(arguments);
    if (!arguments.scores.empty() || !arguments.reference_model.empty()) {
        task["scores"] = scores_key(arguments);
    }
    if (!arguments.labelled_features.empty()) {
        task["labelled_features"] = absolute(arguments.labelled_features);
    }
    if (!arguments.seeds.empty()) {
        const std::vector<std::uint64_t> seeds = seeds_from(arguments.seeds);
        task["seeds"] = Json{seeds.front(), seeds.back()};
    }
    task["seed"] = arguments.seed;
    task["cycle"] = arguments.cycle;
    task["superbatches"] = arguments.superbatches;
    if (!arguments.output.empty()) {
        task["output"] = absolute(arguments.output);
    }
    return task;
}

void print_superbatch(const Json& superbatch, std::size_t index) {
    std::printf("superbatch %zu: %zu of %zu frames, %s\n", index, superbatch.at("picks").size(),
                superbatch.at("size").get<std::size_t>(), superbatch.at("reason").get<std::string>().c_str());
    const Json& picks = superbatch.at("picks");
    const bool has_spread = !picks.empty() && picks[0].contains("force_spread_eV_per_A");
    const bool has_weights = std::any_of(
        picks.begin(), picks.end(), [](const Json& pick) { return pick.at("weight").get<double>() != 1.0; });
    std::printf("  order     id        score   residual%s%s\n", has_weights ? "     weight" : "",
                has_spread ? "   force spread [eV/A]" : "");
    for (const Json& pick : picks) {
        std::printf("  %5zu %6zu %12.4g %10.3g", pick.at("order").get<std::size_t>(),
                    pick.at("id").get<std::size_t>(), pick.at("score").get<double>(),
                    pick.at("residual").get<double>());
        if (has_weights) {
            std::printf(" %10.4g", pick.at("weight").get<double>());
        }
        if (has_spread) {
            std::printf("   %19.4f", pick.at("force_spread_eV_per_A").get<double>());
        }
        std::printf("%s\n", pick.at("filled").get<bool>() ? "  (fill)" : "");
    }
}

void print_by_seed(const Json& result) {
    for (const Json& picks : result.at("picks_by_seed")) {
        const char* separator = "";
        for (const Json& id : picks) {
            std::printf("%s%zu", separator, id.get<std::size_t>());
            separator = " ";
        }
        std::printf("\n");
    }
}

void print_selection(const Json& result) {
    const Json& superbatches = result.at("superbatches");
    for (std::size_t index = 0; index < superbatches.size(); ++index) {
        print_superbatch(superbatches[index], index);
    }
    const Json& rejected = result.at("rejected");
    if (!rejected.empty()) {
        std::printf("rejected (features or scores not finite): %s\n", rejected.dump().c_str());
    }
    std::printf("%zu of %zu frames selected by %s (%.1f s)\n", result.at("picks").size(),
                result.at("candidates").get<std::size_t>(), result.at("strategy").get<std::string>().c_str(),
                result.at("seconds").get<double>());
}

void run(const Arguments& arguments) {
    const Json result = run_worker(make_task(arguments));
    if (arguments.seeds.empty()) {
        print_selection(result);
    } else {
        print_by_seed(result);
    }
    if (!arguments.json.empty()) {
        write_json(arguments.json, result);
    }
}

void add_source_options(CLI::App& command, Arguments& arguments) {
    command.add_option("--model", arguments.features.model, "model file, or name of an installed model");
    command.add_option("--data", arguments.features.data, "the pool: frames, extended XYZ");
    command.add_option("--features", arguments.stored_features, "stored features (.npy) instead of a model");
    add_feature_options(command, arguments.features);
    command.add_option(
        "--pseudo-labels", arguments.pseudo_labels,
        "labels for frames that have none, one potential for a superbatch: posterior (a draw of "
        "the last-layer posterior), teacher, or committee (a member drawn for each superbatch)");
    command.add_option("--teacher", arguments.teacher, "another model, for --pseudo-labels teacher");
    command
        .add_option("--committee", arguments.committee,
                    "another model that knows the same; repeated. For --pseudo-labels committee and --scores "
                    "deviation")
        ->take_all();
    command.add_option("--labelled", arguments.labelled,
                       "labelled frames: the posterior is fitted to them, and strategies that can start from "
                       "their rows, made as those of the pool");
    command
        .add_option("--prior-force-spread", arguments.prior_force_spread,
                    "force uncertainty [eV/angstrom] that the posterior assumes without --labelled")
        ->capture_default_str();
    command
        .add_option("--regularisation", arguments.regularisation,
                    "relative ridge of the posterior's precision")
        ->capture_default_str();
}

void add_choice_options(CLI::App& command, Arguments& arguments) {
    command.add_option("--batch", arguments.batch, "frames to choose from every superbatch")
        ->capture_default_str();
    command
        .add_option("--ratio", arguments.ratio, "batch / superbatch; the superbatch must be a whole number")
        ->capture_default_str();
    command.add_option("--strategy", arguments.strategy, "one of those below")->capture_default_str();
    command
        .add_option("--option", arguments.options, "key=value, an option of the strategy; may be repeated")
        ->take_all();
    command.add_option("--pick", arguments.pick, "short for --option pick=...");
    command.add_option("--fill", arguments.fill, "short for --option fill=...");
    command.add_option(
        "--scores", arguments.scores,
        "what strategies go by that need numbers per frame: loss, deviation (of forces) or "
        "energy_deviation, of a committee or the posterior; or a file (.npy), for rho_loss with "
        "a second column");
    command.add_option("--reference-model", arguments.reference_model,
                       "model trained on other frames, whose loss rho_loss subtracts (--scores loss)");
    command.add_option("--labelled-features", arguments.labelled_features,
                       "rows (.npy) of frames that have labels, made as those of the pool");
    command.add_option("--seed", arguments.seed, "key of all random choices")->capture_default_str();
    command.add_option(
        "--seeds", arguments.seeds,
        "A:B, with --features: one line of ids, in order of picking, for each seed from A to B");
    command.add_option("--cycle", arguments.cycle, "second key: other choices with the same seed")
        ->capture_default_str();
    command.add_option("--superbatches", arguments.superbatches, "stop after this many (0 = the whole pool)")
        ->capture_default_str();
}

}  // namespace

void add_select_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("select", "choose frames of a pool, by one of many strategies");
    const auto arguments = std::make_shared<Arguments>();
    add_source_options(*command, *arguments);
    add_choice_options(*command, *arguments);
    command->add_option("--json", arguments->json, "write the selection as JSON");
    command->add_option("-o,--output", arguments->output, "write the chosen frames, extended XYZ");
    command->footer(strategy_help());
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
