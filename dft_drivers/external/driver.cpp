#include "dft_drivers/external/driver.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/label/label_protocol.hpp"

#include "dft_drivers/common/driver_config.hpp"

namespace fibonaqi::external {
namespace {

namespace fs = std::filesystem;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({});
        const std::vector<ConfigKey> own{
            text("name", "external program", "of the code, for messages"),
            list(ConfigKind::texts, "periodicity", Json{"full"},
                 "structures that it takes: periodic in all three directions, in some, in none")
                .one_of({"full", "partial", "none"})
                .items(1),
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

class Driver : public LabelDriver {
  public:
    Driver(Json values, const fs::path& base)
        : values_(std::move(values)), command_(command_of(values_, base)) {
        // An argument that is a file beside the configuration: the program will run in another folder.
        for (std::string& word : command_) {
            const fs::path file = base / word;
            const bool is_file = !word.empty() && &word != &command_.front() && fs::is_regular_file(file);
            word = is_file ? fs::absolute(file).lexically_normal().string() : word;
        }
        environment_ = environment_of(values_);
        for (Json& file : values_["files"]) {
            file = fs::absolute(base / file.get<std::string>()).lexically_normal().string();
        }
        values_["command"] = command_;
    }

    std::string name() const override { return values_.at("name").get<std::string>(); }

    DriverCapabilities capabilities() const override {
        const auto flag = [this](const char* key) { return values_.at(key).get<bool>(); };
        const auto periodicity = values_.at("periodicity").get<std::vector<std::string>>();
        const auto takes = [&](const char* kind) {
            return std::find(periodicity.begin(), periodicity.end(), kind) != periodicity.end();
        };
        return {.stress = flag("stress"),
                .fully_periodic = takes("full"),
                .partly_periodic = takes("partial"),
                .isolated = takes("none"),
                .charge = flag("charge"),
                .multiplicity = flag("multiplicity"),
                .serves = true};
    }

    Json configuration() const override { return values_; }

    std::vector<std::string> check(const std::vector<int>&) const override {
        std::vector<std::string> problems;
        const std::string problem = program_problem(command_, "install it or give its full path");
        if (!problem.empty()) {
            problems.push_back(problem);
        }
        for (const Json& file : values_.at("files")) {
            if (!fs::is_regular_file(file.get<std::string>())) {
                problems.push_back("file '" + file.get<std::string>() + "' is not there (driver.files)");
            }
        }
        return problems;
    }

    std::string fingerprint() const override {
        Json physics{{"code", name()}, {"physics", values_.at("physics")}};
        for (const std::string& word : command_) {
            // Of paths only the last part: the same program elsewhere is the same.
            physics["command"].push_back(fs::path(word).filename().string());
        }
        for (const Json& file : values_.at("files")) {
            try {
                physics["files"].push_back(sha256_of_file(file.get<std::string>()));
            } catch (const FileError& error) {
                throw DriverError(error.what());
            }
        }
        return physics.dump();
    }

    std::optional<Json> spoiled() const override {
        return values_.at("spoils").get<bool>() ? std::optional(Json{{"spoil", true}}) : std::nullopt;
    }

    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const fs::path& directory,
                     double) const override {
        LabelJob job;
        job.argv = command_;
        job.environment = environment_;
        job.directory = directory;
        job.stdout_file = directory / "replies.jsonl";
        job.stderr_file = directory / "stderr";
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        return collect_reply(request, exit, directory);
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
