// The label driver interface: one quantum-mechanical code, as pure functions from files to files.
//
// A driver starts no process. It writes the input of one attempt, names the command, and afterwards reads
// what the command left. Executor (who runs it) and Labeler (cache, budget, failures) know no code by name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// What is to be labelled. Units as everywhere: eV, angstrom.
struct LabelRequest {
    Structure structure;
    double charge = 0.0;
    bool want_stress = false;
};

/// Kinds of failure (notes in docs/formats.md). The texts of to_string are stable: they are stored.
enum class FailureKind {
    launch,
    bad_config,
    bad_geometry,
    missing_file,
    scf_not_converged,
    diagonalisation,
    charge,
    walltime,
    timeout,
    stalled,
    signal,
    out_of_memory,
    disk,
    partial_output,
    non_finite,
    inconsistent,
    cancelled,
    unknown
};
std::string to_string(FailureKind kind);
FailureKind failure_kind_from(const std::string& text);

/// A label that was not accepted, and the line that shows why.
struct LabelFailure {
    FailureKind kind = FailureKind::unknown;
    std::string evidence;  ///< one quoted line, or what was missing
};

/// A label with positive proof of convergence.
struct AcceptedLabel {
    Labels labels;
    std::string code_version;  ///< as the output says
    Json details;              ///< of the driver: iterations, estimated error, -TS term ...
};

using LabelOutcome = std::variant<AcceptedLabel, LabelFailure>;

/// One program run: no shell, argv as is.
struct LabelJob {
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment;  ///< set on top of a filtered environment
    std::filesystem::path directory;                 ///< fresh for every attempt; also the working directory
    std::filesystem::path stdout_file, stderr_file;  ///< inside directory
    std::vector<std::filesystem::path> scratch;      ///< deleted after success (wave functions)
};

/// How a program ended, as its supervisor saw it.
struct ProcessExit {
    enum class How { exited, signaled, timed_out, stalled, cancelled, launch_failed };
    How how = How::exited;
    int code = 0;  ///< exit code or signal number
    double wall_seconds = 0.0;
    double cpu_seconds = 0.0;
    long max_rss_kB = 0;
    std::string message;  ///< for launch_failed: why
};
/// As in the result records of docs/formats.md.
Json to_json(const ProcessExit& exit);
ProcessExit process_exit_from_json(const Json& record);

/// What a driver can do; looked at before anything is launched.
struct DriverCapabilities {
    bool stress = false;
    bool fully_periodic = true, partly_periodic = false, isolated = false;
};

class LabelDriver {
  public:
    virtual ~LabelDriver() = default;
    virtual std::string name() const = 0;  ///< of the code, for messages
    virtual DriverCapabilities capabilities() const = 0;

    /// Configuration with absolute paths: make_driver makes the same driver of it in any process.
    virtual Json configuration() const = 0;

    /// Problems that can be known before compute: executable, pseudopotentials of these elements. Each entry
    /// is a message of its own; empty = fine. Takes well below a second.
    virtual std::vector<std::string> check(const std::vector<int>& atomic_numbers) const = 0;

    /// Everything that decides the numbers: code, physics settings, sha256 of pseudopotentials; not ranks,
    /// paths or limits. Part of the key under which a label is stored.
    virtual std::string fingerprint() const = 0;

    /// Writes the input into `directory` (empty, exists) and names the command. `soft_seconds` > 0: the
    /// program should stop itself by then, if it can. Throws DriverError for a structure it cannot take.
    virtual LabelJob prepare(const LabelRequest& request, const std::filesystem::path& directory,
                             double soft_seconds) const = 0;

    /// Reads what the program left. Accepts on positive proof only.
    virtual LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                                 const std::filesystem::path& directory) const = 0;
};

/// Key of a label: sha256 over the structure, charge, wanted properties and the driver's fingerprint.
std::string label_key(const LabelRequest& request, const std::string& fingerprint);

}  // namespace fibonaqi
