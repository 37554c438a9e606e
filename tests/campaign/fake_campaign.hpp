// A small campaign on the stand-ins of tests/campaign/fakes, run by the real engine as a user runs it.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

struct Said {
    int code = 0;
    std::string out, err;
};

/// Memory where there is some: these tests write hundreds of small files durably, which takes most of their
/// time on a disk. That what was synchronised survives is the matter of the tests of files and of the ledger.
inline std::filesystem::path fast_storage() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

class FakeCampaign : public ::testing::Test {
  protected:
    FakeCampaign() {
        ModelFile model;
        model.card.name = "fake";
        model.card.architecture = "fake";
        model.card.species = {14};
        model.card.e0 = {0.0};
        model.card.cutoff = 4.0;
        model.card.dtype = "float64";
        model.card.hyperparameters = model.card.provenance = Json::object();
        write_model_file(folder_ / "model.safetensors", model);
        write_file_atomically(folder_ / "Si.UPF", "<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\"/></UPF>");
        config_["label"]["driver"]["command"] = {std::string(FIBONAQI_FAKE_BIN_DIR) + "/pw.x"};
        write_json(folder_ / "campaign.json", config_);
        layout_ = std::make_unique<CampaignLayout>(folder_ / "run");
    }

    /// Changes one value of the campaign file: set("/label/slots", 1).
    void set(const std::string& pointer, const Json& value) {
        config_[Json::json_pointer(pointer)] = value;
        write_json(folder_ / "campaign.json", config_);
    }

    ProcessSpec spec(const std::vector<std::string>& arguments, const std::string& log = "said") const {
        ProcessSpec spec;
        spec.argv = {std::string(FIBONAQI_FAKE_BIN_DIR) + "/fibonaqi"};
        spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
        spec.environment = environment_;
        spec.environment.emplace("FAKE_LOG", (folder_ / "launches").string());
        spec.directory = folder_.path();
        spec.stdout_file = folder_ / (log + ".out");
        spec.stderr_file = folder_ / (log + ".err");
        return spec;
    }
    Said fibonaqi(const std::vector<std::string>& arguments, const std::string& log = "said") const {
        const ProcessSpec what = spec(arguments, log);
        const ProcessEnd end = Subprocess(what).wait();
        return {end.signaled ? -end.code : end.code, read_file(what.stdout_file),
                read_file(what.stderr_file)};
    }
    Said run() const { return fibonaqi({"run", "campaign.json", "--dir", "run"}); }
    Said resume(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"resume", "run"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return fibonaqi(arguments);
    }
    Json status() const { return Json::parse(fibonaqi({"status", "run", "--json"}, "status").out); }

    /// Lines of all launches that begin with `kind`, in the order in which they came.
    std::vector<std::string> launches(const std::string& kind) const {
        std::vector<std::string> lines;
        std::istringstream log(exists("launches") ? read_file(folder_ / "launches") : "");
        for (std::string line; std::getline(log, line);) {
            if (line.starts_with(kind)) {
                lines.push_back(line);
            }
        }
        return lines;
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

    /// The result table without its times, which differ from run to run.
    static Json without_seconds(Json status) {
        for (Json& cycle : status["cycles"]) {
            cycle.erase("seconds");
        }
        for (Json& arm : status["control"].is_object() ? status["control"]["arms"] : status["control"]) {
            for (Json& cycle : arm["cycles"]) {
                cycle.erase("seconds");
            }
        }
        return status;
    }
    /// What was picked, in full: structures, order, scores.
    std::vector<std::string> picks() const {
        std::vector<std::string> texts;
        for (int cycle = 0; cycle <= config_.at("cycles").get<int>(); ++cycle) {
            texts.push_back(read_file(layout_->picks(cycle)));
        }
        return texts;
    }

    TemporaryFolder folder_{fast_storage()};
    std::unique_ptr<CampaignLayout> layout_;
    std::map<std::string, std::string> environment_;
    Json config_ = Json::parse(R"({
        "name": "fake", "cycles": 2, "cores": 2, "min_free_MB": 0.5,
        "model": {"start": "model.safetensors"},
        "system": {"diamond": {"element": "Si", "a_A": 5.46}},
        "explore": {"temperatures_K": [300, 900], "timestep_fs": 2, "steps": 100, "first_step": 10,
                    "harvest_every_steps": 10, "strain_percent": 2},
        "select": {"batch": 4, "ratio": 0.25},
        "label": {"driver": {"type": "qe", "pseudo_dir": ".",
                             "pseudopotentials": {"Si": "Si.UPF"}, "kpoints": [1, 1, 1],
                             "input": {"system": {"ecutwfc": 24}}}},
        "test_set": {"frames": 4, "walkers_per_temperature": 1, "steps": 50, "first_step": 10}})");
};

}  // namespace fibonaqi::test
