// A Slurm of one node, started for a test and ended with it: munged, slurmctld, slurmd, as root.
#pragma once

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "fibonaqi/base/file_system.hpp"

#include "tests/support/label_runs.hpp"

namespace fibonaqi::test {

/// Why it cannot be started here; empty: it can.
inline std::string no_slurm_here() {
    for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "runuser"}) {
        if (find_program(std::string("/usr/sbin/") + program).empty() && find_program(program).empty()) {
            return std::string("no ") + program + " (Debian: slurmctld slurmd slurm-client munge)";
        }
    }
    return ::geteuid() == 0 ? "" : "Slurm's daemons need root";
}

class SlurmDaemons {
  public:
    explicit SlurmDaemons(const std::filesystem::path& folder) : folder_(folder) {
        for (const char* name : {"state", "spool", "munge"}) {
            make_directories(folder_ / name);
        }
        // Ports of this process alone, so that two runs of this test do not meet.
        const int port = 20000 + 4 * static_cast<int>(::getpid() % 10000);
        write_file_atomically(config(), config_text(port, port + 1));
        const std::string socket = (folder_ / "munge" / "socket").string();
        const std::string munge = folder_ / "munge";
        // munged runs as a user of its own, which must get there.
        shell("chmod 755 " + folder_.string() + " " + folder_.parent_path().string() +
              " && head -c 1024 /dev/urandom > " + munge + "/key && chmod 400 " + munge +
              "/key && chown -R munge: " + munge);
        shell("runuser -u munge -- /usr/sbin/munged --force --socket=" + socket + " --key-file=" + munge +
              "/key --pid-file=" + munge + "/pid --log-file=" + munge + "/log --seed-file=" + munge +
              "/seed");
        shell("SLURM_CONF=" + config() + " /usr/sbin/slurmctld");
        shell("SLURM_CONF=" + config() + " /usr/sbin/slurmd -N localhost");
        is_up_ = becomes_true(
            [&] { return shell("SLURM_CONF=" + config() + " sinfo -h -o %T | grep -q idle"); }, 30.0);
    }
    ~SlurmDaemons() {
        shell("SLURM_CONF=" + config() + " scancel --user=root");
        for (const std::string pid : {"slurmd.pid", "slurmctld.pid", "munge/pid"}) {
            if (const int process = std::filesystem::exists(folder_ / pid) ? pid_in(folder_ / pid) : 0) {
                ::kill(process, SIGTERM);
                becomes_true([process] { return !is_alive(process); });
            }
        }
    }
    SlurmDaemons(const SlurmDaemons&) = delete;
    SlurmDaemons& operator=(const SlurmDaemons&) = delete;

    bool is_up() const { return is_up_; }
    std::string config() const { return (folder_ / "slurm.conf").string(); }
    std::string log() const { return read_file(folder_ / "slurmctld.log"); }

  private:
    static bool shell(const std::string& line) {
        return std::system((line + " > /dev/null 2>&1").c_str()) == 0;
    }

    std::string config_text(int controller, int daemon) const {
        const std::string here = folder_.string();
        return "ClusterName=test\nSlurmctldHost=localhost(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\n"
               "AuthType=auth/munge\nAuthInfo=socket=" +
               here + "/munge/socket\nSlurmctldPort=" + std::to_string(controller) +
               "\nSlurmdPort=" + std::to_string(daemon) + "\nStateSaveLocation=" + here +
               "/state\nSlurmdSpoolDir=" + here + "/spool\nSlurmctldPidFile=" + here +
               "/slurmctld.pid\nSlurmdPidFile=" + here + "/slurmd.pid\nSlurmctldLogFile=" + here +
               "/slurmctld.log\nSlurmdLogFile=" + here +
               "/slurmd.log\n"
               // Without cgroups and a database, which a container seldom has.
               "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSelectType=select/cons_tres\n"
               "SelectTypeParameters=CR_Core\nMpiDefault=none\nJobCompType=jobcomp/none\n"
               "AccountingStorageType=accounting_storage/none\nReturnToService=2\nKillWait=5\n"
               "SchedulerParameters=sched_interval=1,batch_sched_delay=0\n"
               "NodeName=localhost NodeAddr=127.0.0.1 CPUs=" +
               std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) +
               " RealMemory=1000 State=UNKNOWN\n"
               "PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP\n";
    }

    std::filesystem::path folder_;
    bool is_up_ = false;
};

}  // namespace fibonaqi::test
