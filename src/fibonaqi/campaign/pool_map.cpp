#include "fibonaqi/campaign/pool_map.hpp"

#include <map>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

Json map_in(const Json& result, int cycle) {
    const Json& drawn = result.at("map");
    const Json& candidates = drawn.at("candidates");
    std::map<std::uint64_t, std::size_t> place_of;
    for (std::size_t i = 0; i < candidates.at("id").size(); ++i) {
        place_of[candidates.at("id")[i].get<std::uint64_t>()] = i;
    }
    Json map{{"cycle", cycle}, {"variance_shares", drawn.at("variance_shares")}, {"of", drawn.at("of")}};
    map["candidates"] = candidates;
    map["candidates"].erase("id");
    map["picks"] = Json{{"order", Json::array()}, {"x", Json::array()}, {"y", Json::array()}};
    for (const Json& pick : result.at("picks")) {
        const auto found = place_of.find(pick.at("id").get<std::uint64_t>());
        if (found != place_of.end()) {
            map["picks"]["order"].push_back(pick.at("order"));
            map["picks"]["x"].push_back(candidates.at("x").at(found->second));
            map["picks"]["y"].push_back(candidates.at("y").at(found->second));
        }
    }
    map["labelled"] = drawn.at("labelled");
    return map;
}

}  // namespace

Json pool_map(const CampaignLayout& layout, int cycle) {
    const std::filesystem::path file = task_files(layout.select(cycle)).result;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return nullptr;
    }
    try {
        const Json result = read_json(file);
        return result.value("map", Json(nullptr)).is_object() ? map_in(result, cycle) : Json(nullptr);
    } catch (const Error&) {
        return nullptr;  // somebody tidied up: the report goes without this picture
    } catch (const Json::exception&) {
        return nullptr;
    }
}

}  // namespace fibonaqi
