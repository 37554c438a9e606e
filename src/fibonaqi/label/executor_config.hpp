// Where labels, walkers and trainings are computed: the section of a configuration, and what it makes.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/label/batch_queue.hpp"
#include "fibonaqi/label/executor.hpp"

namespace fibonaqi {

/// The section that says where one kind of work is done, as members.
struct ExecutorOptions {
    std::string type = "local";  ///< or "slurm", "pbs", "lsf"
    BatchResources resources = {};
    int nice = 0;          ///< local
    std::size_t pack = 0;  ///< labels per job; 0: one, or as many as a driver that serves likes
    double poll_seconds = 15.0;
    bool is_local() const { return type == "local"; }
};

/// Keys below `section` ("executors.label"), without the section itself, or with an empty one keys of a whole
/// file: those for any kind of work, and those
/// for labels.
std::vector<ConfigKey> queue_keys(const std::string& section);
std::vector<ConfigKey> executor_keys(const std::string& section);

/// `values` with all keys; null: this machine.
ExecutorOptions executor_options(const Json& values);

/// Why nothing could be computed there: a command that is missing, more memory than this machine has. Empty:
/// nothing is known against it.
std::string executor_problem(const ExecutorOptions& options);

/// Jobs at the same time where nobody says how many: of this machine's cores, or in a queue.
std::size_t default_slots(const ExecutorOptions& options, std::size_t cores);

/// `supervisor` is the absolute path of fibonaqi-label; files of the queue's commands go to `folder`.
std::unique_ptr<Executor> make_executor(const ExecutorOptions& options, std::size_t slots,
                                        const std::filesystem::path& supervisor,
                                        const std::filesystem::path& folder);

/// The queue itself, for work other than labels. The options must not be local.
std::unique_ptr<BatchQueue> make_batch_queue(const ExecutorOptions& options,
                                             const std::filesystem::path& folder);

}  // namespace fibonaqi
