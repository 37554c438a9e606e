#include "dft_drivers/builtin_drivers.hpp"

#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "dft_drivers/abinit/driver.hpp"
#include "dft_drivers/ase/driver.hpp"
#include "dft_drivers/cp2k/driver.hpp"
#include "dft_drivers/external/driver.hpp"
#include "dft_drivers/model/driver.hpp"
#include "dft_drivers/nwchem/driver.hpp"
#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/template/driver.hpp"
#include "dft_drivers/xtb/driver.hpp"

namespace fibonaqi {
namespace {

using Maker = std::unique_ptr<LabelDriver> (*)(const Json&, const std::filesystem::path&);

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> list{{"abinit", &abinit::make_driver},
                                                   {"ase", &ase::make_driver},
                                                   {"cp2k", &cp2k::make_driver},
                                                   {"external", &external::make_driver},
                                                   {"model", &model_teacher::make_driver},
                                                   {"nwchem", &nwchem::make_driver},
                                                   {"qe", &quantum_espresso::make_driver},
                                                   {"template", &text_template::make_driver},
                                                   {"xtb", &xtb::make_driver}};
    return list;
}

}  // namespace

std::vector<std::string> driver_types() {
    std::vector<std::string> types;
    for (const auto& [type, maker] : makers()) {
        types.push_back(type);
    }
    return types;
}

std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base) {
    if (!config.is_object() || !config.contains("type") || !config["type"].is_string()) {
        throw ConfigError("driver.type: is missing (it names the code), for example \"type\": \"qe\"");
    }
    const std::string type = config["type"].get<std::string>();
    const auto maker = makers().find(type);
    if (maker == makers().end()) {
        throw ConfigError("driver.type: '" + type + "' is not a known driver;" +
                          suggestion(type, driver_types()));
    }
    return maker->second(config, base);
}

}  // namespace fibonaqi
