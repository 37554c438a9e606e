// A folder of its own for the user's configuration (XDG_CONFIG_HOME), while one lives.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// Tests that trust a program must not do so in the list of whoever runs them.
class ConfigHome {
  public:
    ConfigHome() {
        if (const char* before = std::getenv("XDG_CONFIG_HOME")) {
            before_ = before;
        }
        ::setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
    }
    ~ConfigHome() {
        if (before_) {
            ::setenv("XDG_CONFIG_HOME", before_->c_str(), 1);
        } else {
            ::unsetenv("XDG_CONFIG_HOME");
        }
    }
    /// For programs that the test starts: they get the environment that this process began with.
    std::map<std::string, std::string> environment() const {
        return {{"XDG_CONFIG_HOME", folder_.path().string()}};
    }
    ConfigHome(const ConfigHome&) = delete;
    ConfigHome& operator=(const ConfigHome&) = delete;

  private:
    TemporaryFolder folder_;
    std::optional<std::string> before_;
};

}  // namespace fibonaqi::test
