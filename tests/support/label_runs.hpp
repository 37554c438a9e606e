// Runs fibonaqi-label for tests, on real or scripted programs.
#pragma once

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/label/label_record.hpp"

namespace fibonaqi::test {

inline std::string program(const std::string& name) {
    return (std::filesystem::path(FIBONAQI_BIN_DIR) / name).string();
}

/// A zombie that nobody has collected yet is not alive.
inline bool is_alive(int pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(stat, text)) {
        return false;
    }
    const char state = text.at(text.rfind(')') + 2);
    return state != 'Z' && state != 'X';
}

template <class Condition>
bool becomes_true(Condition condition, double seconds = 10.0) {
    for (int i = 0; i < static_cast<int>(100 * seconds) && !condition(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
}

/// The number in `file` once it is there; 0 if it never comes.
inline int pid_in(const std::filesystem::path& file) {
    int pid = 0;
    becomes_true([&] { return bool(std::ifstream(file) >> pid); });
    return pid;
}

/// One task in `folder`, with short limits.
inline LabelTask make_task(const std::filesystem::path& folder, const Json& driver,
                           const LabelRequest& request) {
    LabelTask task;
    task.key = "key";
    task.driver = driver;
    task.limits = {60.0, 60.0, 0.3, 60.0, 10.0, 4};
    task.request = request;
    task.directory = folder / "attempt";
    task.result = folder / "result.json";
    return task;
}

inline ProcessSpec supervisor(const LabelTask& task) {
    const std::filesystem::path folder = task.result.parent_path();
    write_json(folder / "task.json", to_json(task));
    ProcessSpec spec;
    spec.argv = {program("fibonaqi-label"), (folder / "task.json").string()};
    spec.stdout_file = folder / "log";
    spec.stderr_file = folder / "log";
    return spec;
}

inline LabelResult run_task(const LabelTask& task) {
    Subprocess(supervisor(task)).wait();
    return label_result_from_json(read_json(task.result), task.result.string());
}

inline std::string kind_of(const LabelResult& result) {
    const auto* failure = std::get_if<LabelFailure>(&result.outcome);
    return failure == nullptr ? "accepted" : to_string(failure->kind);
}

inline std::string evidence_of(const LabelResult& result) {
    const auto* failure = std::get_if<LabelFailure>(&result.outcome);
    return failure == nullptr ? "" : failure->evidence;
}

}  // namespace fibonaqi::test
