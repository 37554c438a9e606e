// Contracts: conditions that hold unless this program has a bug. On in every build.
#pragma once

#include <stdexcept>
#include <string>

namespace fibonaqi {

/// A contract was broken: a bug in the caller (EXPECT) or in the function itself (ENSURE).
class ContractError : public std::logic_error {
    using std::logic_error::logic_error;
};

[[noreturn]] inline void contract_failed(const char* kind, const char* condition, const char* file,
                                         int line) {
    throw ContractError(std::string(kind) + " failed: " + condition + " (" + file + ":" +
                        std::to_string(line) + ")");
}

}  // namespace fibonaqi

/// Precondition: what the caller has to see to.
#define FIBONAQI_EXPECT(condition) \
    ((condition) ? void(0) : ::fibonaqi::contract_failed("expectation", #condition, __FILE__, __LINE__))
/// Postcondition or invariant: what this function promises.
#define FIBONAQI_ENSURE(condition) \
    ((condition) ? void(0) : ::fibonaqi::contract_failed("promise", #condition, __FILE__, __LINE__))
