#include "workflows/task/progress.hpp"

#include <iostream>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::task {

void Progress::report(std::size_t done, std::size_t total, const std::string& note) {
    const auto now = std::chrono::steady_clock::now();
    if (done < total && now - last_ < std::chrono::milliseconds(100)) {
        return;
    }
    last_ = now;
    Json line{{"progress", stage_}, {"done", done}, {"total", total}};
    if (!note.empty()) {
        line["note"] = note;
    }
    std::cout << line.dump() << std::endl;
}

}  // namespace fibonaqi::task
