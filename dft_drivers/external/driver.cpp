#include "dft_drivers/external/driver.hpp"

#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/serving_driver.hpp"

namespace fibonaqi::external {
namespace {

namespace fs = std::filesystem;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({});
        const std::vector<ConfigKey> own{
            text("name", "external program", "of the code, for messages"),
            periodicity_key({"full"}),
            flag("stress", false, "it gives the stress of fully periodic structures"),
            flag("charge", false, "it takes charges other than 0"),
            flag("multiplicity", false, "it takes a multiplicity"),
            flag("spoils", false,
                 "asked by \"changes\": {\"spoil\": true} it computes so badly that it cannot converge: for "
                 "'fibonaqi driver test'"),
            object("physics", Json::object(),
                   "all that decides its numbers and stands in no argument or file below: part of the key "
                   "under which labels are stored"),
            list(ConfigKind::texts, "files", Json::array(),
                 "files that decide its numbers, such as its own text: their content is part of that key"),
        };
        keys.insert(keys.end(), own.begin(), own.end());
        return ConfigSchema("an external program that speaks JSON lines", keys);
    }();
    return table;
}

class Driver : public ServingDriver {
  public:
    Driver(Json values, const fs::path& base)
        : values_(std::move(values)), command_(command_of(values_, base)) {
        // An argument that is a file beside the configuration: the program will run in another folder.
        for (std::string& word : command_) {
            const fs::path file = base / word;
            const bool is_file = !word.empty() && &word != &command_.front() && fs::is_regular_file(file);
            word = is_file ? absolute_path(base, word).string() : word;
        }
        environment_ = environment_of(values_);
        for (Json& file : values_["files"]) {
            file = absolute_path(base, file.get<std::string>()).string();
        }
        values_["command"] = command_;
    }

    std::string name() const override { return values_.at("name").get<std::string>(); }

    DriverCapabilities capabilities() const override {
        const auto flag = [this](const char* key) { return values_.at(key).get<bool>(); };
        DriverCapabilities able{.stress = flag("stress"),
                                .charge = flag("charge"),
                                .multiplicity = flag("multiplicity"),
                                .serves = true};
        set_periodicity(able, values_);
        return able;
    }

    Json configuration() const override { return values_; }

    std::vector<std::string> check(const std::vector<int>&) const override {
        std::vector<std::string> problems = missing_files(values_.at("files"), "driver.files");
        const std::string problem = program_problem(command_, "install it or give its full path");
        if (!problem.empty()) {
            problems.insert(problems.begin(), problem);
        }
        return problems;
    }

    std::string fingerprint() const override {
        Json physics{{"code", name()}, {"physics", values_.at("physics")}};
        for (const std::string& word : command_) {
            // Of paths only the last part: the same program elsewhere is the same.
            physics["command"].push_back(fs::path(word).filename().string());
        }
        const Json hashes = content_hashes(values_.at("files"));
        if (!hashes.empty()) {
            physics["files"] = hashes;
        }
        return physics.dump();
    }

    std::optional<Json> spoiled() const override {
        return values_.at("spoils").get<bool>() ? std::optional(Json{{"spoil", true}}) : std::nullopt;
    }

    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const fs::path& directory,
                     double) const override {
        return serving_job(command_, environment_, directory);
    }

  private:
    Json values_;
    std::vector<std::string> command_;
    std::map<std::string, std::string> environment_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(read_driver_config(schema(), config), base);
}

}  // namespace fibonaqi::external
