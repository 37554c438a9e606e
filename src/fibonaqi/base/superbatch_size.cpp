#include "fibonaqi/base/superbatch_size.hpp"

#include <cmath>
#include <cstdio>
#include <string>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr double relative_tolerance = 1e-9;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return text;
}

std::string allowed(std::size_t batch, double omega) {
    return number(static_cast<double>(batch) / omega) + " (superbatch of " + number(omega) + ")";
}

}  // namespace

SuperbatchSize superbatch_size(std::size_t batch, double ratio) {
    if (batch == 0) {
        throw ConfigError("batch is 0 (nothing would be selected) use a batch of at least 1");
    }
    if (!(ratio > 0.0 && ratio <= 1.0)) {
        throw ConfigError("ratio is " + number(ratio) +
                          " (it must be above 0 and at most 1) use for example " +
                          allowed(batch, 10.0 * static_cast<double>(batch)));
    }
    const double omega = static_cast<double>(batch) / ratio;
    const double whole = std::round(omega);
    if (omega > 1e9) {
        throw ConfigError("ratio is " + number(ratio) +
                          " (a superbatch of more than 1e9 frames) use a larger one");
    }
    if (std::abs(omega - whole) > relative_tolerance * omega) {
        throw ConfigError("ratio " + number(ratio) + " with batch " + std::to_string(batch) +
                          " gives a superbatch of " + number(omega) +
                          " frames (must be a whole number) use ratio " + allowed(batch, std::floor(omega)) +
                          " or " + allowed(batch, std::ceil(omega)));
    }
    return {batch, static_cast<std::size_t>(whole)};
}

}  // namespace fibonaqi
