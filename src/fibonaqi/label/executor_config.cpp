#include "fibonaqi/label/executor_config.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/local_executor.hpp"
#include "fibonaqi/label/queue_executor.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t slots_in_a_queue = 20;

std::string below(const std::string& section) {
    return section.empty() ? "" : section + ".";
}

}  // namespace

std::vector<ConfigKey> queue_keys(const std::string& section) {
    using namespace config;
    const std::string in = below(section);
    return {
        text(in + "type", "local", "this machine, or the queue of a cluster (PBS and LSF: not run yet)")
            .one_of({"local", "slurm", "pbs", "lsf"}),
        integer(in + "cpus", 1, "cores of one job").between(1, 4096),
        integer(in + "memory_MB", 0, "of one job; 0: whatever there is").at_least(0),
        number(in + "minutes", 60, "queue: wall time of one job [min]").above(0),
        text(in + "partition", nullptr, "queue: Slurm's partition, PBS's and LSF's queue"),
        list(ConfigKind::texts, in + "extra", Json::array(),
             "queue: further options of sbatch, qsub or bsub, for example [\"--account=x\"]"),
        number(in + "poll_seconds", 15, "queue: from one question about the jobs to the next [s]")
            .between(0.1, 3600),
    };
}

std::vector<ConfigKey> executor_keys(const std::string& section) {
    using namespace config;
    const std::string in = below(section);
    std::vector<ConfigKey> keys = queue_keys(section);
    keys.push_back(integer(in + "pack", 0,
                           "labels that one job computes one after the other; 0: one, or with drivers that "
                           "serve more")
                       .between(0, 100000));
    keys.push_back(
        integer(in + "nice", 0, "local: priority of the programs, 19 is the lowest").between(0, 19));
    return keys;
}

ExecutorOptions executor_options(const Json& values) {
    ExecutorOptions options;
    if (values.is_null()) {
        return options;
    }
    options.type = values.at("type").get<std::string>();
    options.resources.cpus = values.at("cpus").get<std::size_t>();
    options.resources.memory_MB = values.at("memory_MB").get<std::size_t>();
    options.resources.minutes = values.at("minutes").get<double>();
    options.resources.partition =
        values.at("partition").is_string() ? values.at("partition").get<std::string>() : "";
    options.resources.extra = values.at("extra").get<std::vector<std::string>>();
    options.nice = values.value("nice", 0);
    options.pack = values.value("pack", std::size_t{0});
    options.poll_seconds = values.at("poll_seconds").get<double>();
    return options;
}

std::string executor_problem(const ExecutorOptions& options) {
    if (options.is_local()) {
        const auto wanted = static_cast<double>(options.resources.memory_MB);
        const double total = total_memory();
        return wanted <= total
                   ? ""
                   : "memory_MB is " + std::to_string(options.resources.memory_MB) + " (this machine has " +
                         std::to_string(static_cast<long>(total)) + " MB) give less, or another machine";
    }
    const auto system = make_batch_system(options.type);
    const std::string submit = system->submit({}).front();
    return find_program(submit).empty() ? "there is no program '" + submit + "' on PATH (type is " +
                                              options.type + ") start fibonaqi on a node of the cluster"
                                        : "";
}

std::size_t default_slots(const ExecutorOptions& options, std::size_t cores) {
    return options.is_local() ? std::max<std::size_t>(1, cores / options.resources.cpus) : slots_in_a_queue;
}

std::unique_ptr<Executor> make_executor(const ExecutorOptions& options, std::size_t slots,
                                        const std::filesystem::path& supervisor,
                                        const std::filesystem::path& folder) {
    if (options.is_local()) {
        return std::make_unique<LocalExecutor>(
            supervisor, LocalOptions{.slots = slots,
                                     .memory_MB = static_cast<double>(options.resources.memory_MB),
                                     .nice = options.nice});
    }
    return std::make_unique<QueueExecutor>(supervisor, make_batch_queue(options, folder),
                                           QueueOptions{.slots = slots, .resources = options.resources});
}

std::unique_ptr<BatchQueue> make_batch_queue(const ExecutorOptions& options,
                                             const std::filesystem::path& folder) {
    FIBONAQI_EXPECT(!options.is_local());
    return std::make_unique<BatchQueue>(make_batch_system(options.type), folder,
                                        BatchTiming{.list_seconds = options.poll_seconds});
}

}  // namespace fibonaqi
