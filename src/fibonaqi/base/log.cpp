#include "fibonaqi/base/log.hpp"

#include <memory>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::log {
namespace {

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_pattern("%v");
        auto made = std::make_shared<spdlog::logger>("fibonaqi", sink);
        made->set_level(spdlog::level::debug);
        made->flush_on(spdlog::level::debug);
        sink->set_level(spdlog::level::info);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum native(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

}  // namespace

void set_level(Level level) {
    logger().sinks().front()->set_level(native(level));
}

void set_file(const std::filesystem::path& path) {
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
        sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
        auto& sinks = logger().sinks();
        sinks.resize(1);
        sinks.push_back(std::move(sink));
    } catch (const spdlog::spdlog_ex& failure) {
        throw FileError("cannot open the log file '" + path.string() + "' (" + failure.what() + ")");
    }
}

void debug(const std::string& message) {
    logger().debug("{}", message);
}
void info(const std::string& message) {
    logger().info("{}", message);
}
void warning(const std::string& message) {
    logger().warn("warning: {}", message);
}
void error(const std::string& message) {
    logger().error("error: {}", message);
}

}  // namespace fibonaqi::log
