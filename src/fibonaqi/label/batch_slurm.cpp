// Slurm. States are those of its manual (squeue, "JOB STATE CODES"); run against 22.05.
#include <set>
#include <utility>

#include "fibonaqi/label/batch_system.hpp"

namespace fibonaqi {
namespace {

// The job is told two minutes before its time is over, the script's own process only.
constexpr double warned_minutes = 15.0;

BatchPhase phase_of(const std::string& state) {
    static const std::set<std::string> waiting{"PENDING",      "CONFIGURING",  "REQUEUED",     "REQUEUE_FED",
                                               "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"};
    static const std::set<std::string> running{"RUNNING",  "COMPLETING", "SUSPENDED", "SIGNALING",
                                               "RESIZING", "STAGE_OUT",  "STOPPED"};
    return waiting.contains(state)   ? BatchPhase::waiting
           : running.contains(state) ? BatchPhase::running
                                     : BatchPhase::over;
}

class Slurm : public BatchSystem {
  public:
    std::string name() const override { return "slurm"; }

    std::vector<std::string> submit(const BatchJob& job) const override {
        const BatchResources& wanted = job.resources;
        std::vector<std::string> argv{"sbatch",
                                      "--parsable",
                                      "--job-name=" + job.name,
                                      "--output=" + job.log.string(),
                                      "--nodes=1",
                                      "--ntasks=1",
                                      "--cpus-per-task=" + std::to_string(wanted.cpus),
                                      "--time=" + hours_minutes(wanted.minutes, true),
                                      "--no-requeue"};
        if (wanted.minutes > warned_minutes) {
            argv.emplace_back("--signal=B:TERM@120");
        }
        if (wanted.memory_MB > 0) {
            argv.push_back("--mem=" + std::to_string(wanted.memory_MB) + "M");
        }
        if (!wanted.partition.empty()) {
            argv.push_back("--partition=" + wanted.partition);
        }
        return with_script(std::move(argv), job);
    }

    // "17" or, in a federation, "17;cluster".
    std::string submitted_id(const std::string& output) const override {
        for (const std::string& line : split_text(output, '\n')) {
            std::string id = line.substr(0, line.find(';'));
            if (!id.empty() && id.find_first_not_of("0123456789") == std::string::npos) {
                return id;
            }
        }
        return "";
    }

    std::vector<std::string> list(const std::vector<std::string>& ids) const override {
        std::string joined;
        for (const std::string& id : ids) {
            joined += (joined.empty() ? "" : ",") + id;
        }
        return {"squeue", "-h", "-t", "all", "-j", joined, "-o", "%i|%T|%j|%r"};
    }

    std::vector<BatchStatus> listed(const std::string& output) const override {
        return read_status_lines(output, phase_of, "None");
    }

    std::vector<std::string> find(const std::string& name) const override {
        return {"squeue", "-h", "-t", "all", "-n", name, "-o", "%i"};
    }

    bool is_absence(const std::string& complaint) const override {
        return complaint.find("Invalid job id") != std::string::npos;
    }

    std::vector<std::string> history(const std::string& id) const override {
        return {"sacct", "-n", "-P", "-X", "-j", id, "--format=State"};
    }

    std::vector<std::string> cancel(const std::string& id) const override { return {"scancel", id}; }
};

}  // namespace

std::unique_ptr<BatchSystem> make_slurm() {
    return std::make_unique<Slurm>();
}

}  // namespace fibonaqi
