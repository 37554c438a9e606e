// Labels from a program that answers one request after the other: JSON lines on stdin and stdout.
//
// The program says {"ready": true, "protocol": 1, "version": "..."}, then answers every line of its stdin
// with one line, in any order, and ends when stdin does. It must flush after every line. Units: eV, angstrom,
// eV/angstrom, eV/angstrom^3; stress is +(1/V) dE/d(strain), so tension is positive. docs/drivers.md has it
// whole, with examples.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

inline constexpr int label_protocol_version = 1;

/// {"id", "symbols", "numbers", "positions", "cell", "pbc", "charge", "multiplicity", "want"}. `cell` has the
/// lattice vectors as rows, and is null where nothing is periodic; `multiplicity` is null where none is asked
/// for; `want` is ["energy", "forces"] and, where wanted, "stress". Where there are changes (LabelAttempt),
/// also "changes". No line break in it.
std::string request_line(const LabelRequest& request, std::size_t id, const Json& changes);

/// The other way round, for a program of this project that serves. `changes` is left out. Throws FormatError
/// for a line that request_line does not write.
struct ServedRequest {
    std::size_t id = 0;
    LabelRequest request;
};
ServedRequest read_request_line(const std::string& line);

/// One line that a program wrote.
struct ProgramLine {
    enum class Kind { ready, reply, other };
    Kind kind = Kind::other;  ///< other: nothing of ours (a print of some library); it is passed over
    std::size_t id = 0;       ///< of a reply
    Json content;             ///< of ready and reply
};
ProgramLine read_program_line(const std::string& line);

/// Why this ready line is not accepted: another version of the protocol. Empty: it is.
std::string ready_problem(const Json& ready);

/// Where the supervisor puts the reply for a label: inside its attempt directory.
inline constexpr const char* reply_file = "reply.json";

/// What the supervisor puts there: the reply and the version of the ready line (null: none).
Json reply_record(const Json& reply, const Json& version);

/// Reads reply_file as LabelDriver::collect does. Accepted only with "ok": true, "converged": true, energy
/// and forces (and stress where wanted) of the right shape. "ok": false becomes a failure of its "kind", one
/// of to_string(FailureKind) ("unknown" where it is none of them), with "error" as evidence. Without a reply:
/// what the supervisor saw.
LabelOutcome collect_reply(const LabelRequest& request, const ProcessExit& exit,
                           const std::filesystem::path& directory);

}  // namespace fibonaqi
