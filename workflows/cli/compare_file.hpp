// The file of `fibonaqi compare`: a pool of labelled frames, and ways to choose from it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// One table for keys, help and defaults, as for `fibonaqi train`.
const ConfigSchema& compare_file_schema();

/// One way to choose: the file's section "select" with what this line says otherwise.
struct CompareLine {
    std::string name;
    Json select;  ///< with all defaults
};

/// Values of a file with all defaults and absolute paths.
struct ComparePlan {
    Json values;
    std::filesystem::path file, output;  ///< of the file itself; the folder to write
    std::vector<CompareLine> lines;      ///< the one that the others are compared with comes first
    std::size_t batch = 0;               ///< labels of a round, the same for every line
    std::size_t rounds = 0, seeds = 0;
};

/// `text` is the file's content, for line numbers. Throws ConfigError with one line per problem.
ComparePlan read_compare_plan(std::string_view text, const std::filesystem::path& file);

}  // namespace fibonaqi::cli
