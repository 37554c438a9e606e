// `fibonaqi model check`, a subcommand with options of its own.
#pragma once

namespace CLI {
class App;
}

namespace fibonaqi::cli {

/// Declares it on the subcommand `model`. Exit code `refused` when a check fails.
void declare_model_check(CLI::App& model);

}  // namespace fibonaqi::cli
