// `fibonaqi model trust`, a subcommand with options of its own.
#pragma once

namespace CLI {
class App;
}

namespace fibonaqi::cli {

/// Declares it on the subcommand `model`.
void declare_model_trust(CLI::App& model);

}  // namespace fibonaqi::cli
