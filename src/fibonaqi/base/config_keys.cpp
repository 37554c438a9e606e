// The rows of a configuration schema.
#include <utility>

#include "fibonaqi/base/config_schema.hpp"

namespace fibonaqi {
namespace {

ConfigKey make(std::string path, ConfigKind kind, Json fallback, std::string help) {
    ConfigKey key;
    key.path = std::move(path);
    key.kind = kind;
    key.fallback = std::move(fallback);
    key.help = std::move(help);
    return key;
}

}  // namespace

ConfigKey& ConfigKey::between(double lower, double upper) {
    least = lower;
    most = upper;
    return *this;
}

ConfigKey& ConfigKey::at_least(double lower) {
    least = lower;
    return *this;
}

ConfigKey& ConfigKey::above(double lower) {
    least = lower;
    is_least_excluded = true;
    return *this;
}

ConfigKey& ConfigKey::one_of(std::vector<std::string> texts) {
    choices = std::move(texts);
    return *this;
}

ConfigKey& ConfigKey::items(std::size_t least_count) {
    least_items = least_count;
    return *this;
}

ConfigKey& ConfigKey::or_file() {
    may_be_file = true;
    return *this;
}

ConfigKey& ConfigKey::required() {
    is_required = true;
    return *this;
}

namespace config {

ConfigKey section(std::string path, std::string help) {
    return make(std::move(path), ConfigKind::section, Json::object(), std::move(help));
}

ConfigKey optional_section(std::string path, std::string help) {
    return make(std::move(path), ConfigKind::section, nullptr, std::move(help));
}

ConfigKey object(std::string path, Json fallback, std::string help) {
    return make(std::move(path), ConfigKind::object, std::move(fallback), std::move(help));
}

ConfigKey text(std::string path, Json fallback, std::string help) {
    return make(std::move(path), ConfigKind::text, std::move(fallback), std::move(help));
}

ConfigKey flag(std::string path, bool fallback, std::string help) {
    return make(std::move(path), ConfigKind::flag, fallback, std::move(help));
}

ConfigKey integer(std::string path, Json fallback, std::string help) {
    return make(std::move(path), ConfigKind::integer, std::move(fallback), std::move(help));
}

ConfigKey number(std::string path, Json fallback, std::string help) {
    return make(std::move(path), ConfigKind::number, std::move(fallback), std::move(help));
}

ConfigKey list(ConfigKind kind, std::string path, Json fallback, std::string help) {
    return make(std::move(path), kind, std::move(fallback), std::move(help));
}

}  // namespace config
}  // namespace fibonaqi
