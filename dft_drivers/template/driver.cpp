#include "dft_drivers/template/driver.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/common/program_end.hpp"
#include "dft_drivers/template/options.hpp"
#include "dft_drivers/template/output_reader.hpp"

namespace fibonaqi::text_template {
namespace {

namespace fs = std::filesystem;
using Kind = InputFile::Kind;

std::vector<int> species_of(const Structure& structure) {
    std::vector<int> species;
    for (const int number : structure.atomic_numbers) {
        if (std::find(species.begin(), species.end(), number) == species.end()) {
            species.push_back(number);
        }
    }
    return species;
}

// Of the neutral atoms' electrons less the charge; empty where the charge is no whole number.
std::optional<long> electrons_of(const LabelRequest& request) {
    const std::vector<int>& numbers = request.structure.atomic_numbers;
    if (request.charge != std::round(request.charge)) {
        return std::nullopt;
    }
    return std::accumulate(numbers.begin(), numbers.end(), 0L) - std::lround(request.charge);
}

int multiplicity_of(const LabelRequest& request) {
    return request.multiplicity.value_or(electrons_of(request).value_or(0) % 2 == 0 ? 1 : 2);
}

std::string hash_of(const fs::path& file) {
    try {
        return sha256_of_file(file);
    } catch (const FileError& error) {
        throw DriverError(error.what());
    }
}

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options) : options_(std::move(options)) {}

    std::string name() const override { return options_.text("name"); }

    DriverCapabilities capabilities() const override {
        DriverCapabilities able{.stress = options_.outputs.stress.has_value(),
                                .charge = options_.flag("charge"),
                                .multiplicity = options_.flag("multiplicity")};
        set_periodicity(able, options_.values);
        return able;
    }

    Json configuration() const override { return options_.values; }

    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override {
        std::vector<std::string> problems;
        const auto command = options_.values.at("command").get<std::vector<std::string>>();
        const std::string problem = program_problem(command, "install it or give its full path");
        if (!problem.empty()) {
            problems.push_back(problem);
        }
        for (const InputFile& file : options_.files) {
            if (file.kind == Kind::copy && !fs::is_regular_file(file.from)) {
                problems.push_back("file '" + file.from.string() + "' is not there (driver.files." + file.to +
                                   ")");
            }
        }
        for (const int number : atomic_numbers) {
            check_element(number, problems);
        }
        return problems;
    }

