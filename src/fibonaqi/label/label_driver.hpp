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
#include "fibonaqi/label/scan_axis.hpp"

namespace fibonaqi {

/// What is to be labelled. Units as everywhere: eV, angstrom.
struct LabelRequest {
    Structure structure;
    double charge = 0.0;  ///< of the whole structure [e]
    bool want_stress = false;
    std::optional<int> multiplicity = {};  ///< 2 S + 1; empty: what the driver's configuration says
};

/// One launch of the program for a request. The first one changes nothing; later ones are remedies for the
/// failure before (LabelDriver::remedy).
struct LabelAttempt {
    int number = 1;
    Json changes = Json::object();       ///< of numerical details; names are the driver's own
    std::filesystem::path earlier = {};  ///< directory of the attempt before: its files may be taken up
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
    quarantined,
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
    std::filesystem::path stdin_file = {};           ///< empty: /dev/null
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
    bool stress = false;  ///< of structures that are periodic in all three directions
    bool fully_periodic = true, partly_periodic = false, isolated = false;
    bool charge = false;        ///< a charge other than 0
    bool multiplicity = false;  ///< a multiplicity that the request names
    /// The program answers many requests one after the other (label_protocol.hpp), so that a slow start is
    /// paid for once.
    bool serves = false;
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

    /// Why this request cannot be computed, where that can be known without a launch and lies in the request:
    /// an odd number of electrons with paired spins, an element without data. Empty: nothing is known against
    /// it. Periodicity, charge and multiplicity are held against capabilities() by the labeler.
    virtual std::optional<LabelFailure> problem_with(const LabelRequest& request) const;

    /// Writes the input into `directory` (empty, exists) and names the command. `soft_seconds` > 0: the
    /// program should stop itself by then, if it can. Throws DriverError for a structure it cannot take.
    /// A driver that serves writes no request: its program gets it on stdin.
    virtual LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt,
                             const std::filesystem::path& directory, double soft_seconds) const = 0;

    /// Reads what the program left. Accepts on positive proof only.
    virtual LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                                 const std::filesystem::path& directory) const = 0;

    /// All changes for the next attempt after this failure, or nothing: give up. An empty object means: the
    /// same once more. A remedy touches how a solution is found, never what is solved: no cut-off, mesh,
    /// smearing or spin. Must come to an end by itself; the supervisor has a budget of attempts beside that.
    virtual std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const;

    /// Changes (as those of a remedy, but meant to do harm) with which the program cannot converge: one step
    /// of the self-consistent field. The conformance kit runs them to see that no label comes out. Empty:
    /// none known.
    virtual std::optional<Json> spoiled() const;

    /// Settings that decide how near to the truth a label is, for `fibonaqi driver converge`; `example` is a
    /// structure of the kind that is labelled: values that mean the same for it are named once. Default:
    /// none.
    virtual std::vector<ScanAxis> scan_axes(const Structure& example) const;

    /// Asks the program that runs in `directory` to end itself in good order, if it knows a way (a file that
    /// it looks for). True: it was asked, and SIGTERM may wait for the grace time.
    virtual bool request_stop(const std::filesystem::path& directory) const;
};

/// What the supervisor knows for certain about a program that did not end by itself; empty for one that did,
/// by exit or by a signal of its own. Drivers look at this before any text.
std::optional<LabelFailure> supervisors_verdict(const ProcessExit& exit);

/// Key of a label: sha256 over the structure, charge, wanted properties and the driver's fingerprint.
std::string label_key(const LabelRequest& request, const std::string& fingerprint);

}  // namespace fibonaqi
