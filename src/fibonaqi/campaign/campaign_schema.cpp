// The keys of a campaign file: names with units, defaults, ranges and help.
#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/select/candidate_choice.hpp"

namespace fibonaqi {
namespace {

using Rows = std::vector<ConfigKey>;

Rows general_keys() {
    using namespace config;
    return {
        text("name", nullptr, "name of the campaign: letters, digits, '.', '_', '-'").required(),
        integer("seed", 1, "every random choice follows from it: the same seed gives the same campaign")
            .at_least(0),
        integer("cycles", 3, "how often explore, select, label, train, evaluate is done").between(1, 1000),
        integer("cores", nullptr, "processor cores that the campaign may use; left out: all")
            .between(1, 4096),
        number("min_free_MB", 500, "with less free space nothing new is started").at_least(0),
    };
}

Rows system_keys() {
    using namespace config;
    return {
        section("model", "the potential that is fine-tuned"),
        text("model.start", nullptr,
             "a model file, or the name of an installed model (fibonaqi model install)")
            .required(),
        text("model.dtype", "float32", "precision of molecular dynamics, training and evaluation")
            .one_of({"float32", "float64"}),
        section("system", "the material: a structure file or a diamond lattice"),
        text("system.structure", nullptr, "extended XYZ file, its first frame; relative to this file"),
        optional_section("system.diamond", "8 atoms on a cubic diamond lattice"),
        text("system.diamond.element", nullptr, "chemical symbol").required(),
        number("system.diamond.a_A", nullptr, "lattice constant [angstrom]").between(1, 50).required(),
        list(ConfigKind::integers, "system.repeat", Json{1, 1, 1}, "copies of the cell along a, b, c")
            .between(1, 100)
            .items(3),
    };
}

Rows explore_keys() {
    using namespace config;
    return {
        section("explore", "molecular dynamics with the current model"),
        list(ConfigKind::numbers, "explore.temperatures_K", nullptr, "target temperatures [K]")
            .above(0)
            .items(1)
            .required(),
        integer("explore.walkers_per_temperature", 1,
                "walkers with a random seed and strain of their own; more of them see more of what happens "
                "rarely")
            .between(1, 1000),
        text("explore.ensemble", "nvt", "ensemble").one_of({"nvt", "npt", "nve"}),
        number("explore.pressure_bar", 0, "target pressure, for npt [bar]"),
        number("explore.timestep_fs", 1, "time step [fs]").between(0.01, 20),
        number("explore.damping_fs", 100, "relaxation time of the thermostat [fs]").above(0),
        integer("explore.steps", 2000, "time steps of a walker in a cycle").at_least(1),
        integer("explore.first_step", 200, "candidates are taken from this step on").at_least(0),
        integer("explore.harvest_every_steps", 40, "steps from one candidate to the next").at_least(1),
        number("explore.strain_percent", 0,
               "each walker's cell starts with a random strain of at most this [%]")
            .between(0, 20),
        integer("explore.max_restarts", 3, "how often a walker that was stopped goes on from a sane frame")
            .between(0, 100),
        section("explore.limits", "when a walker is stopped and restarted"),
        number("explore.limits.max_force_eV_per_A", 30, "largest force on an atom [eV/angstrom]").above(0),
        number("explore.limits.min_distance_scale", 0.6,
               "shortest distance as a share of the sum of the covalent radii; candidates below are dropped")
            .between(0.1, 1.2),
        number("explore.limits.max_temperature_factor", 5, "highest temperature as a multiple of the target")
            .above(1),
    };
}

Rows select_keys() {
    using namespace config;
    Rows rows{
        section("select", "which candidates are worth a label"),
        integer("select.superbatches", 1, "superbatches per cycle; 0: as many as there are candidates for")
            .at_least(0),
        text("select.pseudo_labels", "posterior",
             "labels of candidates for loss_gradient: a draw of the last-layer posterior")
            .one_of({"posterior"}),
        number("select.prior_force_spread_eV_per_A", 0.1,
               "expected force error before there are labels [eV/angstrom]")
            .above(0),
    };
    const Rows choice = candidate_choice_keys("select");
    rows.insert(rows.begin() + 1, choice.begin(), choice.end());
    return rows;
}

Rows label_keys() {
    using namespace config;
    return {
        section("label", "quantum-mechanical labels"),
        object(
            "label.driver", nullptr,
            "the code and its settings; \"type\" names the code (\"qe\"). Or the path of a file with them, "
            "relative to this file: another code is another word then")
            .or_file()
            .required(),
        integer("label.slots", nullptr, "labels computed at the same time; left out: one per core")
            .between(1, 4096),
        number("label.max_failed_ratio", 0.3,
               "the campaign stops when a larger share of a cycle's labels fails")
            .between(0, 1),
        integer("label.max_alike", 5,
                "it also stops when so many labels in a row fail for the same kind of reason; 0: never")
            .between(0, 1000000),
        text("label.noise", nullptr,
             "how noisy these labels are: the file that 'fibonaqi driver converge --json' wrote; relative to "
             "this file"),
        section("label.limits", "of one label"),
        number("label.limits.hard_seconds", 600, "longest run [s]").above(0),
        number("label.limits.stall_seconds", 300, "longest time without a byte of output; 0: any [s]")
            .at_least(0),
        integer("label.limits.max_attempts", 4,
                "launches for one label: the first, and remedies that the driver knows for its failure")
            .between(1, 100),
        number("label.limits.max_force_eV_per_A", 60,
               "labels with larger forces are not believed [eV/angstrom]")
            .above(0),
    };
}

Rows executors_keys() {
    using namespace config;
    Rows rows{
        section("executors", "where each kind of work is done; left out: on this machine"),
        optional_section("executors.label", "labels: label.slots jobs at the same time, in a queue 20")};
    const auto add = [&rows](const Rows& more) { rows.insert(rows.end(), more.begin(), more.end()); };
    add(executor_keys("executors.label"));
    add({optional_section("executors.explore", "walkers of molecular dynamics, one job each")});
    add(queue_keys("executors.explore"));
    add({optional_section("executors.train", "work with the model: selection, training, evaluation")});
    add(queue_keys("executors.train"));
    return rows;
}

Rows async_keys() {
    using namespace config;
    return {
        optional_section("async",
                         "labels, MD and training side by side: a training begins with a share of its "
                         "cycle's labels, the others come in while it and the next walkers run; what is not "
                         "launched by then is chosen anew together with the new candidates, or dropped. No "
                         "two such campaigns are alike; left out: one thing after the other, reproducible"),
        number("async.share", 0.5, "share of a cycle's labels that its training waits for").between(0, 1),
    };
}

Rows judging_keys() {
    using namespace config;
    return {
        section(
            "validation",
            "whether a training is any good: it is done without a share of the cycle's new labels and judged "
            "by them, then done on all labels; the test set plays no part in it"),
        number("validation.share", 0.4, "share of the new labels that judges; 0: every model is promoted")
            .between(0, 0.9),
        number("validation.tolerance_percent", 2,
               "a model is promoted if the force error on these labels did not rise, or by no more than this "
               "[%] or two standard errors")
            .between(0, 1000),
        section("physics",
                "what no test set shows: energy against volume, dimers, energy conservation and force "
                "constants of the start structure, with the new model and with the one before"),
        flag("physics.gate", true, "a model that fails one of these checks is not promoted"),
        integer("physics.steps", 300, "time steps (1 fs) of the run at constant energy").between(2, 1000000),
        section("physics.limits", "changes are against the model before"),
        number("physics.limits.volume_change_percent", 10, "of the minimum of energy against volume [%]")
            .at_least(0),
        number("physics.limits.bulk_modulus_change_percent", 100, "there; 100: twice or half [%]")
            .at_least(0),
        number("physics.limits.repulsive_to", 0.6,
               "dimers must rise down to this part of the sum of the covalent radii, or as far as before")
            .between(0.4, 1.4),
        number("physics.limits.nve_drift_meV_per_atom_ps", 5,
               "of the total energy in the run at constant energy [meV/atom/ps]")
            .at_least(0),
        number("physics.limits.force_constants_change_percent", 100,
               "norm of the change of the atoms' own force constants / their norm [%]")
            .at_least(0),
        section("pretrained",
                "what the starting model is good at and should stay good at; shares, labels and limits stand "
                "in train.replay and train.forgetting"),
        text("pretrained.replay", nullptr,
             "frames of which some are in every batch of the training, extended XYZ; relative to this file"),
        integer("pretrained.md_frames", 0,
                "so many frames of the starting model's MD for the test set, but not in it, are replayed too")
            .between(0, 1000000),
        text("pretrained.forgetting", nullptr,
             "frames on which forgetting is measured, extended XYZ; left out: a fifth of those for replay, "
             "which are then not replayed"),
        text("pretrained.gate", "warn",
             "what an alarm of train.forgetting does; refuse: the model is not promoted")
            .one_of({"warn", "refuse"}),
        section("test_set", "held-out frames from MD of the starting model, labelled first"),
        integer("test_set.frames", 24, "number of frames").between(1, 100000),
        integer("test_set.walkers_per_temperature", 3, "each with a strain of its own").between(1, 1000),
        number("test_set.strain_percent", 3, "largest strain of the cell [%]").between(0, 20),
        integer("test_set.steps", 600, "time steps of each of its walkers").at_least(1),
        integer("test_set.first_step", 300, "frames are taken from this step on").at_least(0),
    };
}

Rows control_keys() {
    using namespace config;
    return {
        optional_section(
            "control",
            "what the choice of frames is compared with, for example {\"strategy\": \"uniform\", \"seeds\": "
            "3}: as many labels again, chosen otherwise from the same candidates, and a model of their own; "
            "costs labels and trainings once more per seed"),
        text("control.strategy", "uniform", "how its frames are chosen, with the defaults of the strategy")
            .one_of(candidate_strategies()),
        integer("control.seeds", 1, "so many controls; two or more show what is chance").between(1, 100),
    };
}

}  // namespace

ConfigSchema campaign_schema_with(const std::vector<ConfigKey>& train_keys) {
    Rows rows;
    for (const Rows& part : {general_keys(), system_keys(), explore_keys(), select_keys(), label_keys(),
                             executors_keys(), async_keys(), train_keys, judging_keys(), control_keys()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return ConfigSchema(
        "FIBonAQi campaign. Comments are allowed. The unit of a value stands in the name of its key; keys "
        "that "
        "are left out have their default.",
        std::move(rows));
}

const ConfigSchema& campaign_schema() {
    static const ConfigSchema schema = campaign_schema_with(
        {config::object("train", Json::object(), "settings of the fine-tuning; see fibonaqi train --help")});
    return schema;
}

}  // namespace fibonaqi
