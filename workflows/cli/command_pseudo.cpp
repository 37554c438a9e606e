// fibonaqi pseudo: makes pseudopotential files out of data that Debian has.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/pseudo/gth.hpp"
#include "dft_drivers/pseudo/psp8.hpp"
#include "dft_drivers/pseudo/upf_writer.hpp"
#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct OutputArguments {
    std::string folder = "pseudo";
    bool force = false;
};

struct GthArguments {
    std::vector<std::string> elements;
    std::string name = "GTH-PBE", file = pseudo::debian_gth_file, form = "upf";
    OutputArguments output;
};

struct Psp8Arguments {
    std::vector<std::string> elements;
    std::string functional = "PBE", from;
    OutputArguments output;
};

// A file that is to be written, and what is to be said of it.
struct NewFile {
    fs::path path;
    std::string text, summary;
};

// All of them or, where one exists already, none.
void write_all(const std::vector<NewFile>& files, const OutputArguments& output) {
    for (const NewFile& file : files) {
        if (!output.force && fs::exists(file.path)) {
            throw ConfigError(
                "'" + file.path.string() +
                "' exists (it would be overwritten) give another folder with -o, or use --force");
        }
    }
    make_directories(output.folder);
    for (const NewFile& file : files) {
        write_file_atomically(file.path, file.text);
        std::cout << file.path.string() << ": " << file.summary << "\n";
    }
}

std::string summary_of(const pseudo::RadialTable& table) {
    char electrons[32];
    std::snprintf(electrons, sizeof electrons, "%g", table.valence);
    return table.element + ", valence " + electrons + ", " + table.functional + ", " +
           std::to_string(table.projectors.size()) + " projectors" +
           (table.core_density.empty() ? "" : ", core correction");
}

void make_gth(const GthArguments& arguments) {
    std::vector<NewFile> files;
    for (const std::string& element : arguments.elements) {
        const pseudo::GthPotential potential = pseudo::read_gth(arguments.file, element, arguments.name);
        const fs::path path = fs::path(arguments.output.folder) / (element + "." + arguments.name);
        if (arguments.form == "gth") {
            files.push_back({path.string() + ".gth", pseudo::abinit_text(potential),
                             element + ", valence " + std::to_string(potential.valence) + ", " +
                                 potential.names.front()});
        } else {
            const pseudo::RadialTable table = pseudo::tabulated(potential);
            files.push_back({path.string() + ".UPF", pseudo::upf_text(table), summary_of(table)});
        }
    }
    write_all(files, arguments.output);
}

// What --from names: a file, or the folder in which the element is looked for.
fs::path psp8_file(const Psp8Arguments& arguments, const std::string& element) {
    if (!arguments.from.empty() && !fs::is_directory(arguments.from)) {
        return arguments.from;
    }
    const std::string folder =
        arguments.functional == "PBE" ? pseudo::debian_dojo_pbe : pseudo::debian_dojo_lda;
    return pseudo::find_psp8(arguments.from.empty() ? folder : arguments.from, element);
}

void make_psp8(const Psp8Arguments& arguments) {
    std::vector<NewFile> files;
    for (const std::string& element : arguments.elements) {
        const fs::path source = psp8_file(arguments, element);
        const pseudo::RadialTable table = pseudo::read_psp8(source);
        if (table.element != element) {
            throw ConfigError("'" + source.string() + "' is for " + table.element + ", not " + element +
                              " (by its own header) name the right file");
        }
        files.push_back({fs::path(arguments.output.folder) / (source.stem().string() + ".psp8.UPF"),
                         pseudo::upf_text(table), summary_of(table)});
    }
    write_all(files, arguments.output);
}

void declare_output(CLI::App& command, OutputArguments& output) {
    command.add_option("-o,--output", output.folder, "folder for the files")->capture_default_str();
    command.add_flag("--force", output.force, "overwrite files that exist");
}

void declare_gth(CLI::App& pseudo) {
    CLI::App* command = pseudo.add_subcommand(
        "gth", "potentials of Goedecker, Teter and Hutter, out of CP2K's list (Debian: cp2k-data)");
    const auto arguments = std::make_shared<GthArguments>();
    command->add_option("elements", arguments->elements, "symbols: Si O")->required();
    command
        ->add_option("--name", arguments->name,
                     "which potential: GTH-PBE, GTH-PADE (LDA), GTH-BLYP, GTH-PBE-q4 (by electrons), ...")
        ->capture_default_str();
    command->add_option("--from", arguments->file, "list of potentials, in CP2K's format")
        ->capture_default_str();
    command->add_option("--to", arguments->form, "upf: UPF version 2, for pw.x; gth: for ABINIT")
        ->check(CLI::IsMember({"upf", "gth"}))
        ->capture_default_str();
    declare_output(*command, arguments->output);
    command->callback([arguments] { make_gth(*arguments); });
}

void declare_psp8(CLI::App& pseudo) {
    CLI::App* command = pseudo.add_subcommand(
        "psp8", "psp8 files, such as PseudoDojo's (Debian: abinit-data), as UPF version 2 for pw.x");
    const auto arguments = std::make_shared<Psp8Arguments>();
    command->add_option("elements", arguments->elements, "symbols: Si O")->required();
    command->add_option("--functional", arguments->functional, "of Debian's files: PBE or LDA")
        ->check(CLI::IsMember({"PBE", "LDA"}))
        ->capture_default_str();
    command->add_option("--from", arguments->from, "a folder with psp8 files, or one such file")
        ->excludes("--functional");
    declare_output(*command, arguments->output);
    command->callback([arguments] { make_psp8(*arguments); });
}

}  // namespace

void add_pseudo_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("pseudo", "make pseudopotential files out of data that Debian has");
    command->require_subcommand(1);
    declare_gth(*command);
    declare_psp8(*command);
}

}  // namespace fibonaqi::cli
