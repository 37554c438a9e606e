// Names of the files in a campaign folder. No other file of the source knows them.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi {

/// Paths in one campaign folder, absolute. Cycle 0 is the test set. Nothing is created here.
///
/// A campaign can have several lines of labels and models, its own and controls (arm.hpp). What walkers give,
/// the test set, the ledger and the attempts of labels are common to all; what is marked "by line" is not.
class CampaignLayout {
  public:
    explicit CampaignLayout(const std::filesystem::path& root);

    const std::filesystem::path& root() const { return root_; }
    const std::string& arm() const { return arm_; }        ///< name of the line; empty: the campaign's own
    CampaignLayout of_arm(const std::string& name) const;  ///< the same folder, seen by another line
    std::filesystem::path record() const;    ///< configuration with all defaults; stamps the folder's format
    std::filesystem::path ledger() const;    ///< the store of record
    std::filesystem::path lock() const;      ///< held by the engine that works here
    std::filesystem::path progress() const;  ///< where the engine is, for `status`
    std::filesystem::path log() const;       ///< lines of the engine, appended
    std::filesystem::path report() const;    ///< report.html
    std::filesystem::path summary() const;   ///< what the report is drawn from
    std::filesystem::path start_structure() const;
    std::filesystem::path start_model() const;     ///< copy of the pretrained model
    std::filesystem::path model(int cycle) const;  ///< as trained in this cycle (0: start_model); by line
    std::filesystem::path labels() const;          ///< attempts of the labeler
    std::filesystem::path queue() const;           ///< output of the commands of a cluster's queue
    std::filesystem::path pretrained() const;      ///< folder of the next two
    std::filesystem::path replay() const;          ///< copy of pretrained.replay
    std::filesystem::path forgetting() const;      ///< copy of pretrained.forgetting

    std::filesystem::path cycle(int cycle) const;  ///< "test" or "cycle-001"
    std::filesystem::path walker(int cycle, std::size_t walker) const;
    std::filesystem::path candidates(int cycle) const;  ///< extxyz, all walkers

    // By line, but for cycle 0.
    std::filesystem::path select(int cycle) const;           ///< folder of the worker's task
    std::filesystem::path picks(int cycle) const;            ///< extxyz, frames to label
    std::filesystem::path labelled_before(int cycle) const;  ///< extxyz for the posterior
    std::filesystem::path check(int cycle) const;            ///< folder of the training that is judged
    std::filesystem::path check_model(int cycle) const;
    std::filesystem::path physics(int cycle) const;      ///< folder of the worker's task
    std::filesystem::path train(int cycle) const;        ///< folder of the training on all labels
    std::filesystem::path evaluate(int cycle) const;     ///< folder of the worker's task
    std::filesystem::path predictions(int cycle) const;  ///< extxyz, on the test set

    std::filesystem::path test_data() const;  ///< extxyz with labels

  private:
    std::filesystem::path cycle_of_line(int cycle) const;

    std::filesystem::path root_;
    std::filesystem::path line_;  // folder of what is by line
    std::string arm_;
};

/// Files in the folder of one walker.
struct WalkerFiles {
    std::filesystem::path structure, candidates, log;
};
WalkerFiles walker_files(const std::filesystem::path& folder);

/// Labelled frames in the folder of one training.
struct TrainingFiles {
    std::filesystem::path train, validation;
    std::filesystem::path replay;  ///< of the pretrained domain; its labels, if any, may be of no use
};
TrainingFiles training_files(const std::filesystem::path& folder);

/// Files in the folder of one task of a sister program.
struct TaskFiles {
    std::filesystem::path task, result, progress, log;
    std::filesystem::path usage;  ///< CPU time and memory, as the engine saw them
    std::filesystem::path job;    ///< name of its job in a queue; script and log of the job lie beside it
};
TaskFiles task_files(const std::filesystem::path& folder);

}  // namespace fibonaqi
