// Where labels live: what the labeler needs of a store. data/ledger.hpp is the store of record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Life of a label. `intent` is on disk before anything is launched; `accepted` and `failed` are final.
enum class LabelState { planned, intent, started, accepted, failed };
std::string to_string(LabelState state);
LabelState label_state_from(const std::string& text);  ///< throws FormatError

/// Where a structure came from and what its label is for. One label can have several origins.
struct LabelOrigin {
    int cycle = 0;
    int walker = -1;                ///< -1: not from molecular dynamics
    std::int64_t step = -1;         ///< of the walker
    double temperature_K = 0.0;     ///< target temperature of the walker; 0: unknown
    std::string purpose = "train";  ///< "test", "train", "validation" or the name of a control ("control-1")
    int order = -1;                 ///< place in the selection, from 0; -1: not selected by a rule
    std::optional<double> score = {};  ///< of the selection rule
};

/// A label that is wanted, under its key.
struct PlannedLabel {
    std::string key;  ///< label_key(request, fingerprint)
    LabelRequest request;
    std::string fingerprint;  ///< of the driver
    std::optional<LabelOrigin> origin = {};
};

/// What a run cost, as its supervisor measured it.
struct LabelCost {
    double wall_seconds = 0.0;
    double cpu_seconds = 0.0;
};

/// What the store knows about one label. `label` is set when accepted, `failure` when failed.
struct StoredLabel {
    std::string key;
    LabelState state = LabelState::planned;
    int attempts = 0;                 ///< launches so far, this one included
    std::filesystem::path directory;  ///< of the latest attempt
    std::string handle;               ///< Executor::handle of the latest attempt; empty before `started`
    std::optional<AcceptedLabel> label;
    std::optional<LabelFailure> failure;
    LabelCost cost;  ///< of all attempts together
};

/// Every call that changes something returns only when the change is on disk, but for those inside
/// together(). All throw FileError, and DiskFullError when the storage is full (what was stored before is
/// intact).
class LabelStore {
  public:
    virtual ~LabelStore() = default;

    virtual std::optional<StoredLabel> find(const std::string& key) const = 0;

    /// Adds what is not there yet, in one transaction; a known key only gains the origin.
    virtual void plan(const std::vector<PlannedLabel>& labels) = 0;

    /// planned, failed, intent or started -> intent: attempt number `attempts`+1 is about to be launched.
    virtual void record_intent(const std::string& key, const std::filesystem::path& directory) = 0;
    virtual void record_started(const std::string& key, const std::string& handle) = 0;
    virtual void record_accepted(const std::string& key, const AcceptedLabel& label,
                                 const LabelCost& cost) = 0;
    virtual void record_failed(const std::string& key, const LabelFailure& failure,
                               const LabelCost& cost) = 0;

    /// What `changes` records (not plan) is on disk when this returns, all of it or, when it throws, nothing:
    /// one wait for the disk instead of one for every change.
    virtual void together(const std::function<void()>& changes) = 0;
};

}  // namespace fibonaqi
