#include "workflows/label/attempt.hpp"

#include <limits>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/sanity.hpp"

namespace fibonaqi::label {

namespace fs = std::filesystem;

LabelOutcome believed(LabelOutcome outcome, const LabelRequest& request) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const LabelSanity loose{infinity, infinity, 0.0};
    const auto* accepted = std::get_if<AcceptedLabel>(&outcome);
    const auto problem = accepted ? label_problem(request, accepted->labels, loose) : std::nullopt;
    return problem ? LabelOutcome(*problem) : outcome;
}

bool claim_directory(const fs::path& directory) {
    make_directories(directory.parent_path());
    std::error_code problem;
    const bool is_made = fs::create_directory(directory, problem);
    if (problem) {
        throw FileError("cannot make '" + directory.string() + "' (" + problem.message() + ")");
    }
    return is_made;
}

void make_fresh_directory(const fs::path& directory) {
    if (fs::exists(directory)) {
        throw Error("attempt directory '" + directory.string() +
                    "' exists (every attempt needs a fresh one)");
    }
    make_directories(directory);
}

}  // namespace fibonaqi::label
