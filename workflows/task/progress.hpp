// Progress lines of a program with a task: JSON on stdout, one line each, for the engine to show.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fibonaqi::task {

/// Writes {"progress": stage, "done": d, "total": t, "note": "..."}; at most ten lines a second, the last one
/// (done == total) always.
class Progress {
  public:
    explicit Progress(std::string stage) : stage_(std::move(stage)) {}
    void report(std::size_t done, std::size_t total, const std::string& note = "");

  private:
    std::string stage_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace fibonaqi::task
