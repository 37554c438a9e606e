#include "fibonaqi/model/known_models.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

const std::vector<KnownModel>& table() {
    static const std::vector<KnownModel> models = {
        {
            .name = "mace-mp-0-small",
            .description =
                "MACE-MP-0 small: 89 elements, trained on PBE (+U) relaxations of the Materials Project",
            .file_name = "2023-12-10-mace-128-L0_energy_epoch-249.model",
            .sha256 = "2ddb079cee0e131eaaf6912ba581b394551ead283e95c99cfe78c605d10b5736",
            .bytes = 32'581'838,
            .licence = "MIT",
            .citation =
                "I. Batatia et al., A foundation model for atomistic materials chemistry, arXiv:2401.00096",
            .sources = {{.kind = ModelSource::Kind::url,
                         .location =
                             "https://github.com/ACEsuit/mace-foundations/releases/download/mace_mp_0/"
                             "2023-12-10-mace-128-L0_energy_epoch-249.model",
                         .sha256 = "",
                         .member = ""},
                        {.kind = ModelSource::Kind::python_sdist,
                         .location = "janus_core==0.7.2",
                         .sha256 = "d337272023fa1badc8ed93c34e7bb4b5e1257e726238dc986a03115c64c5eb7b",
                         .member = "janus_core-0.7.2/tests/models/mace_mp_small.model"}},
        },
    };
    return models;
}

}  // namespace

std::span<const KnownModel> known_models() {
    return table();
}

const KnownModel& known_model(const std::string& name) {
    const auto found = std::find_if(table().begin(), table().end(),
                                    [&](const KnownModel& model) { return model.name == name; });
    if (found == table().end()) {
        std::vector<std::string> names;
        for (const KnownModel& model : table()) {
            names.push_back(model.name);
        }
        throw ConfigError("no known model is named '" + name + "'" + suggestion(name, names));
    }
    return *found;
}

}  // namespace fibonaqi
