// Data that may be absent: ../shared beside the checkout (reference values, real outputs).
#pragma once

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace fibonaqi::test {

/// The folder of shared data: FIBONAQI_SHARED_DIR if set, else `shared` beside the checkout.
inline std::filesystem::path shared_directory() {
    const char* set = std::getenv("FIBONAQI_SHARED_DIR");
    return set != nullptr ? std::filesystem::path(set)
                          : std::filesystem::path(FIBONAQI_SOURCE_DIR).parent_path() / "shared";
}

}  // namespace fibonaqi::test

/// Skips the running test, by name, when the shared file or folder is absent.
#define FIBONAQI_NEEDS_SHARED(relative)                                                   \
    if (!std::filesystem::exists(::fibonaqi::test::shared_directory() / (relative))) {    \
        GTEST_SKIP() << "shared data '" << (relative) << "' is not beside this checkout"; \
    }                                                                                     \
    static_assert(true, "")
