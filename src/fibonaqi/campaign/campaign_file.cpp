#include "fibonaqi/campaign/campaign_file.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

void make_paths_absolute(const fs::path& folder, Json& values) {
    Json& structure = values["system"]["structure"];
    if (structure.is_string()) {
        structure = (folder / structure.get<std::string>()).lexically_normal().string();
    }
    for (const char* key : {"replay", "forgetting"}) {
        Json& file = values["pretrained"][key];
        if (file.is_string()) {
            file = (folder / file.get<std::string>()).lexically_normal().string();
        }
    }
    if (values["label"].is_object() && values["label"]["noise"].is_string()) {
        Json& noise = values["label"]["noise"];
        noise = (folder / noise.get<std::string>()).lexically_normal().string();
    }
    Json& model = values["model"]["start"];
    if (!model.is_string()) {
        return;
    }
    const fs::path beside = folder / model.get<std::string>();
    std::error_code ignored;
    if (fs::is_regular_file(beside, ignored)) {  // else it is the name of an installed model
        model = beside.lexically_normal().string();
    }
}

// What has no default, and what makes the example a demonstration of minutes.
Json example_values(const std::string& name) {
    return {
        {"name", name},
        {"model", {{"start", "mace-mp-0-small"}}},
        {"system", {{"diamond", {{"element", "Si"}, {"a_A", 5.46}}}}},
        {"explore",
         {{"temperatures_K", {300, 900, 1500}},
          {"walkers_per_temperature", 2},
          {"timestep_fs", 2},
          {"steps", 1000},
          {"first_step", 100},
          {"harvest_every_steps", 40},
          {"strain_percent", 3}}},
        {"label",
         {{"driver",
           {{"type", "qe"},
            {"command", {"pw.x"}},
            {"pseudo_dir", "/usr/share/espresso/pseudo"},
            {"pseudopotentials", {{"Si", "Si.pbe-rrkj.UPF"}}},
            {"kpoints", {3, 3, 3}},
            {"input",
             {{"system",
               {{"ecutwfc", 24}, {"occupations", "smearing"}, {"smearing", "mv"}, {"degauss", 0.01}}}}}}}}},
        {"test_set", {{"frames", 24}, {"walkers_per_temperature", 2}}}};
}

}  // namespace

CampaignFile load_campaign(const fs::path& path, const ConfigSchema& schema) {
    CampaignFile file;
    file.path = path;
    file.text = read_file(path);
    file.checked = check_campaign(parse_json(file.text, path.string()), schema);
    make_paths_absolute(fs::absolute(path).parent_path(), file.checked.values);
    return file;
}

void expect_sound(const CampaignFile& file) {
    if (!file.checked.problems.empty()) {
        throw ConfigError(describe(file.checked.problems, file.text, file.path.string()));
    }
}

std::string example_campaign(const std::string& name, const ConfigSchema& schema) {
    return schema.example(example_values(name));
}

}  // namespace fibonaqi
