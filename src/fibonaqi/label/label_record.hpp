// Labels as JSON: task and result of fibonaqi-label, and what the ledger stores (docs/formats.md).
//
// Numbers survive bit for bit: JSON carries the shortest text that reads back as the same double.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/label/executor.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// What fibonaqi-label is told. All paths are absolute.
struct LabelTask {
    std::string key;
    Json driver;  ///< LabelDriver::configuration()
    LabelLimits limits;
    LabelRequest request;
    std::filesystem::path directory;  ///< of the attempt; must not exist yet
    std::filesystem::path result;     ///< record to write
    Json changes = Json::object();    ///< of the first attempt (LabelAttempt)
};

/// What fibonaqi-label found.
struct LabelResult {
    LabelOutcome outcome;
    ProcessExit exit;
    std::vector<std::string> command;
    Json remedies = Json::array();  ///< earlier launches: {"after", "evidence", "directory", "changes"}
};

/// The readers throw FormatError, naming `source`, for a record of another kind, from a newer FIBonAQi, or
/// with a missing or wrong value.
Json to_json(const LabelTask& task);
LabelTask label_task_from_json(const Json& record, const std::string& source);

Json to_json(const LabelResult& result);
/// A record with "ok": false (the supervisor itself could not work) becomes a failure of kind bad_config for
/// exit code 2, else unknown.
LabelResult label_result_from_json(const Json& record, const std::string& source);

Json to_json(const LabelRequest& request);
LabelRequest label_request_from_json(const Json& record, const std::string& source);

Json to_json(const AcceptedLabel& label);
AcceptedLabel accepted_label_from_json(const Json& record, const std::string& source);

}  // namespace fibonaqi
