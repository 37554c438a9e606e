#include <map>

#include "fibonaqi/base/error.hpp"

#include "force.h"
#include "lammps.h"
#include "lammps_plugin/fix_fibonaqi.h"
#include "lammps_plugin/pair_fibonaqi.h"
#include "lammps_plugin/style_services.hpp"
#include "library.h"
#include "modify.h"

namespace fibonaqi::lammps {
namespace {

// The constructors of styles get the instance and nothing else, so the services are found by it.
std::map<const void*, StyleServices>& table() {
    static std::map<const void*, StyleServices> services;
    return services;
}

LAMMPS_NS::Pair* create_pair(LAMMPS_NS::LAMMPS* lammps) {
    return new LAMMPS_NS::PairFibonaqi(lammps);
}

LAMMPS_NS::Fix* create_fix(LAMMPS_NS::LAMMPS* lammps, int argument_count, char** arguments) {
    return new LAMMPS_NS::FixFibonaqi(lammps, argument_count, arguments);
}

}  // namespace

void register_styles(void* lammps, StyleServices services) {
    const int version = lammps_version(lammps);
    if (version != FIBONAQI_LAMMPS_VERSION) {
        throw ExploreError("liblammps is of " + std::to_string(version) + ", the styles were compiled for " +
                           std::to_string(FIBONAQI_LAMMPS_VERSION) +
                           " (another library was loaded) build again");
    }
    auto* instance = static_cast<LAMMPS_NS::LAMMPS*>(lammps);
    (*instance->force->pair_map)["fibonaqi"] = &create_pair;
    (*instance->modify->fix_map)["fibonaqi"] = &create_fix;
    table()[lammps] = std::move(services);
}

void unregister_styles(void* lammps) {
    table().erase(lammps);
}

const StyleServices* services_of(const void* lammps) {
    const auto found = table().find(lammps);
    return found == table().end() ? nullptr : &found->second;
}

}  // namespace fibonaqi::lammps
