#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/conformance_checks.hpp"

namespace fibonaqi {
namespace conformance {

const Labels& Evidence::example_labels() const {
    return std::get<AcceptedLabel>(outcomes.at(run_names::example)).labels;
}

const Labels* Evidence::labels(const std::string& run) const {
    const auto* accepted = std::get_if<AcceptedLabel>(&outcomes.at(run));
    return accepted == nullptr ? nullptr : &accepted->labels;
}

std::string Evidence::missing(const std::string& run) const {
    const auto* failure = std::get_if<LabelFailure>(&outcomes.at(run));
    return "run '" + run + "' has no label" +
           (failure == nullptr ? "" : " (" + to_string(failure->kind) + ": " + failure->evidence + ")");
}

ConformanceFinding passed(const std::string& check, const std::string& text) {
    return {check, ConformanceFinding::Verdict::passed, text};
}

ConformanceFinding failed(const std::string& check, const std::string& text) {
    return {check, ConformanceFinding::Verdict::failed, text};
}

ConformanceFinding unproven(const std::string& check, const std::string& text) {
    return {check, ConformanceFinding::Verdict::unproven, text};
}

}  // namespace conformance

namespace {

namespace fs = std::filesystem;

bool is_accepted(const LabelDriver& driver, const LabelRequest& request, const fs::path& directory) {
    return std::holds_alternative<AcceptedLabel>(driver.collect(request, ProcessExit{}, directory));
}

void cut_in_half(const fs::path& directory) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            fs::resize_file(entry.path(), entry.file_size() / 2);
        }
    }
}

}  // namespace

std::vector<ConformanceFinding> judge_damaged_output(const LabelDriver& driver, const LabelRequest& example,
                                                     const fs::path& directory) {
    using namespace conformance;
    if (!is_accepted(driver, example, directory)) {
        return {unproven("half an output", "the output of the example cannot be read a second time")};
    }
    LabelRequest other = example;
    other.structure.positions[0][0] += 0.1;
    const bool takes_other = is_accepted(driver, other, directory);
    cut_in_half(directory);
    const bool takes_half = is_accepted(driver, example, directory);
    return {takes_half ? failed("half an output", "an output that was cut in the middle is taken for a label")
                       : passed("half an output", "an output that was cut in the middle is refused"),
            takes_other ? unproven("another structure",
                                   "the output does not tell of which structure it is: only fresh folders "
                                   "protect from an old one")
                        : passed("another structure", "the output of another structure is refused")};
}

}  // namespace fibonaqi
