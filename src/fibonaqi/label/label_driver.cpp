#include "fibonaqi/label/label_driver.hpp"

#include <array>
#include <utility>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

using How = ProcessExit::How;

constexpr std::array<std::pair<FailureKind, const char*>, 19> failure_names{{
    {FailureKind::launch, "launch"},
    {FailureKind::bad_config, "bad_config"},
    {FailureKind::bad_geometry, "bad_geometry"},
    {FailureKind::missing_file, "missing_file"},
    {FailureKind::scf_not_converged, "scf_not_converged"},
    {FailureKind::diagonalisation, "diagonalisation"},
    {FailureKind::charge, "charge"},
    {FailureKind::walltime, "walltime"},
    {FailureKind::timeout, "timeout"},
    {FailureKind::stalled, "stalled"},
    {FailureKind::signal, "signal"},
    {FailureKind::out_of_memory, "out_of_memory"},
    {FailureKind::disk, "disk"},
    {FailureKind::partial_output, "partial_output"},
    {FailureKind::non_finite, "non_finite"},
    {FailureKind::inconsistent, "inconsistent"},
    {FailureKind::cancelled, "cancelled"},
    {FailureKind::quarantined, "quarantined"},
    {FailureKind::unknown, "unknown"},
}};

constexpr std::array<std::pair<How, const char*>, 6> how_names{{
    {How::exited, "exited"},
    {How::signaled, "signaled"},
    {How::timed_out, "timed_out"},
    {How::stalled, "stalled"},
    {How::cancelled, "cancelled"},
    {How::launch_failed, "launch_failed"},
}};

template <class Names, class Value>
std::string name_of(const Names& names, Value value) {
    for (const auto& [known, name] : names) {
        if (known == value) {
            return name;
        }
    }
    FIBONAQI_EXPECT(!"a value of the enumeration");
    return {};
}

template <class Names>
auto value_of(const Names& names, const std::string& text, const std::string& what) {
    std::vector<std::string> known_names;
    for (const auto& [value, name] : names) {
        if (text == name) {
            return value;
        }
        known_names.emplace_back(name);
    }
    throw FormatError(what + " '" + text + "' is not known;" + suggestion(text, known_names));
}

}  // namespace

std::string to_string(FailureKind kind) {
    return name_of(failure_names, kind);
}

FailureKind failure_kind_from(const std::string& text) {
    return value_of(failure_names, text, "failure kind");
}

Json to_json(const ProcessExit& exit) {
    Json record{{"how", name_of(how_names, exit.how)},
                {"code", exit.code},
                {"wall_seconds", exit.wall_seconds},
                {"cpu_seconds", exit.cpu_seconds},
                {"max_rss_kB", exit.max_rss_kB}};
    if (!exit.message.empty()) {
        record["message"] = exit.message;
    }
    return record;
}

ProcessExit process_exit_from_json(const Json& record) {
    ProcessExit exit;
    exit.how = value_of(how_names, record.at("how").get<std::string>(), "kind of process end");
    exit.code = record.at("code").get<int>();
    exit.wall_seconds = record.at("wall_seconds").get<double>();
    exit.cpu_seconds = record.at("cpu_seconds").get<double>();
    exit.max_rss_kB = record.at("max_rss_kB").get<long>();
    exit.message = record.value("message", "");
    return exit;
}

std::optional<LabelFailure> LabelDriver::problem_with(const LabelRequest&) const {
    return std::nullopt;
}

std::optional<Json> LabelDriver::remedy(const LabelAttempt&, const LabelFailure&) const {
    return std::nullopt;
}

std::optional<Json> LabelDriver::spoiled() const {
    return std::nullopt;
}

std::vector<ScanAxis> LabelDriver::scan_axes(const Structure&) const {
    return {};
}

bool LabelDriver::request_stop(const std::filesystem::path&) const {
    return false;
}

std::optional<LabelFailure> supervisors_verdict(const ProcessExit& exit) {
    switch (exit.how) {
        case How::launch_failed:
            return LabelFailure{FailureKind::launch, exit.message};
        case How::timed_out:
            return LabelFailure{FailureKind::timeout, exit.message};
        case How::stalled:
            return LabelFailure{FailureKind::stalled, exit.message};
        case How::cancelled:
            return LabelFailure{FailureKind::cancelled,
                                "cancelled after " + std::to_string(exit.wall_seconds) + " s"};
        case How::signaled:
        case How::exited:
            break;
    }
    return std::nullopt;
}

std::string label_key(const LabelRequest& request, const std::string& fingerprint) {
    Sha256 hash;
    hash.text("fibonaqi label 1")
        .text(structure_hash(request.structure))
        .real(request.charge)
        .integer(request.want_stress ? 1 : 0)
        .text(fingerprint);
    if (request.multiplicity) {
        hash.text("multiplicity").integer(*request.multiplicity);
    }
    return hash.hex();
}

}  // namespace fibonaqi
