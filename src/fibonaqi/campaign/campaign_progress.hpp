// What the engine is doing: a line for people while it works, and a small file for `status`.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/stop_request.hpp"

namespace fibonaqi {

/// How far a stage is; `total` 0 means that nobody knows.
struct StageProgress {
    std::size_t done = 0, total = 0;
    std::string unit;                         ///< of done and total: "steps", "labels"
    std::string note;                         ///< what just happened
    std::optional<double> seconds_left = {};  ///< estimated from the rate where left out
};

/// On a terminal one line on stderr that is rewritten, with rate and time left; elsewhere a plain line when
/// a stage begins and ends and every `quiet_interval`. NO_COLOR switches off the bold type. Not thread-safe.
class CampaignProgress {
  public:
    /// `heartbeat` is called at every update (may be empty). `cycles` is the number of the last one.
    CampaignProgress(std::filesystem::path file, int cycles, std::function<void()> heartbeat);
    ~CampaignProgress();
    CampaignProgress(const CampaignProgress&) = delete;
    CampaignProgress& operator=(const CampaignProgress&) = delete;

    /// `cycle` 0 is the test set; `stage` is a name of workplace.hpp.
    void begin(int cycle, const std::string& stage);

    /// May be called as often as one likes: lines and file are written at their own intervals.
    void update(const StageProgress& progress);

    /// The stage is done; `result` says in a few words what it gave.
    void end(const std::string& result);

    /// A line that stays, above the one that is rewritten; also in the log file.
    void say(const std::string& line);

    /// stop_request(), with each change announced.
    StopRequest poll_stop();

    static constexpr std::chrono::seconds quiet_interval{30};

  private:
    std::string line(const StageProgress& progress) const;
    void clear_line();
    void write_file(const StageProgress& progress);

    using Clock = std::chrono::steady_clock;
    std::filesystem::path file_;
    int cycles_;
    std::function<void()> heartbeat_;
    bool is_terminal_, is_bold_;
    bool is_line_shown_ = false;
    int cycle_ = 0;
    std::string stage_;
    StopRequest announced_ = StopRequest::none;
    Clock::time_point begun_, shown_, written_;
};

/// "7.5 s", "75 s", "12 min", "3.4 h".
std::string duration_text(double seconds);

}  // namespace fibonaqi
