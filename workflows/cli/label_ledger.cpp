#include "workflows/cli/label_ledger.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t shown_digits = 16;

struct LedgerArguments {
    std::string place, state, reason;
    std::vector<std::string> keys;
    bool is_failed = false, as_json = false;
};

fs::path ledger_in(const fs::path& place) {
    fs::path file = fs::is_directory(place) ? place / "ledger.sqlite" : place;
    if (!fs::exists(file)) {
        throw FileError("'" + file.string() +
                        "' is not there (labels are listed in a ledger) name a campaign folder, or the work "
                        "folder of 'fibonaqi label'");
    }
    return file;
}

std::vector<LedgerEntry> entries_of(const LedgerArguments& arguments) {
    LedgerFilter filter;
    if (arguments.is_failed || !arguments.state.empty()) {
        filter.state = arguments.is_failed ? LabelState::failed : label_state_from(arguments.state);
    }
    return Ledger(ledger_in(arguments.place), Ledger::Access::read).entries(filter);
}

Json record_of(const LedgerEntry& entry) {
    const StoredLabel& stored = entry.stored;
    Json record{{"key", stored.key},
                {"state", to_string(stored.state)},
                {"formula", formula(entry.request.structure)},
                {"attempts", stored.attempts},
                {"directory", stored.directory.string()},
                {"cpu_seconds", stored.cost.cpu_seconds}};
    if (stored.failure) {
        record["kind"] = to_string(stored.failure->kind);
        record["evidence"] = stored.failure->evidence;
    }
    if (stored.label && stored.label->details.contains("remedies")) {
        record["remedies"] = stored.label->details["remedies"];
    }
    return record;
}

// A label once, whatever the number of its origins.
void list(const LedgerArguments& arguments) {
    std::set<std::string> seen;
    Json all = Json::array();
    for (const LedgerEntry& entry : entries_of(arguments)) {
        if (seen.insert(entry.stored.key).second) {
            all.push_back(record_of(entry));
        }
    }
    if (arguments.as_json) {
        std::cout << all.dump(2) << "\n";
        return;
    }
    for (const Json& label : all) {
        std::printf(
            "%s  %-8s  %-10s %2d attempts  %8.1f CPU s  %s\n",
            label["key"].get<std::string>().substr(0, shown_digits).c_str(),
            label["state"].get<std::string>().c_str(), label["formula"].get<std::string>().c_str(),
            label["attempts"].get<int>(), label["cpu_seconds"].get<double>(),
            label.contains("kind")
                ? (label["kind"].get<std::string>() + ": " + label["evidence"].get<std::string>()).c_str()
            : label.contains("remedies") ? "after remedies"
                                         : "");
    }
    std::printf("%zu labels\n", all.size());
}

void retry(const LedgerArguments& arguments) {
    if (arguments.keys.empty() != arguments.is_failed) {
        throw ConfigError("labels to try again: either their keys or --failed, for all");
    }
    Ledger ledger(ledger_in(arguments.place));
    std::set<std::string> keys;
    for (const std::string& start : arguments.keys) {
        keys.insert(ledger.key_starting_with(start));
    }
    for (const LedgerEntry& entry : ledger.entries({})) {
        const bool is_wanted = arguments.is_failed && entry.stored.failure &&
                               entry.stored.failure->kind != FailureKind::quarantined;
        if (is_wanted) {
            keys.insert(entry.stored.key);
        }
    }
    for (const std::string& key : keys) {
        ledger.ask_again(key);
    }
    std::cout << keys.size() << " labels will be computed again by the next run that asks for them\n";
}

void quarantine(const LedgerArguments& arguments) {
    Ledger ledger(ledger_in(arguments.place));
    for (const std::string& start : arguments.keys) {
        const std::string key = ledger.key_starting_with(start);
        ledger.quarantine(key, arguments.reason);
        std::cout << key.substr(0, shown_digits) << " is set aside; no later training uses it\n";
    }
}

std::shared_ptr<LedgerArguments> add(CLI::App& label, const std::string& name, const std::string& help,
                                     void (*work)(const LedgerArguments&)) {
    CLI::App* command = label.add_subcommand(name, help);
    auto arguments = std::make_shared<LedgerArguments>();
    command->add_option("place", arguments->place, "campaign folder, work folder of 'label', or ledger file")
        ->required();
    command->callback([arguments, work] { work(*arguments); });
    return arguments;
}

}  // namespace

void add_label_ledger_commands(CLI::App& label) {
    const auto listed = add(label, "list", "labels that are there, and why others are not", list);
    CLI::App* command = label.get_subcommand("list");
    command->add_flag("--failed", listed->is_failed, "only those that failed");
    command->add_option("--state", listed->state, "only those in this state")
        ->check(CLI::IsMember({"planned", "intent", "started", "accepted", "failed"}));
    command->add_flag("--json", listed->as_json, "as JSON, for scripts");

    const auto again = add(label, "retry", "let failed labels be computed again, by the next run", retry);
    command = label.get_subcommand("retry");
    command->add_option("keys", again->keys, "first digits of keys");
    command->add_flag("--failed", again->is_failed, "all that failed, except what is quarantined");

    const auto aside = add(label, "quarantine", "set labels aside that you do not trust", quarantine);
    command = label.get_subcommand("quarantine");
    command->add_option("keys", aside->keys, "first digits of keys")->required();
    command->add_option("--reason", aside->reason, "why: it is stored")->required();
}

}  // namespace fibonaqi::cli
