// Labels of a model for whoever asks by JSON lines (src/fibonaqi/label/label_protocol.hpp): another potential
// as teacher.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi::worker {

/// Answers requests on stdin until it ends; `arguments` are model (file or installed name), dtype and number
/// of threads. A structure that the model cannot take is an answer with "ok": false. Returns the exit code.
/// Throws what loading a model throws, and ConfigError for other arguments.
int serve_model(const std::vector<std::string>& arguments);

}  // namespace fibonaqi::worker
