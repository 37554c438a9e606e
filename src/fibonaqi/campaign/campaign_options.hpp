// What a campaign is asked to do: the configuration as a struct.
//
// Keys, defaults, ranges and help stand in campaign_schema.cpp and nowhere else; here are the members that
// the stages read. Units as everywhere: eV, angstrom, K; times of MD in fs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/label/executor_config.hpp"

namespace fibonaqi {

/// When a walker is stopped. Lengths are relative to the sum of the covalent radii.
struct WalkerLimits {
    double max_force_eV_per_A = 30.0;
    double min_distance_scale = 0.6;      ///< also the gate for candidates and for labels
    double max_temperature_factor = 5.0;  ///< times the walker's target temperature
};

/// Molecular dynamics of one cycle.
struct ExploreOptions {
    std::string ensemble;
    std::vector<double> temperatures_K;
    std::size_t walkers_per_temperature = 1;
    double pressure_bar = 0.0, timestep_fs = 1.0, damping_fs = 100.0;
    long steps = 0, first_step = 0, harvest_every_steps = 1;
    double strain_percent = 0.0;  ///< each walker starts from a random strain of at most this
    long max_restarts = 0;
    WalkerLimits limits;
};

/// Which candidates are labelled.
struct SelectOptions {
    std::size_t batch = 0;
    double ratio = 1.0;
    std::size_t superbatches = 0;  ///< per cycle; 0: as many as the candidates fill
    Json choice;                   ///< the section: strategy and features (candidate_choice.hpp)
    double prior_force_spread_eV_per_A = 0.0;

    std::string strategy() const { return choice.at("strategy").get<std::string>(); }
};

struct LabelOptions {
    Json driver;  ///< for make_driver
    std::optional<std::size_t> slots = {};
    double max_failed_ratio = 0.0;
    std::size_t max_alike = 0;
    double hard_seconds = 0.0, stall_seconds = 0.0;
    int max_attempts = 1;  ///< launches for one label, remedies included
    double max_force_eV_per_A = 0.0;
    std::string noise;  ///< path of a record of their noise (labels_limit.hpp); empty: none
};

/// Where each kind of work is done.
struct ExecutorsOptions {
    ExecutorOptions label, explore, train;
};

/// The held-out set: never seen by a decision.
struct TestSetOptions {
    std::size_t frames = 0;
    std::size_t walkers_per_temperature = 0;
    long steps = 0, first_step = 0;
    double strain_percent = 0.0;
};

/// Lines that the campaign is compared with (arm.hpp).
struct ControlOptions {
    std::string strategy;
    std::size_t seeds = 0;  ///< number of lines; 0: none
};

/// What the starting model should stay good at.
struct PretrainedOptions {
    std::string replay, forgetting;  ///< paths of extxyz files; empty: none
    std::size_t md_frames = 0;       ///< for replay, from the walkers of the test set
    bool has_gate = false;           ///< a model that forgets is not promoted
};

struct CampaignOptions {
    std::string name;
    std::uint64_t seed = 0;
    int cycles = 0;
    std::optional<std::size_t> cores = {};  ///< empty: all of the machine
    double min_free_MB = 0.0;
    std::string model, dtype;
    std::string structure;  ///< path of an extxyz file; empty: a diamond lattice
    std::string diamond_element;
    double diamond_a_A = 0.0;
    std::vector<int> repeat;
    ExploreOptions explore;
    SelectOptions select;
    LabelOptions label;
    ExecutorsOptions executors;
    bool is_async = false;     ///< labels, MD and training side by side
    double async_share = 1.0;  ///< of a cycle's labels that training waits for
    Json train;                ///< settings of the worker's task `train`, as they are
    double validation_share = 0.0;
    double promotion_tolerance = 0.0;  ///< relative rise of the validation force error that is let pass
    bool has_physics_gate = false;     ///< a new model must pass the worker's task `physics`
    std::size_t physics_steps = 0;     ///< of its run at constant energy
    Json physics_limits;               ///< its limits, as they are
    PretrainedOptions pretrained;
    TestSetOptions test_set;
    ControlOptions control;
};

/// The table of all keys; "train" holds whatever it holds.
const ConfigSchema& campaign_schema();

/// The same with a row for each key of "train": `train_keys` starts with the row of that section. What can be
/// trained is known in a layer that this one does not see.
ConfigSchema campaign_schema_with(const std::vector<ConfigKey>& train_keys);

/// The schema's check and the rules between keys (whole superbatches, one source of structure ...). Every
/// problem is in the result; `values` has all keys.
CheckedConfig check_campaign(const Json& given, const ConfigSchema& schema = campaign_schema());

/// What deserves a word though it is allowed, for example fewer candidates than a superbatch.
std::vector<std::string> campaign_advice(const CampaignOptions& options);

/// `values` as check_campaign returned them without problems.
CampaignOptions campaign_options(const Json& values);

/// Paths of the keys in which two configurations differ and which are fixed once a campaign has begun. Others
/// may change: they say how much is done and with what patience, not what any single result is. The driver is
/// not looked at: what decides its numbers is its fingerprint.
std::vector<std::string> fixed_differences(const Json& earlier, const Json& later);

}  // namespace fibonaqi
