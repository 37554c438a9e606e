// The tasks of fibonaqi-worker, one file each (task_<name>.cpp). docs/formats.md lists their keys and
// results.
//
// A task gets its record and returns the keys of its result; "ok" and "seconds" are added by main. Whatever
// it throws becomes a result that says so. To add a task: declare it here, and add a line to the table in
// main.cpp.
#pragma once

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::worker {

Json run_calibrate(const Json& task);
Json run_evaluate(const Json& task);
Json run_explain(const Json& task);
Json run_export_torchscript(const Json& task);
Json run_features(const Json& task);
Json run_import_torchscript(const Json& task);
Json run_physics(const Json& task);
Json run_select(const Json& task);
Json run_train(const Json& task);

}  // namespace fibonaqi::worker
