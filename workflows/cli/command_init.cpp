// fibonaqi init: a commented campaign file to start from.
#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/campaign_file.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/composition/campaign_setup.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

// The file's name without its extension, as far as it may be the name of a campaign.
std::string campaign_name(const fs::path& file) {
    std::string name;
    for (const char letter : file.stem().string()) {
        const bool is_allowed = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' ||
                                letter == '-' || (letter == '.' && !name.empty());
        name += is_allowed ? letter : '_';
    }
    return name.substr(0, 64);
}

void init(const std::string& given) {
    const fs::path file = given;
    if (fs::exists(file)) {
        throw ConfigError("'" + given + "' is there already (it is not overwritten) choose another name");
    }
    write_file_atomically(file, example_campaign(campaign_name(file), full_campaign_schema()));
    std::cout << given << " written: 8 atoms of silicon, every key with its help\n"
              << "next: edit it, then 'fibonaqi check " << given << "' and 'fibonaqi run " << given << "'\n";
}

}  // namespace

void add_init_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("init", "write a commented campaign file to start from");
    const auto file = std::make_shared<std::string>();
    command->add_option("file", *file, "file to write, for example my_campaign.json")->required();
    command->callback([file] { init(*file); });
}

}  // namespace fibonaqi::cli
