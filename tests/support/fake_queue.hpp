// A Slurm of shell scripts that runs its jobs at once, and fails, hangs, forgets and counts anew on request.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi::test {

/// sbatch, squeue, scancel and sacct in front of PATH, as long as this object lives.
class FakeQueue {
  public:
    explicit FakeQueue(const std::filesystem::path& folder) : folder_(folder), path_(std::getenv("PATH")) {
        for (const char* name : {"bin", "jobs", "pids", "states"}) {
            make_directories(folder_ / name);
        }
        write("count", "0\n");
        write("asked", "0\n");
        set_faults("");
        program("sbatch", sbatch);
        program("squeue", squeue);
        program("scancel", scancel);
        program("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
        ::setenv("PATH", ((folder_ / "bin").string() + ":" + path_).c_str(), 1);
    }
    ~FakeQueue() {
        for (const std::string& pid : words("pids")) {
            std::system(("kill -s KILL -- -" + pid + " 2> /dev/null").c_str());
        }
        ::setenv("PATH", path_.c_str(), 1);
    }
    FakeQueue(const FakeQueue&) = delete;
    FakeQueue& operator=(const FakeQueue&) = delete;

    /// Shell lines that set `fault` by the number n of the submission (early, late, silent, hang, refuse,
    /// limit, pending) or by the number m of the question (down, stuck, forget).
    void set_faults(const std::string& lines) { write("faults", "fault=\n" + lines + "\n"); }

    /// So many ids there are; afterwards they begin anew. Jobs that run keep theirs.
    void set_ids(int ids) { write("ids", std::to_string(ids) + "\n"); }

    /// What the queue says of a job from now on ("TIMEOUT").
    void set_state(const std::string& id, const std::string& state) { write("states/" + id, state + "\n"); }

    std::vector<std::string> submissions() const {
        std::vector<std::string> lines;
        std::ifstream file(folder_ / "submitted");
        for (std::string line; std::getline(file, line);) {
            lines.push_back(line);
        }
        return lines;
    }

    void program(const std::string& name, const std::string& script) {
        const std::filesystem::path file = folder_ / "bin" / name;
        write("bin/" + name, "#!/bin/sh\nq='" + folder_.string() + "'\n" + script + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

  private:
    void write(const std::string& name, const std::string& text) {
        write_file_atomically(folder_ / name, text);
    }

    std::set<std::string> words(const std::string& name) const {
        std::set<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / name)) {
            std::ifstream file(entry.path());
            for (std::string word; file >> word;) {
                all.insert(word);
            }
        }
        return all;
    }

    static constexpr const char* counting = R"sh(
next() { ( flock 9; c=$(($(cat $q/$1) + 1)); echo $c > $q/$1; echo $c ) 9> $q/lock; }
alive() { s=$(sed 's/.*) //; s/ .*//' /proc/$1/stat 2> /dev/null); [ -n "$s" ] && [ "$s" != Z ]; }
)sh";
    inline static const std::string sbatch = std::string(counting) + R"sh(
n=$(next count); m=0
for a; do case $a in --job-name=*) name=${a#*=};; --output=*) log=${a#*=};; --*) ;; *) script=$a;; esac; done
echo "$@" >> $q/submitted
. $q/faults
case $fault in
early) echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1;;
limit) echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2
       echo 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)' >&2; exit 1;;
refuse) echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1;;
esac
ids=$(cat $q/ids 2> /dev/null || echo 1000000)
id=$((n % ids + 1))
while [ -f $q/pids/$id ] && alive $(cat $q/pids/$id); do id=$((id % ids + 1)); done
rm -f $q/states/$id $q/pids/$id
echo $name > $q/jobs/$id  # first, as a controller does: whoever sent the job may die at any moment
if [ "$fault" = pending ]; then
  setsid sleep 600 > /dev/null 2>&1 < /dev/null & echo PENDING > $q/states/$id
else
  setsid $script > $log 2>&1 < /dev/null &
fi
pid=$!
# Until it has a session of its own it would be ended together with this script.
while alive $pid && [ "$(sed 's/.*) //' /proc/$pid/stat | cut -d' ' -f4)" != $pid ]; do :; done
echo $pid > $q/pids/$id
case $fault in
late) echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller' >&2; exit 1;;
silent) exit 0;;
hang) exec sleep 60;;
esac
echo $id)sh";
    inline static const std::string squeue = std::string(counting) + R"sh(
m=$(next asked); n=0
. $q/faults
case $fault in
down) echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1;;
stuck) exec sleep 60;;
forget) for j in $q/jobs/*; do i=${j##*/}; [ -f $q/pids/$i ] && { alive $(cat $q/pids/$i) || rm $j; }; done;;
esac
while [ $# -gt 0 ]; do case $1 in -j) asked=$2; shift;; -n) name=$2; shift;; esac; shift; done
if [ -n "$name" ]; then
  for j in $q/jobs/*; do [ "$(cat $j 2> /dev/null)" = "$name" ] && echo ${j##*/}; done; exit 0
fi
for i in $(echo $asked | tr , ' '); do
  [ -f $q/jobs/$i ] || continue
  if [ ! -f $q/pids/$i ]; then s=CONFIGURING; elif alive $(cat $q/pids/$i); then s=RUNNING; else s=COMPLETED; fi
  [ -f $q/states/$i ] && s=$(cat $q/states/$i)
  echo "$i|$s|$(cat $q/jobs/$i)|None"
done)sh";
    inline static const std::string scancel = R"sh(
kill -s TERM -- -$(cat $q/pids/$1) 2> /dev/null; echo CANCELLED > $q/states/$1)sh";

    std::filesystem::path folder_;
    std::string path_;
};

}  // namespace fibonaqi::test
