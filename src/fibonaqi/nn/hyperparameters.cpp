#include "fibonaqi/nn/hyperparameters.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {

void HyperparameterReader::fail(const std::string& problem) const {
    throw ModelError("model '" + card_.name + "': " + problem);
}

void HyperparameterReader::refuse(const std::string& feature) const {
    const std::string& architecture = card_.architecture;
    const std::string name = architecture == "mace"        ? "MACE"
                             : architecture == "nequip"    ? "NequIP"
                             : architecture == "tensornet" ? "TensorNet"
                             : architecture == "m3gnet"    ? "M3GNet"
                                                           : architecture;
    throw ModelError("model '" + card_.name + "' needs " + feature + " (this program's " + name +
                         " does not have it) take a model without",
                     ExitCode::usage);
}

void HyperparameterReader::senseless(const char* key, const Json& value) const {
    fail(std::string("hyperparameter '") + key + "' has the senseless value " + value.dump());
}

const Json& HyperparameterReader::member(const char* key) const {
    if (!has(key)) {
        fail(std::string("hyperparameter '") + key + "' is missing");
    }
    return card_.hyperparameters[key];
}

double HyperparameterReader::number(const char* key, const Json& value) const {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        senseless(key, value);
    }
    return value.get<double>();
}

std::int64_t HyperparameterReader::integer(const char* key, const Json& value, std::int64_t least,
                                           std::int64_t most) const {
    if (!value.is_number_integer() || value < least || value > most) {
        senseless(key, value);
    }
    return value.get<std::int64_t>();
}

bool HyperparameterReader::flag_or(const char* key, bool otherwise) const {
    if (!has(key)) {
        return otherwise;
    }
    if (!member(key).is_boolean()) {
        senseless(key, member(key));
    }
    return member(key).get<bool>();
}

std::string HyperparameterReader::text(const char* key) const {
    if (!member(key).is_string()) {
        senseless(key, member(key));
    }
    return member(key).get<std::string>();
}

std::string HyperparameterReader::text_or(const char* key, const std::string& otherwise) const {
    return has(key) ? text(key) : otherwise;
}

std::string HyperparameterReader::one_of(const char* key, const std::vector<std::string>& texts) const {
    std::string value = text_or(key, texts.front());
    if (std::find(texts.begin(), texts.end(), value) == texts.end()) {
        senseless(key, member(key));
    }
    return value;
}

}  // namespace fibonaqi::nn
