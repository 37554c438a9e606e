// PBS (OpenPBS, PBS Professional), after the manual pages of qsub, qstat and qselect. Not run here.
#include <utility>

#include "fibonaqi/label/batch_system.hpp"

namespace fibonaqi {
namespace {

BatchPhase phase_of(const std::string& state) {
    if (state == "F" || state == "C" || state == "X") {
        return BatchPhase::over;
    }
    return state == "R" || state == "E" || state == "S" || state == "U" || state == "B" ? BatchPhase::running
                                                                                        : BatchPhase::waiting;
}

class Pbs : public BatchSystem {
  public:
    std::string name() const override { return "pbs"; }

    std::vector<std::string> submit(const BatchJob& job) const override {
        const BatchResources& wanted = job.resources;
        std::string select = "select=1:ncpus=" + std::to_string(wanted.cpus);
        if (wanted.memory_MB > 0) {
            select += ":mem=" + std::to_string(wanted.memory_MB) + "mb";
        }
        std::vector<std::string> argv{"qsub", "-N", job.name, "-o",  job.log.string(), "-j", "oe", "-r",
                                      "n",    "-V", "-l",     select};
        argv.insert(argv.end(), {"-l", "walltime=" + hours_minutes(wanted.minutes, true)});
        if (!wanted.partition.empty()) {
            argv.insert(argv.end(), {"-q", wanted.partition});
        }
        return with_script(std::move(argv), job);
    }

    // "17.server"
    std::string submitted_id(const std::string& output) const override {
        for (const std::string& line : split_text(output, '\n')) {
            if (!line.empty() && line.front() >= '0' && line.front() <= '9' &&
                line.find(' ') == std::string::npos) {
                return line;
            }
        }
        return "";
    }

    std::vector<std::string> list(const std::vector<std::string>& ids) const override {
        std::vector<std::string> argv{"qstat", "-x", "-f"};
        argv.insert(argv.end(), ids.begin(), ids.end());
        return argv;
    }

    // Blocks "Job Id: 17.server" with lines "    Job_Name = fb-...".
    std::vector<BatchStatus> listed(const std::string& output) const override {
        std::vector<BatchStatus> jobs;
        for (const std::string& line : split_text(output, '\n')) {
            if (line.starts_with("Job Id:")) {
                jobs.push_back({split_text(line.substr(7), '\n').front(), "", BatchPhase::waiting, "", ""});
                continue;
            }
            const std::size_t equals = line.find(" = ");
            if (jobs.empty() || equals == std::string::npos) {
                continue;
            }
            take(line.substr(0, equals), line.substr(equals + 3), jobs.back());
        }
        return jobs;
    }

    std::vector<std::string> find(const std::string& name) const override {
        return {"qselect", "-x", "-N", name};
    }

    bool is_absence(const std::string& complaint) const override {
        return complaint.find("Unknown Job Id") != std::string::npos;
    }

    std::vector<std::string> history(const std::string&) const override { return {}; }

    std::vector<std::string> cancel(const std::string& id) const override { return {"qdel", id}; }

  private:
    static void take(const std::string& key, const std::string& value, BatchStatus& job) {
        if (key == "Job_Name") {
            job.name = value;
        } else if (key == "job_state") {
            job.state = value;
            job.phase = phase_of(value);
        } else if (key == "comment") {
            job.reason = value;
        } else if (key == "Exit_status") {
            job.reason = job.reason.empty() ? "exit status " + value : job.reason;
        }
    }
};

}  // namespace

std::unique_ptr<BatchSystem> make_pbs() {
    return std::make_unique<Pbs>();
}

}  // namespace fibonaqi