    std::string fingerprint() const override;

    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override {
        for (const int number : request.structure.atomic_numbers) {
            if (lacks(number)) {
                return LabelFailure{FailureKind::bad_config,
                                    "no entry for " + symbol(number) + " in driver.elements"};
            }
        }
        const auto electrons = electrons_of(request);
        if (electrons && request.multiplicity && (*electrons + *request.multiplicity) % 2 == 0) {
            return LabelFailure{FailureKind::charge, "multiplicity " + std::to_string(*request.multiplicity) +
                                                         " with " + std::to_string(*electrons) +
                                                         " electrons"};
        }
        return std::nullopt;
    }

    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt, const fs::path& directory,
                     double) const override {
        const TemplateValues values = values_for(request, attempt.changes);
        for (const InputFile& file : options_.files) {
            write(file, values, directory / file.to);
        }
        LabelJob job;
        for (const TemplateText& word : options_.command) {
            job.argv.push_back(word.render(values));
        }
        job.environment = program_environment(options_.environment);
        job.directory = directory;
        job.stdout_file = directory / options_.text("stdout");
        job.stderr_file = directory / options_.text("stderr");
        for (const Json& name : options_.values.at("scratch")) {
            job.scratch.push_back(directory / name.get<std::string>());
        }
        return job;
    }

    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const fs::path& directory) const override {
        if (const auto failure = end_failure(name(), exit)) {
            return *failure;
        }
        if (const auto failure = find_failure(options_.failures, directory)) {
            return *failure;
        }
        try {
            expect_success(options_.success, directory);
            AcceptedLabel label =
                read_label(options_.outputs, request, order_of(request.structure), directory);
            label.code_version = label.code_version.empty() ? "" : name() + " " + label.code_version;
            const Json& fine = options_.values.at("exit_codes_ok");
            if (std::find(fine.begin(), fine.end(), exit.code) == fine.end()) {
                return exit_code_failure(name(), exit);
            }
            return label;
        } catch (const Refusal& refusal) {
            return refusal.failure;
        }
    }

    // {"set": variables, "steps": {kind: remedies used up}}: each step of each list is tried once.
    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override {
        const std::string kind = to_string(failure.kind);
        const Json steps = options_.values.at("remedies").value(kind, Json::array());
        Json changes = attempt.changes;
        const std::size_t used = changes.value("steps", Json::object()).value(kind, std::size_t{0});
        if (used >= steps.size()) {
            return std::nullopt;
        }
        changes["steps"][kind] = used + 1;
        changes["set"].update(steps[used]);
        return changes;
    }

    std::optional<Json> spoiled() const override {
        const Json& spoil = options_.values.at("spoil");
        if (spoil.empty()) {
            return std::nullopt;
        }
        return Json{{"set", spoil}};
    }

  private:
    bool lacks(int number) const {
        const Json& elements = options_.values.at("elements");
        return !elements.empty() && !elements.contains(symbol(number));
    }

    void check_element(int number, std::vector<std::string>& problems) const {
        if (lacks(number)) {
            problems.push_back("no entry for " + symbol(number) + " (driver.elements has none) add it");
            return;
        }
        for (const InputFile& file : options_.files) {
            const fs::path path = file.kind == Kind::join ? joined_file(file, number) : fs::path();
            if (!path.empty() && !fs::is_regular_file(path)) {
                problems.push_back("file '" + path.string() + "' is not there (driver.elements." +
                                   symbol(number) + "." + file.column + ")");
            }
        }
    }

    fs::path joined_file(const InputFile& file, int number) const {
        return options_.values.at("elements").at(symbol(number)).at(file.column).get<std::string>();
    }

    std::vector<std::size_t> order_of(const Structure& structure) const {
        std::vector<std::size_t> order(structure.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        if (options_.text("atom_order") == "by_species") {
            const std::vector<int> species = species_of(structure);
            const auto place = [&](std::size_t atom) {
                return std::find(species.begin(), species.end(), structure.atomic_numbers[atom]);
            };
            std::stable_sort(order.begin(), order.end(),
                             [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
        }
        return order;
    }

    TemplateValues values_for(const LabelRequest& request, const Json& changes) const {
        TemplateValues values{request,
                              multiplicity_of(request),
                              order_of(request.structure),
                              species_of(request.structure),
                              options_.values.at("variables"),
                              options_.values.at("elements")};
        values.variables.update(changes.value("set", Json::object()));
        return values;
    }

    void write(const InputFile& file, const TemplateValues& values, const fs::path& to) const {
        make_directories(to.parent_path());
        std::string content;
        if (file.kind == Kind::text) {
            content = file.parsed.front().render(values);
        } else if (file.kind == Kind::copy) {
            content = read_file(file.from);
        } else {
            for (const int number : values.species) {
                content += read_file(joined_file(file, number));
            }
        }
        write_file_atomically(to, content);
    }

    Options options_;
};

// Words of the command with their placeholders as they stand: a variable for ranks may be a numerical one.
std::string Driver::fingerprint() const {
    Json physics{{"code", name()}};
    const Json& values = options_.values;
    for (const char* key : {"command", "energy", "forces", "stress", "success", "elements", "atom_order"}) {
        physics[key] = values.at(key);
    }
    physics["command"][0] = fs::path(physics["command"][0].get<std::string>()).filename().string();
    for (const auto& [variable, value] : values.at("variables").items()) {
        if (!options_.is_numerical(variable)) {
            physics["variables"][variable] = value;
        }
    }
    for (const InputFile& file : options_.files) {
        if (file.kind == Kind::text) {
            physics["files"][file.to] = file.sha256;
        } else if (file.kind == Kind::copy) {
            physics["files"][file.to] = hash_of(file.from);
        } else {
            for (auto& [element, row] : physics["elements"].items()) {
                row[file.column] = hash_of(row[file.column].get<std::string>());
            }
        }
    }
    return physics.dump();
}

}  // namespace

std::unique_ptr<LabelDriver> make_driver(const Json& config, const fs::path& base) {
    return std::make_unique<Driver>(options_from_json(config, base));
}

}  // namespace fibonaqi::text_template
