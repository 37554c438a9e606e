#include "dft_drivers/common/plane_wave_config.hpp"

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"

#include "dft_drivers/common/driver_config.hpp"

namespace fibonaqi {

std::map<std::string, std::string> pseudopotential_files(const Json& given, const std::string& forbidden) {
    std::map<std::string, std::string> files;
    for (const auto& [symbol, file] : given.items()) {
        if (!atomic_number(symbol)) {
            refuse_key("pseudopotentials." + symbol, "is not a chemical symbol");
        }
        if (!file.is_string() || file.get<std::string>().empty() ||
            file.get<std::string>().find_first_of(forbidden) != std::string::npos) {
            refuse_key("pseudopotentials." + symbol,
                       "is not a file name (" + file.dump() + "; it must lie in pseudo_dir)");
        }
        files[symbol] = file.get<std::string>();
    }
    return files;
}

Json pseudopotential_hashes(const std::filesystem::path& folder,
                            const std::map<std::string, std::string>& files) {
    Json hashes;
    for (const auto& [element, file] : files) {
        try {
            hashes[element] = sha256_of_file(folder / file);
        } catch (const FileError& error) {
            throw DriverError("pseudopotential of " + element + ": " + error.what());
        }
    }
    return hashes;
}

void expect_one_mesh(const Json& values) {
    if (values.at("kpoints").is_null() == values.at("kspacing_per_A").is_null()) {
        refuse_key("kpoints",
                   "exactly one of kpoints and kspacing_per_A is needed (the mesh decides the accuracy) "
                   "for example \"kpoints\": [3, 3, 3]");
    }
}

}  // namespace fibonaqi
