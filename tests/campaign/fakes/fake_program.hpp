// What the stand-ins for the slow programs share. A test tells them by environment variables how to behave:
// FAKE_LOG   file that gets one line per launch
// FAKE_MS    milliseconds that each launch takes at least
// FAKE_DEAF  SIGTERM is not listened to
// and others that are named where they are read.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::fake {

inline std::string setting(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "" : value;
}

/// One write to a file opened for appending: lines of several processes do not mix.
inline void note_launch(const std::string& line) {
    const int fd = ::open(setting("FAKE_LOG").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    const std::string text = line + "\n";
    if (fd >= 0 && ::write(fd, text.data(), text.size()) < 0) {
        std::cerr << "no log\n";
    }
    ::close(fd);
}

inline void take_time() {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atol(setting("FAKE_MS").c_str())));
}

inline void say_progress(const std::string& what, std::size_t done, std::size_t total) {
    std::cout << Json{{"progress", what}, {"done", done}, {"total", total}}.dump() << std::endl;
}

/// main of a sister program: task in, result out, as docs/formats.md has it.
inline int run_task(int argc, char** argv, const std::function<Json(const Json&)>& work) {
    if (argc != 2) {
        return 2;
    }
    if (!setting("FAKE_DEAF").empty()) {
        std::signal(SIGTERM, SIG_IGN);
    }
    const Json task = read_json(argv[1]);
    Json record = make_record("result", 1);
    int code = 0;
    try {
        const Json result = work(task);
        record["ok"] = true;
        record["seconds"] = 0.5;
        record["usage"] = Json{{"cpu_seconds", 0.5}, {"max_rss_kB", 1000.0}};
        record.update(result);
    } catch (const Error& error) {
        code = static_cast<int>(error.exit_code());
        record["ok"] = false;
        record["exit_code"] = code;
        record["error"] = error.what();
    }
    try {
        write_json(task.at("result").get<std::string>(), record);
    } catch (const Error& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return code;
}

}  // namespace fibonaqi::fake
