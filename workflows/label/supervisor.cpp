#include "workflows/label/supervisor.hpp"

#include <algorithm>

#include "workflows/label/attempt.hpp"
#include "workflows/label/program_run.hpp"

namespace fibonaqi::label {
namespace {

namespace fs = std::filesystem;

bool lies_inside(const fs::path& path, const fs::path& folder) {
    const fs::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
    return !relative.empty() && relative != "." && *relative.begin() != "..";
}

void delete_scratch(const LabelJob& job) {
    for (const fs::path& path : job.scratch) {
        if (lies_inside(path, job.directory)) {
            std::error_code ignored;  // what cannot be deleted costs space, not a label
            fs::remove_all(path, ignored);
        }
    }
}

// The program is ended early enough for its output to be read and the result to be written.
LabelLimits limits_for(LabelLimits limits, double seconds_left) {
    constexpr double for_the_result = 2.0;
    const double longest = std::max(1.0, seconds_left - limits.grace_seconds - for_the_result);
    if (limits.hard_seconds > longest) {
        limits.soft_seconds = std::min(limits.soft_seconds, 0.9 * longest);
        limits.hard_seconds = longest;
    }
    return limits;
}

// One launch: prepared, run, collected.
LabelResult launch(const LabelTask& task, const LabelAttempt& attempt, const fs::path& directory,
                   const Supervision& with) {
    const LabelLimits limits = limits_for(task.limits, with.seconds_left());
    const LabelJob job = with.driver.prepare(task.request, attempt, directory, limits.soft_seconds);
    const RunEnd end = run_program(
        job, limits,
        {[&with] { return with.cancelled != 0; }, {}, [&] { return with.driver.request_stop(directory); }});
    LabelResult result;
    result.exit = end.exit;
    result.command = job.argv;
    if (end.is_too_much_output) {
        result.outcome = LabelFailure{FailureKind::disk, end.exit.message};
        return result;
    }
    result.outcome = believed(with.driver.collect(task.request, end.exit, directory), task.request);
    if (std::holds_alternative<AcceptedLabel>(result.outcome)) {
        delete_scratch(job);
    }
    return result;
}

// Of all launches together; the way it ended is that of the last one.
void add_cost(ProcessExit& total, const ProcessExit& earlier) {
    total.wall_seconds += earlier.wall_seconds;
    total.cpu_seconds += earlier.cpu_seconds;
    total.max_rss_kB = std::max(total.max_rss_kB, earlier.max_rss_kB);
}

}  // namespace

LabelResult supervise(const LabelTask& task, const Supervision& with) {
    LabelAttempt attempt{.changes = task.changes};
    fs::path directory = task.directory;
    LabelResult result = launch(task, attempt, directory, with);
    Json remedies = Json::array();
    while (with.cancelled == 0 && attempt.number < task.limits.max_attempts &&
           with.seconds_left() > result.exit.wall_seconds) {
        const auto* failure = std::get_if<LabelFailure>(&result.outcome);
        const auto changes = failure ? with.driver.remedy(attempt, *failure) : std::nullopt;
        if (!changes) {
            break;
        }
        remedies.push_back({{"after", to_string(failure->kind)},
                            {"evidence", failure->evidence},
                            {"directory", directory.string()},
                            {"changes", *changes}});
        const ProcessExit before = result.exit;
        attempt = {attempt.number + 1, *changes, directory};
        directory = task.directory.string() + ".remedy-" + std::to_string(attempt.number - 1);
        make_fresh_directory(directory);
        result = launch(task, attempt, directory, with);
        add_cost(result.exit, before);
    }
    result.remedies = remedies;
    if (auto* accepted = std::get_if<AcceptedLabel>(&result.outcome); accepted && !remedies.empty()) {
        accepted->details["remedies"] = remedies;
    }
    return result;
}

}  // namespace fibonaqi::label
