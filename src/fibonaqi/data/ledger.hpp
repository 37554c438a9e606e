// The ledger: labels, where they came from, and the stages of a campaign, in one SQLite file.
//
// Written by the engine alone (journal TRUNCATE, synchronous FULL): what a call acknowledged survives kill -9
// and loss of power. Readers (status, report) open it read-only while the engine works.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/label/label_store.hpp"

namespace fibonaqi {

/// A label with its structure and one of its origins (a label with two origins appears twice; one without an
/// origin once, `origin` empty).
struct LedgerEntry {
    StoredLabel stored;
    LabelRequest request;
    std::optional<LabelOrigin> origin;
};

/// Which entries are wanted. Empty members do not restrict.
struct LedgerFilter {
    std::optional<LabelState> state = {};
    std::optional<std::string> purpose = {};  ///< "test", "train", ... (LabelOrigin)
    std::optional<int> cycle = {};
    std::optional<int> up_to_cycle = {};  ///< this one included
};

/// Newest layout that this program reads and writes.
inline constexpr int ledger_version = 1;

/// Not thread-safe. Moves are allowed, copies not.
class Ledger : public LabelStore {
  public:
    enum class Access { write, read };

    /// Access::write makes the file when it is missing and locks it (`<path>.lock`) as long as the object
    /// lives. Throws LockedError when another process writes to it, FormatError for a file that is no ledger,
    /// is damaged, or comes from a newer FIBonAQi, FileError when it is missing (read) or cannot be opened.
    explicit Ledger(const std::filesystem::path& path, Access access = Access::write);
    ~Ledger() override;
    Ledger(Ledger&&) noexcept;
    Ledger& operator=(Ledger&&) noexcept;

    // Labels (errors: label_store.hpp).
    std::optional<StoredLabel> find(const std::string& key) const override;
    void plan(const std::vector<PlannedLabel>& labels) override;
    void record_intent(const std::string& key, const std::filesystem::path& directory) override;
    void record_started(const std::string& key, const std::string& handle) override;
    void record_accepted(const std::string& key, const AcceptedLabel& label, const LabelCost& cost) override;
    void record_failed(const std::string& key, const LabelFailure& failure, const LabelCost& cost) override;
    void together(const std::function<void()>& changes) override;

    /// A label that a person does not trust: accepted -> failed, kind quarantined. Nothing is trained on it
    /// any more, and no run computes it again; the files of its attempt stay. Throws Error when it has no
    /// label.
    void quarantine(const std::string& key, const std::string& reason);

    /// failed -> planned: the next run that asks for it computes it again. Throws Error when it has not
    /// failed.
    void ask_again(const std::string& key);

    /// Key of the one label whose key starts so. Throws Error when there is none, or more than one.
    std::string key_starting_with(const std::string& start) const;

    /// In the order in which they were planned.
    std::vector<LedgerEntry> entries(const LedgerFilter& filter) const;

    /// How many labels (not origins) are in each state.
    std::map<LabelState, std::size_t> counts() const;

    /// How many labels serve several purposes (LabelOrigin::purpose) and were paid for once.
    std::size_t labels_of_several_purposes() const;

    // Stages of a campaign. `stage` is a name of the campaign's own ("explore", "select", ...). A stage that
    // is recorded is complete; recording it again replaces the result.
    void record_stage(int cycle, const std::string& stage, const Json& result, double seconds = 0.0);
    std::optional<Json> stage(int cycle, const std::string& stage) const;
    std::optional<double> stage_seconds(int cycle, const std::string& stage) const;

    // Single values of the campaign (identity, seed, current model ...), text by name.
    void set_meta(const std::string& name, const std::string& value);
    std::optional<std::string> meta(const std::string& name) const;

    /// Runs SQLite's own check of the file; empty when it is sound, else what it found.
    std::string integrity_problem() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fibonaqi
