#include "dft_drivers/common/program_end.hpp"

#include <utility>

namespace fibonaqi {

std::optional<LabelFailure> end_failure(const std::string& program, const ProcessExit& exit) {
    if (auto verdict = supervisors_verdict(exit)) {
        return verdict;
    }
    if (exit.how == ProcessExit::How::signaled) {
        return LabelFailure{FailureKind::signal, program + " was ended by signal " +
                                                     std::to_string(exit.code) +
                                                     (exit.code == 9 ? " (out of memory, or killed)" : "")};
    }
    return std::nullopt;
}

LabelFailure exit_code_failure(const std::string& program, const ProcessExit& exit) {
    return {FailureKind::unknown, program + " ended with exit code " + std::to_string(exit.code) +
                                      " although its output is complete"};
}

LabelOutcome held_to_exit_code(const std::string& program, const ProcessExit& exit, LabelOutcome outcome) {
    const bool is_doubtful = exit.code != 0 && std::holds_alternative<AcceptedLabel>(outcome);
    return is_doubtful ? LabelOutcome(exit_code_failure(program, exit)) : std::move(outcome);
}

}  // namespace fibonaqi
