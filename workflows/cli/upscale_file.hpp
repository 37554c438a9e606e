// The file of `fibonaqi upscale`: a repository of structures, a budget of labels, and what to do with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// One table for keys, help and defaults, as for `fibonaqi train`.
const ConfigSchema& upscale_file_schema();

/// Values of a file with all defaults and absolute paths.
struct UpscalePlan {
    Json values;
    std::filesystem::path file, folder;  ///< of the file itself; folder is where its paths start
    std::filesystem::path output, work;  ///< the new data set; selection, ledger and attempts
    std::size_t budget = 0;              ///< labels

    /// Task `select` of docs/formats.md, without "output".
    Json select_task() const;
    /// Task `train` on these frames, or null where no training is asked for.
    Json train_task(const std::filesystem::path& frames) const;
};

/// `text` is the file's content, for line numbers. Throws ConfigError with one line per problem.
UpscalePlan read_upscale_plan(std::string_view text, const std::filesystem::path& file);

}  // namespace fibonaqi::cli
