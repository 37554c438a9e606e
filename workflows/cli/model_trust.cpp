// fibonaqi model trust: the list of TorchScript programs that may be loaded.
#include "workflows/cli/model_trust.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/program_trust.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    std::string file;
    bool revoke = false, list = false;
};

void print_list() {
    for (const TrustedProgram& program : trusted_programs()) {
        std::cout << program.sha256 << "  " << program.file << "\n";
    }
}

void run(const Arguments& arguments) {
    if (arguments.list) {
        print_list();
        return;
    }
    if (arguments.file.empty()) {
        throw ConfigError("no file (which program is meant?) give one, or --list");
    }
    if (arguments.revoke) {
        const TrustedProgram program = revoke_trust(arguments.file);
        std::cout << "no longer trusted: " << program.file << " (sha256 " << program.sha256 << ")\n";
        return;
    }
    const TrustedProgram program = trust_program(arguments.file);
    std::cout
        << "A TorchScript file is a program: from now on FIBonAQi runs its code, with your rights, whenever\n"
           "it loads this model. If you don't know where the file is from, take your trust back with\n"
           "'fibonaqi model trust --revoke "
        << arguments.file << "'.\ntrusted       " << program.file << "\nsha256        " << program.sha256
        << " (another content is not trusted)\nlisted in     " << trust_list_file().string() << "\n";
}

}  // namespace

void declare_model_trust(CLI::App& model) {
    CLI::App* command = model.add_subcommand(
        "trust", "allow a TorchScript potential to be loaded: such a file is a program, and loading runs it");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("file", arguments->file,
                        "a TorchScript file, or a model file made of one; with --revoke also a sha256");
    auto* revoke = command->add_flag("--revoke", arguments->revoke, "take the trust back");
    command->add_flag("--list", arguments->list, "show what is trusted: sha256 and file")->excludes(revoke);
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
