// The errors of FIBonAQi.
//
// Two kinds of things go wrong. A broken contract is a bug in this program: contract.hpp throws
// ContractError. An operation that cannot go on throws one of the classes below. An *expected* outcome (a DFT
// run that did not converge, a walker that exploded) is never an exception: it is a value, for example
// LabelFailure.
//
// Messages read "problem (why) suggestion": lower case, no full stop at the end, value and unit quoted.
#pragma once

#include <stdexcept>
#include <string>

namespace fibonaqi {

/// Exit codes of every program of this project; scripts rely on them.
enum class ExitCode : int {
    ok = 0,                 ///< the goal was met
    internal = 1,           ///< a bug, or a failure that has no better code
    usage = 2,              ///< wrong command line or configuration; nothing was computed
    refused = 3,            ///< refused for trust: damaged or untrusted model file
    locked = 4,             ///< another engine runs on this campaign folder
    stopped = 5,            ///< stopped, resumable (disk full, budget, one Ctrl-C)
    too_many_failures = 6,  ///< more labels failed than the configuration allows
    interrupted = 130       ///< ended by the user at once (two Ctrl-C)
};

/// Root of the tree. `exit_code()` is what main returns when this ends the program.
class Error : public std::runtime_error {
  public:
    explicit Error(const std::string& message, ExitCode code = ExitCode::internal)
        : std::runtime_error(message), code_(code) {}
    ExitCode exit_code() const { return code_; }

  private:
    ExitCode code_;
};

/// Wrong configuration or command line. The message starts with "file:line: key.path:" where both are known.
class ConfigError : public Error {
  public:
    explicit ConfigError(const std::string& message) : Error(message, ExitCode::usage) {}
};

/// A file cannot be opened, read, written or renamed (the reason of the operating system is in the message).
class FileError : public Error {
  public:
    explicit FileError(const std::string& message, ExitCode code = ExitCode::usage) : Error(message, code) {}
};

/// The storage is full (ENOSPC, EDQUOT). What was written before is intact; the campaign can be resumed.
class DiskFullError : public FileError {
  public:
    explicit DiskFullError(const std::string& message) : FileError(message, ExitCode::stopped) {}
};

/// A data file breaks the rules of its format. The message starts with "file:line:" or "file:offset".
class FormatError : public Error {
  public:
    explicit FormatError(const std::string& message) : Error(message, ExitCode::usage) {}
};

/// A model file is damaged, hostile, of an unknown kind, or does not fit the structures given to it.
class ModelError : public Error {
  public:
    explicit ModelError(const std::string& message, ExitCode code = ExitCode::refused)
        : Error(message, code) {}
};

/// LAMMPS, or the exploration with it, cannot go on.
class ExploreError : public Error {
    using Error::Error;
};

/// A label driver is set up wrongly (missing program or pseudopotential): no label can come of it.
class DriverError : public Error {
  public:
    explicit DriverError(const std::string& message) : Error(message, ExitCode::usage) {}
};

/// The campaign folder is in use by another engine.
class LockedError : public Error {
  public:
    explicit LockedError(const std::string& message) : Error(message, ExitCode::locked) {}
};

/// Throws again with `context` in front of the message, class and exit code kept for the classes above.
/// Call inside a catch block: catch (const Error&) { rethrow_with_context("cycle 2, training"); }
[[noreturn]] void rethrow_with_context(const std::string& context);

}  // namespace fibonaqi
