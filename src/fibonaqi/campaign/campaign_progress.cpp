#include "fibonaqi/campaign/campaign_progress.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"

namespace fibonaqi {
namespace {

constexpr std::chrono::milliseconds redraw_interval{200};
constexpr std::chrono::seconds file_interval{1};

bool stderr_is_terminal() {
    const char* kind = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

// A line that is longer than the terminal is wide cannot be rewritten.
std::size_t terminal_width() {
    struct winsize size {};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

std::string formatted(const char* format, double value) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

}  // namespace

std::string duration_text(double seconds) {
    if (seconds < 99.5) {
        return formatted(seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
    }
    return seconds < 5940.0 ? formatted("%.0f min", seconds / 60.0) : formatted("%.1f h", seconds / 3600.0);
}

CampaignProgress::CampaignProgress(std::filesystem::path file, int cycles, std::function<void()> heartbeat)
    : file_(std::move(file)),
      cycles_(cycles),
      heartbeat_(std::move(heartbeat)),
      is_terminal_(stderr_is_terminal()),
      is_bold_(is_terminal_ && std::getenv("NO_COLOR") == nullptr) {}

CampaignProgress::~CampaignProgress() {
    clear_line();
}

void CampaignProgress::begin(int cycle, const std::string& stage) {
    cycle_ = cycle;
    stage_ = stage;
    begun_ = shown_ = Clock::now();
    written_ = {};
    if (!is_terminal_) {
        log::info(line({}));
    }
    update({});
}

void CampaignProgress::update(const StageProgress& progress) {
    const Clock::time_point now = Clock::now();
    if (heartbeat_ && now - written_ >= file_interval) {
        heartbeat_();
    }
    if (now - written_ >= file_interval) {
        written_ = now;
        write_file(progress);
    }
    if (now - shown_ < (is_terminal_ ? Clock::duration(redraw_interval) : Clock::duration(quiet_interval))) {
        return;
    }
    shown_ = now;
    if (is_terminal_) {
        std::cerr << "\r\033[K" << (is_bold_ ? "\033[1m" : "")
                  << line(progress).substr(0, terminal_width() - 1) << (is_bold_ ? "\033[0m" : "")
                  << std::flush;
        is_line_shown_ = true;
    } else {
        log::info(line(progress));
    }
}

void CampaignProgress::end(const std::string& result) {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    say(line({}) + ": " + result + " (" + duration_text(seconds) + ")");
}

void CampaignProgress::say(const std::string& text) {
    clear_line();
    log::info(text);
}

StopRequest CampaignProgress::poll_stop() {
    const StopRequest request = stop_request();
    if (request != announced_) {
        announced_ = request;
        clear_line();
        log::warning(request == StopRequest::now
                         ? "stopping now"
                         : "stopping when what runs is done (Ctrl-C again stops now)");
    }
    return request;
}

std::string CampaignProgress::line(const StageProgress& progress) const {
    std::string text =
        cycle_ == 0 ? "test set" : "cycle " + std::to_string(cycle_) + "/" + std::to_string(cycles_);
    text += ", " + stage_;
    if (progress.total == 0) {
        return text;
    }
    text += " " + std::to_string(progress.done) + "/" + std::to_string(progress.total) +
            (progress.unit.empty() ? "" : " " + progress.unit);
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    const auto done = static_cast<double>(progress.done);
    if (progress.done > 0 && seconds > 0.0) {
        const double rate = done / seconds;
        text += rate >= 1.0 ? formatted(", %.0f per s", rate) : formatted(", %.1f s each", 1.0 / rate);
        const double left =
            progress.seconds_left.value_or((static_cast<double>(progress.total) - done) / rate);
        text += ", " + duration_text(left) + " left";
    }
    return text + (progress.note.empty() ? "" : "; " + progress.note);
}

void CampaignProgress::clear_line() {
    if (is_line_shown_) {
        std::cerr << "\r\033[K" << std::flush;
        is_line_shown_ = false;
    }
}

void CampaignProgress::write_file(const StageProgress& progress) {
    Json record = make_record("campaign-progress", 1);
    record["cycle"] = cycle_;
    record["cycles"] = cycles_;
    record["stage"] = stage_;
    record["done"] = progress.done;
    record["total"] = progress.total;
    record["unit"] = progress.unit;
    record["note"] = progress.note;
    try {
        write_json(file_, record);
    } catch (const FileError& error) {
        // Only a convenience for `status`; when the storage is full, the stage itself says so.
        log::debug(error.what());
    }
}

}  // namespace fibonaqi
