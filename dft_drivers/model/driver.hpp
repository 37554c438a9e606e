// A model of this project as a label driver: another potential as teacher.
//
// fibonaqi-worker serves it (workflows/worker/serve.hpp), so that this driver needs no LibTorch.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::model_teacher {

/// Makes the driver of {"type": "model", "model": file or installed name, ...}. A relative file starts at
/// `base`. Throws ConfigError naming the key, ModelError for a damaged model.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::model_teacher
