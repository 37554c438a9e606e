#include "dft_drivers/common/program_end.hpp"

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

}  // namespace fibonaqi
