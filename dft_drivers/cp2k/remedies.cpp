#include "dft_drivers/cp2k/remedies.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/cp2k/input_writer.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;

constexpr int least_more_steps = 200;
constexpr int more_outer_steps = 30;

Json mixing(const Options& options, double alpha, bool is_restart) {
    return {{"max_scf", std::max(2 * options.integer("max_scf"), least_more_steps)},
            {"alpha", alpha},
            {"nbuffer", alpha < 0.1 ? 20 : 8},
            {"restart", is_restart}};
}

std::optional<Json> other_mixing(const Options& options, const Json& changes) {
    const double tried = changes.value("alpha", 1.0);
    if (tried > 0.2) {
        return mixing(options, 0.2, true);
    }
    if (tried > 0.05) {
        return mixing(options, 0.05, true);
    }
    return tried > 0.02 ? std::optional(mixing(options, 0.02, false)) : std::nullopt;
}

std::optional<Json> other_minimizer(const Options& options, const Json& changes) {
    Json next{{"max_scf", std::max(options.integer("max_scf"), 50)}, {"outer_scf", more_outer_steps}};
    if (!changes.contains("outer_scf")) {
        next["restart"] = true;
        return next;
    }
    if (changes.contains("linesearch") && changes["linesearch"] == "3PNT") {
        return std::nullopt;
    }
    next["minimizer"] = "CG";
    next["linesearch"] = changes.contains("linesearch") ? "3PNT" : "2PNT";
    return next;
}

std::optional<Json> next_restart(Json changes) {
    const int restarts = changes.value("restarts", 0);
    if (restarts >= most_restarts) {
        return std::nullopt;
    }
    changes["restart"] = true;
    changes["restarts"] = restarts + 1;
    return changes;
}

std::optional<Json> once_more(Json changes) {
    if (changes.contains("again")) {
        return std::nullopt;
    }
    changes.erase("restart");
    changes["again"] = true;
    return changes;
}

}  // namespace

std::optional<Json> next_changes(const Options& options, const LabelAttempt& attempt,
                                 const LabelFailure& failure) {
    const bool is_ot = options.is_orbital_transformation();
    switch (failure.kind) {
        case FailureKind::scf_not_converged:
            return is_ot ? other_minimizer(options, attempt.changes) : other_mixing(options, attempt.changes);
        case FailureKind::walltime:
            return next_restart(attempt.changes);
        case FailureKind::diagonalisation:
        case FailureKind::non_finite:
            return is_ot || attempt.changes.contains("alpha") ? std::nullopt
                                                              : std::optional(mixing(options, 0.05, false));
        case FailureKind::partial_output:
            return once_more(attempt.changes);
        default:
            return std::nullopt;
    }
}

bool take_up(const LabelAttempt& attempt, const fs::path& directory) {
    bool is_taken = false;
    if (!attempt.changes.value("restart", false)) {
        return is_taken;
    }
    for (const char* file : orbital_files) {
        std::error_code problem;
        if (!fs::is_regular_file(attempt.earlier / file)) {
            continue;
        }
        fs::copy_file(attempt.earlier / file, directory / file, problem);
        if (problem) {
            throw FileError("copying '" + (attempt.earlier / file).string() + "': " + problem.message());
        }
        is_taken = true;
    }
    return is_taken;
}

}  // namespace fibonaqi::cp2k
