// LSF, after the manual pages of bsub and bjobs (10.1). Not run here.
#include <set>
#include <utility>

#include "fibonaqi/label/batch_system.hpp"

namespace fibonaqi {
namespace {

BatchPhase phase_of(const std::string& state) {
    static const std::set<std::string> waiting{"PEND", "PSUSP", "WAIT", "PROV"};
    return waiting.contains(state)              ? BatchPhase::waiting
           : state == "DONE" || state == "EXIT" ? BatchPhase::over
                                                : BatchPhase::running;
}

class Lsf : public BatchSystem {
  public:
    std::string name() const override { return "lsf"; }

    std::vector<std::string> submit(const BatchJob& job) const override {
        const BatchResources& wanted = job.resources;
        std::vector<std::string> argv{"bsub",
                                      "-J",
                                      job.name,
                                      "-o",
                                      job.log.string(),
                                      "-n",
                                      std::to_string(wanted.cpus),
                                      "-R",
                                      "span[hosts=1]",
                                      "-W",
                                      hours_minutes(wanted.minutes, false),
                                      "-rn"};
        if (wanted.memory_MB > 0) {
            argv.insert(argv.end(), {"-M", std::to_string(wanted.memory_MB) + "MB"});
        }
        if (!wanted.partition.empty()) {
            argv.insert(argv.end(), {"-q", wanted.partition});
        }
        return with_script(std::move(argv), job);
    }

    // "Job <17> is submitted to queue <normal>."
    std::string submitted_id(const std::string& output) const override {
        const std::size_t begin = output.find("Job <");
        const std::size_t end = output.find('>', begin == std::string::npos ? 0 : begin);
        return begin == std::string::npos || end == std::string::npos
                   ? ""
                   : output.substr(begin + 5, end - begin - 5);
    }

    std::vector<std::string> list(const std::vector<std::string>& ids) const override {
        std::vector<std::string> argv{"bjobs", "-a", "-noheader", "-o",
                                      "jobid stat job_name exit_reason delimiter='|'"};
        argv.insert(argv.end(), ids.begin(), ids.end());
        return argv;
    }

    std::vector<BatchStatus> listed(const std::string& output) const override {
        return read_status_lines(output, phase_of, "-");
    }

    std::vector<std::string> find(const std::string& name) const override {
        return {"bjobs", "-a", "-noheader", "-o", "jobid", "-J", name};
    }

    bool is_absence(const std::string& complaint) const override {
        return complaint.find("is not found") != std::string::npos ||
               complaint.find("No matching job") != std::string::npos;
    }

    std::vector<std::string> history(const std::string&) const override { return {}; }

    std::vector<std::string> cancel(const std::string& id) const override { return {"bkill", id}; }
};

}  // namespace

std::unique_ptr<BatchSystem> make_lsf() {
    return std::make_unique<Lsf>();
}

}  // namespace fibonaqi
