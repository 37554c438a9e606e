#include "fibonaqi/model/script_description.hpp"

#include <algorithm>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/model/import_steps.hpp"
#include "fibonaqi/model/program_trust.hpp"

namespace fibonaqi {
namespace {

using Problems = std::vector<ConfigProblem>;

std::vector<ConfigKey> description_keys() {
    using namespace config;
    return {
        text("name", "", "of the model, for people; empty: that of the file"),
        list(ConfigKind::texts, "elements", nullptr,
             "chemical symbols, in the order of the numbers that forward() gets for them: the first is 0")
            .required()
            .items(1),
        number("cutoff_A", nullptr, "pairs of atoms nearer than this are edges [angstrom]")
            .required()
            .above(0)
            .between(0, 100),
        text("last_layer", nullptr,
             "path of the weight that the energy is linear in, inside the module, such as readout.weight")
            .required(),
        integer("layers", 1, "message-passing layers").between(1, 64),
        object("e0_eV", Json::object(),
               "energy per element that forward() leaves out, such as {\"Si\": -7.2} [eV]; 0 where absent"),
        text("licence", "", "of the potential"),
        text("citation", "", "of the potential"),
    };
}

void read_elements(const Json& values, ModelCard& card, Problems& problems) {
    for (const Json& element : values.at("elements")) {
        const std::string name = element.get<std::string>();
        const std::optional<int> number = atomic_number(name);
        if (!number) {
            problems.push_back(
                {"/elements", "no element has the symbol '" + name + "' write them like \"Si\", \"O\""});
        } else if (std::find(card.species.begin(), card.species.end(), *number) != card.species.end()) {
            problems.push_back(
                {"/elements", "'" + name + "' is listed twice (each has one number) once is enough"});
        } else {
            card.species.push_back(*number);
        }
    }
    card.e0.assign(card.species.size(), 0.0);
}

void read_e0(const Json& values, ModelCard& card, Problems& problems) {
    std::vector<std::string> known;
    for (const int number : card.species) {
        known.push_back(symbol(number));
    }
    for (const auto& [name, energy] : values.at("e0_eV").items()) {
        const auto found = std::find(known.begin(), known.end(), name);
        if (found == known.end()) {
            problems.push_back(
                {"/e0_eV/" + name, "'" + name + "' is none of the 'elements'" + suggestion(name, known)});
        } else if (!energy.is_number()) {
            problems.push_back(
                {"/e0_eV/" + name, energy.dump() + " is no number (an energy in eV is expected)"});
        } else {
            card.e0[static_cast<std::size_t>(found - known.begin())] = energy.get<double>();
        }
    }
}

StoredTensor tensor_of(std::string_view bytes) {
    StoredTensor tensor;
    tensor.type = TensorType::uint8;
    tensor.shape = {static_cast<std::int64_t>(bytes.size())};
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    tensor.data.assign(begin, begin + bytes.size());
    return tensor;
}

}  // namespace

const ConfigSchema& script_description_schema() {
    static const ConfigSchema schema("Description of a TorchScript potential, beside its file.",
                                     description_keys());
    return schema;
}

ModelFile described_script(std::string_view program, const std::string& source, std::string_view description,
                           const std::string& name) {
    CheckedConfig checked = script_description_schema().check(parse_json(description, name));
    ModelFile model;
    if (checked.problems.empty()) {
        read_elements(checked.values, model.card, checked.problems);
        read_e0(checked.values, model.card, checked.problems);
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, description, name));
    }
    const Json& values = checked.values;
    ImportOptions origin;
    for (const char* key : {"licence", "citation"}) {
        if (const std::string text = values.at(key).get<std::string>(); !text.empty()) {
            origin.provenance[key] = text;
        }
    }
    const std::string stem = std::filesystem::path(source).stem().string();
    const std::string given = values.at("name").get<std::string>();
    model.card.name = given.empty() ? stem : given;
    model.card.architecture = script_architecture;
    model.card.hyperparameters = Json{{script_last_layer, values.at("last_layer")}};
    model.card.cutoff = values.at("cutoff_A").get<double>();
    model.card.layers = values.at("layers").get<int>();
    model.card.dtype = "float64";
    record_origin(model, program, source, origin);
    model.tensors[program_tensor] = tensor_of(program);
    return model;
}

Json description_of(const ModelCard& card) {
    Json description{{"name", card.name}, {"elements", Json::array()}, {"cutoff_A", card.cutoff}};
    description["layers"] = card.layers;
    description["last_layer"] = card.hyperparameters.at(script_last_layer);
    for (std::size_t i = 0; i < card.species.size(); ++i) {
        description["elements"].push_back(symbol(card.species[i]));
        description["e0_eV"][symbol(card.species[i])] = card.e0[i];
    }
    for (const char* key : {"licence", "citation"}) {
        if (card.provenance.is_object() && card.provenance.contains(key)) {
            description[key] = card.provenance.at(key);
        }
    }
    return description;
}

}  // namespace fibonaqi
