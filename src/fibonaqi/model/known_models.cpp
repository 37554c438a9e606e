#include "fibonaqi/model/known_models.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

ModelSource sevenn_wheel(const std::string& checkpoint) {
    return {.kind = ModelSource::Kind::python_wheel,
            .location = "sevenn==0.13.0",
            .sha256 = "9378f7df2b75fe83274483a5f804790ae1023dd22ddeb6a48c1a03de97e22620",
            .member = "sevenn/pretrained_potentials/" + checkpoint};
}

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
        {
            .name = "sevennet-0",
            .description = "SevenNet-0 (11 July 2024): 89 elements, trained on the PBE (+U) data of MPtrj",
            .file_name = "checkpoint_sevennet_0.pth",
            .sha256 = "7052cb42b7b3be42b40b97fa0d21077a48c54b5548948fc4dcf346629f813c36",
            .bytes = 10'268'648,
            .licence = "MIT",
            .citation = "Y. Park et al., J. Chem. Theory Comput. 20, 4857 (2024)",
            .sources = {sevenn_wheel("SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth")},
        },
        {
            .name = "sevennet-l3i5",
            .description = "SevenNet-l3i5: as sevennet-0 with features up to l = 3; more accurate, slower",
            .file_name = "checkpoint_l3i5.pth",
            .sha256 = "a7ff190d41efe5b8317a03d20a468e4036a1a3e64e0b14fdbab64ac3f4bfc09d",
            .bytes = 14'345'754,
            .licence = "MIT",
            .citation = "Y. Park et al., J. Chem. Theory Comput. 20, 4857 (2024)",
            .sources = {sevenn_wheel("SevenNet_l3i5/checkpoint_l3i5.pth")},
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
