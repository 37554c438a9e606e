// fibonaqi-label TASK.json: computes one label. Small, without LibTorch and LAMMPS: one runs per slot.
#include <csignal>

#include "workflows/label/supervisor.hpp"
#include "workflows/task/task_program.hpp"

namespace {

volatile std::sig_atomic_t is_cancelled = 0;

void on_terminate(int) {
    is_cancelled = 1;
}

fibonaqi::Json compute(const fibonaqi::Json& task) {
    return to_json(fibonaqi::label::supervise(fibonaqi::label_task_from_json(task, "task"), is_cancelled));
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGTERM, on_terminate);
    std::signal(SIGINT, on_terminate);
    std::signal(SIGHUP, SIG_IGN);  // the label is paid for: it outlives the terminal and the engine
    return fibonaqi::task::run_task_program(argc, argv, {"fibonaqi-label", "label-task", compute});
}
