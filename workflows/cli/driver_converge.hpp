// How good labels are for their price: fibonaqi driver converge.
#pragma once

namespace CLI {
class App;
}

namespace fibonaqi::cli {

/// Adds the subcommand to `driver`: labels a few frames at several values of each setting, and compares.
void add_driver_converge_command(CLI::App& driver);

}  // namespace fibonaqi::cli
