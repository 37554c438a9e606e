#include "dft_drivers/ase/driver.hpp"

#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/serving_driver.hpp"

namespace fibonaqi::ase {
namespace {

namespace fs = std::filesystem;

constexpr const char* bridge_file = "ase_bridge.py";
constexpr const char* settings_file = "settings.json";

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table(
        "a calculator of ASE",
        {
            text("type", nullptr, "names the code").required(),
            text("calculator", nullptr, "\"module:Class\"; \"setup:name\" is of the setup file").required(),
            object("arguments", Json::object(), "of the calculator"),
            text("python", "",
                 "interpreter that has ase and the calculator; left out: the system's python3 or that of "
                 "PATH"),
            text("setup", "", "Python file that is run before the calculator is made"),
            object("environment", Json::object(), "variables that the program gets beside the usual ones"),
            list(ConfigKind::texts, "files", Json::array(),
                 "files that decide its numbers and are named in arguments: their content is part of the key "
                 "under which labels are stored"),
            periodicity_key({"full", "partial", "none"}),
            flag("stress", false, "it gives the stress of fully periodic structures"),
            text("charge_argument", "", "its argument for the charge; left out: neutral structures only"),
            text("multiplicity_argument", "", "its argument for the multiplicity"),
            object("spoil", Json::object(),
                   "arguments that replace others in a run that cannot converge: for 'fibonaqi driver test'"),
        });
    return table;
}

// Whether a package lies where the interpreter <prefix>/bin/python3 looks first: a driver starts no process,
// so packages that come in by other ways are not seen.
bool has_package(const fs::path& python, const std::string& package) {
    const fs::path libraries = python.parent_path().parent_path() / "lib";
    std::error_code missing;
    for (const fs::directory_entry& entry : fs::directory_iterator(libraries, missing)) {
        if (!entry.path().filename().string().starts_with("python3")) {
            continue;
        }
        for (const char* folder : {"site-packages", "dist-packages"}) {
            const fs::path place = entry.path() / folder / package;
            if (fs::is_directory(place) || fs::is_regular_file(place.string() + ".py")) {
                return true;
            }
        }
    }
    return false;
}

// The first usual interpreter with ase and the calculator's package; empty: none has.
std::string usual_python(const std::string& package) {
    for (const char* name : {"/usr/bin/python3", "python3"}) {
        const fs::path python = find_program(name);
        if (!python.empty() && has_package(python, "ase") &&
            (package == "setup" || has_package(python, package))) {
            return python.string();
        }
    }
    return "";
}

class Driver : public ServingDriver {
  public:
    Driver(Json values, const fs::path& base) : values_(std::move(values)) {
        const auto absolute = [&](const Json& path) {
            return absolute_path(base, path.get<std::string>()).string();
        };
        const std::string calculator = text("calculator");
        const std::size_t colon = calculator.find(':');
        if (colon == 0 || colon == std::string::npos || colon + 1 == calculator.size()) {
            refuse_key("calculator", "is '" + calculator +
                                         "' (a module and a name in it are expected) for example "
                                         "\"ase.calculators.emt:EMT\"");
        }
        if (!text("setup").empty()) {
            values_["setup"] = absolute(values_["setup"]);
        }
        for (Json& file : values_["files"]) {
            file = absolute(file);
        }
        if (text("python").empty()) {
            values_["python"] = usual_python(package());
        } else if (text("python").find('/') != std::string::npos) {
            values_["python"] = absolute(values_["python"]);
        }
        environment_ = environment_of(values_);
    }

    std::string name() const override { return text("calculator"); }

    DriverCapabilities capabilities() const override {
        DriverCapabilities able{.stress = values_.at("stress").get<bool>(),
                                .charge = !text("charge_argument").empty(),
                                .multiplicity = !text("multiplicity_argument").empty(),
                                .serves = true};
        set_periodicity(able, values_);
        return able;
    }

    Json configuration() const override { return values_; }

    std::vector<std::string> check(const std::vector<int>&) const override {
        std::vector<std::string> problems;
        if (text("python").empty()) {
            problems.push_back("package '" + package() +
                               "' was not found with ase (neither for /usr/bin/python3 nor for python3 of "
                               "PATH) install both (Debian: python3-ase) or name their interpreter in "
                               "driver.python");
        } else if (find_program(text("python")).empty()) {
            problems.push_back("program '" + text("python") +
                               "' was not found (driver.python) give the path of an interpreter with ase");
        }
        std::vector<std::string> files = values_.at("files").get<std::vector<std::string>>();
        if (!text("setup").empty()) {
            files.push_back(text("setup"));
        }
        const std::vector<std::string> missing = missing_files(files, "driver.files or driver.setup");
        problems.insert(problems.end(), missing.begin(), missing.end());
        return problems;
    }

    std::string fingerprint() const override {
        Json physics{{"code", "ase"},
                     {"calculator", values_.at("calculator")},
                     {"arguments", values_.at("arguments")},
                     {"charge_argument", values_.at("charge_argument")},
                     {"multiplicity_argument", values_.at("multiplicity_argument")}};
        physics["setup"] = text("setup").empty() ? Json() : content_hashes({text("setup")}).front();
        const Json hashes = content_hashes(values_.at("files"));
        if (!hashes.empty()) {
            physics["files"] = hashes;
        }
        return physics.dump();
    }

    std::optional<Json> spoiled() const override {
        return values_.at("spoil").empty() ? std::nullopt : std::optional(Json{{"spoil", true}});
    }

    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const fs::path& directory,
                     double) const override {
        write_file_atomically(directory / bridge_file, bridge_text);
        write_json(directory / settings_file, values_);
        return serving_job({text("python"), bridge_file, settings_file}, program_environment(environment_),
                           directory);
    }

  private:
    // "gpaw" of "gpaw.new.ase_interface:GPAW".
    std::string package() const {
        const std::string calculator = text("calculator");
        return calculator.substr(0, calculator.find_first_of(".:"));
    }
    std::string text(const char* key) const { return values_.at(key).get<std::string>(); }

    Json values_;
    std::map<std::string, std::string> environment_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(read_driver_config(schema(), config), base);
}

}  // namespace fibonaqi::ase
