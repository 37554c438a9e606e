// What the configurations of plane-wave codes have in common: pseudopotentials and meshes of k-points.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Key "pseudopotentials", symbol -> name of a file in pseudo_dir. Throws ConfigError for what is no symbol,
/// no file name, or has one of the letters that the code's own input cannot hold.
std::map<std::string, std::string> pseudopotential_files(const Json& given, const std::string& forbidden);

/// symbol -> sha256 of the file, for a fingerprint. Throws DriverError when one cannot be read.
Json pseudopotential_hashes(const std::filesystem::path& folder,
                            const std::map<std::string, std::string>& files);

/// Throws ConfigError unless just one of the keys kpoints and kspacing_per_A is given.
void expect_one_mesh(const Json& values);

}  // namespace fibonaqi
