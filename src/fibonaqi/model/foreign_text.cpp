#include "fibonaqi/model/foreign_text.hpp"

#include <algorithm>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t longest_shown = 80;

}  // namespace

std::string shown(std::string_view text) {
    std::string clean(text.substr(0, longest_shown));
    std::replace_if(
        clean.begin(), clean.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
    return text.size() > longest_shown ? clean + "..." : clean;
}

std::string as_utf8(const std::string& text) {
    return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace fibonaqi
