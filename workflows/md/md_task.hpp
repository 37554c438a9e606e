// The task of fibonaqi-md: one walker.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/lammps/walker_options.hpp"

namespace fibonaqi::md {

/// A task with its units converted; docs/formats.md describes the keys.
struct MdTask {
    std::string model;  ///< a file, or an installed model's name
    std::string dtype;  ///< "float32" or "float64"
    std::size_t threads = 1;
    std::filesystem::path structure;   ///< extxyz with one frame
    std::filesystem::path candidates;  ///< extxyz to write
    long cycle = 0;                    ///< for the frames' info, nothing else
    long walker = 0;
    lammps::WalkerOptions options;

    /// Where the last frame goes, with velocities: "<candidates without ending>.final.xyz".
    std::filesystem::path final_structure() const;
};

/// Throws ConfigError with every problem of the keys, one per line: unknown ones with the nearest, missing
/// ones, wrong types and ranges.
MdTask md_task_from_json(const Json& record);

}  // namespace fibonaqi::md
