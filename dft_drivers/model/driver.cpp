#include "dft_drivers/model/driver.hpp"

#include <algorithm>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/serving_driver.hpp"

namespace fibonaqi::model_teacher {
namespace {

namespace fs = std::filesystem;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema table(
        "a model as teacher",
        {
            text("type", nullptr, "names the code").required(),
            text("model", nullptr, "file, or name of an installed model").required(),
            text("dtype", "float64", "in which it computes").one_of({"float32", "float64"}),
            integer("threads", 1, "of one process").between(1, 1024),
        });
    return table;
}

std::string file_of(const std::string& model, const fs::path& base) {
    const fs::path beside = absolute_path(base, model);
    try {
        return fs::exists(beside) ? beside.string() : fs::absolute(resolve_model(model)).string();
    } catch (const Error& error) {
        throw ConfigError(std::string("driver.model: ") + error.what());
    }
}

class Driver : public ServingDriver {
  public:
    Driver(Json values, const fs::path& base) : values_(std::move(values)) {
        values_["model"] = file_of(text("model"), base);
        const ModelFile file = read_model_file(text("model"));
        card_ = file.card;
        sha256_ = file.sha256;
    }

    std::string name() const override { return "model " + card_.name; }

    DriverCapabilities capabilities() const override {
        return {.stress = true,
                .fully_periodic = true,
                .partly_periodic = true,
                .isolated = true,
                .serves = true};
    }

    Json configuration() const override { return values_; }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems;
        try {
            (void)sister_program(worker);
        } catch (const Error& error) {
            problems.emplace_back(error.what());
        }
        for (const int number : atomic_numbers) {
            if (lacks(number)) {
                problems.push_back(no_element(number) + " (driver.model) choose one that has");
            }
        }
        return problems;
    }

    std::string fingerprint() const override {
        return Json{{"code", "fibonaqi model"}, {"sha256", sha256_}, {"dtype", text("dtype")}}.dump();
    }

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override {
        for (const int number : request.structure.atomic_numbers) {
            if (lacks(number)) {
                return LabelFailure{FailureKind::bad_config, no_element(number)};
            }
        }
        return std::nullopt;
    }

    LabelJob prepare(const LabelRequest&, const LabelAttempt&, const fs::path& directory,
                     double) const override {
        return serving_job({sister_program(worker), "--serve", text("model"), text("dtype"),
                            std::to_string(values_.at("threads").get<int>())},
                           sparing_threads(), directory);
    }

  private:
    static constexpr const char* worker = "fibonaqi-worker";

    std::string text(const char* key) const { return values_.at(key).get<std::string>(); }
    bool lacks(int number) const {
        return std::find(card_.species.begin(), card_.species.end(), number) == card_.species.end();
    }
    std::string no_element(int number) const {
        return "model '" + card_.name + "' does not know " + symbol(number);
    }

    Json values_;
    ModelCard card_;
    std::string sha256_;
};

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(read_driver_config(schema(), config), base);
}

}  // namespace fibonaqi::model_teacher
