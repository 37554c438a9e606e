#include "dft_drivers/quantum_espresso/remedies.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/quantum_espresso/input_writer.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

namespace fs = std::filesystem;

// From fast to robust. In 6.7 to 7.x all three solve the same problem to the same threshold.
constexpr std::array<const char*, 3> diagonalisers{"david", "paro", "cg"};
constexpr int wide_david_ndim = 4;  // default 2; more memory, fewer failures of Cholesky
constexpr int least_more_steps = 200;
// What pw.x takes where a user gives nothing (INPUT_PW).
constexpr double default_mixing_beta = 0.7;
constexpr int default_david_ndim = 2;

Json& electrons_of(Json& changes) {
    return changes["electrons"];
}

bool has_change(const Json& changes, const char* key) {
    return changes.contains("electrons") && changes["electrons"].contains(key);
}

// The next attempt does not look at files of the one before.
void start_from_scratch(Json& changes) {
    changes.erase("restart");
    if (changes.contains("electrons")) {
        changes["electrons"].erase("startingpot");
    }
}

// Davidson in a wider space where the user's is narrow, then the diagonalisers that the user did not choose.
bool change_diagonaliser(const Json& user, Json& changes) {
    const std::string own = user.value("diagonalization", "david");
    const bool is_david = own.starts_with("david");
    if (is_david && !has_change(changes, "diago_david_ndim") &&
        user.value("diago_david_ndim", default_david_ndim) < wide_david_ndim) {
        electrons_of(changes)["diago_david_ndim"] = wide_david_ndim;
        return true;
    }
    std::size_t next = 0;
    if (has_change(changes, "diagonalization")) {
        const std::string tried = changes["electrons"]["diagonalization"];
        next = static_cast<std::size_t>(std::find(diagonalisers.begin(), diagonalisers.end(), tried) -
                                        diagonalisers.begin() + 1);
    }
    while (next < diagonalisers.size() && own.starts_with(diagonalisers[next])) {
        ++next;
    }
    if (next >= diagonalisers.size()) {
        return false;
    }
    electrons_of(changes)["diagonalization"] = diagonalisers[next];
    return true;
}

bool converge_more_carefully(const Json& user, Json& changes) {
    if (!has_change(changes, "mixing_beta")) {
        const int steps = user.at("electron_maxstep").get<int>();
        electrons_of(changes)["mixing_beta"] = 0.5 * user.value("mixing_beta", default_mixing_beta);
        electrons_of(changes)["electron_maxstep"] = std::max(2 * steps, least_more_steps);
        electrons_of(changes)["startingpot"] = "file";
        return true;
    }
    if (!has_change(changes, "mixing_mode") && user.value("mixing_mode", "plain") != "local-TF") {
        electrons_of(changes)["mixing_mode"] = "local-TF";
        electrons_of(changes)["startingpot"] = "file";
        return true;
    }
    start_from_scratch(changes);
    return change_diagonaliser(user, changes);
}

bool go_on(const LabelAttempt& attempt, Json& changes) {
    start_from_scratch(changes);
    changes["restart"] = true;
    return attempt.number < most_restarts;
}

bool try_again(Json& changes) {
    const bool is_first = !changes.contains("again");
    start_from_scratch(changes);
    changes["again"] = true;
    return is_first;
}

[[noreturn]] void refuse_change(const std::string& what) {
    throw DriverError("change of " + what +
                      " (an attempt may only change numerical details of pw.x) leave it out");
}

// What is in out/, after everything but the density is deleted, if only that is wanted.
std::vector<fs::path> tidied(const fs::path& out, bool is_for_density) {
    std::vector<fs::path> left;
    for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
        left.push_back(entry.path());
    }
    for (const fs::path& path : left) {
        if (is_for_density && path.filename() != fs::path(save_folder).filename()) {
            fs::remove_all(path);
        }
    }
    return left;
}

}  // namespace

std::optional<Json> next_changes(const Options& options, const LabelAttempt& attempt,
                                 const LabelFailure& failure) {
    const Json& user = options.namelists.at("electrons");
    Json changes = attempt.changes;
    bool is_new = false;
    switch (failure.kind) {
        case FailureKind::scf_not_converged:
            is_new = converge_more_carefully(user, changes);
            break;
        case FailureKind::diagonalisation:
        case FailureKind::non_finite:
            start_from_scratch(changes);
            is_new = change_diagonaliser(user, changes);
            break;
        case FailureKind::walltime:
            is_new = go_on(attempt, changes);
            break;
        case FailureKind::partial_output:
            is_new = try_again(changes);
            break;
        default:
            break;
    }
    return is_new ? std::optional(changes) : std::nullopt;
}

Options with_changes(const Options& options, const Json& changes) {
    Options changed = options;
    for (const auto& [name, value] : changes.items()) {
        if (name == "restart") {
            changed.namelists["control"]["restart_mode"] = "restart";
        } else if (name == "electrons") {
            for (const auto& [key, number] : value.items()) {
                if (!is_numerical_detail(key)) {
                    refuse_change(name + "." + key);
                }
                changed.namelists[name][key] = number;
            }
        } else if (name != "again") {
            refuse_change(name);
        }
    }
    return changed;
}

std::vector<fs::path> take_up(Options& options, const LabelAttempt& attempt, const fs::path& directory) {
    Json& control = options.namelists["control"];
    Json& electrons = options.namelists["electrons"];
    const bool has_earlier = !attempt.earlier.empty();
    const bool can_restart =
        has_earlier && control.contains("restart_mode") && fs::exists(attempt.earlier / restart_file);
    const bool can_reuse = has_earlier && !can_restart && electrons.value("startingpot", "") == "file" &&
                           fs::exists(attempt.earlier / density_file);
    if (!can_restart) {
        control.erase("restart_mode");
    }
    if (!can_reuse && electrons.value("startingpot", "") == "file") {
        electrons.erase("startingpot");
    }
    if (!can_restart && !can_reuse) {
        return {};
    }
    try {
        fs::rename(attempt.earlier / out_folder, directory / out_folder);
        // Of the attempt before: a result that is not this one's, a wish to stop that was meant for it.
        fs::remove(directory / xml_file);
        fs::remove(directory / stop_file);
        return tidied(directory / out_folder, can_reuse);
    } catch (const fs::filesystem_error& error) {
        throw FileError(std::string("taking up the attempt before: ") + error.what());
    }
}

}  // namespace fibonaqi::quantum_espresso
