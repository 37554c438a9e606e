// What people do with labels that are there: fibonaqi label list, retry, quarantine.
#pragma once

namespace CLI {
class App;
}

namespace fibonaqi::cli {

/// Adds the three subcommands to `label`. They take a campaign folder, the work folder of `fibonaqi label`,
/// or a ledger file; labels are named by the first digits of their keys.
void add_label_ledger_commands(CLI::App& label);

}  // namespace fibonaqi::cli
