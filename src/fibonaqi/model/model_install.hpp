// Brings a known model onto this machine: fetch, verify, import, publish in the cache.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "fibonaqi/model/known_models.hpp"

namespace fibonaqi {

struct InstallOptions {
    std::optional<std::filesystem::path> original = {};         ///< a file that the user has; empty: fetch it
    std::function<bool()> is_cancelled = [] { return false; };  ///< asked several times a second
};

struct InstallReport {
    std::filesystem::path file;  ///< the model file in the cache
    bool was_installed = false;  ///< nothing had to be done
    std::string source;          ///< where the original came from; empty when nothing was done
};

/// Installs `model` from the file that the user has or, without one, from its sources in order. The programs
/// curl, python3 (with pip, or venv, which brings pip) and tar do the fetching, as children, in a temporary
/// folder that is removed in every case; the cache changes by one rename at the end, so two installations at
/// once do no harm. A model that is there and intact is left alone, without touching the network. Progress
/// goes to the log. Throws ModelError (the user's file is not that model), Error when no source answers, and
/// Error with exit code interrupted soon after `is_cancelled` says so; the cache is then as it was.
InstallReport install_model(const KnownModel& model, const InstallOptions& options = {});

}  // namespace fibonaqi
