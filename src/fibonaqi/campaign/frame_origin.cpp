#include "fibonaqi/campaign/frame_origin.hpp"

#include <cmath>

namespace fibonaqi {

std::optional<double> number_of(const Frame& frame, const std::string& key) {
    const auto found = frame.info.find(key);
    if (found == frame.info.end()) {
        return std::nullopt;
    }
    if (const long* whole = std::get_if<long>(&found->second)) {
        return static_cast<double>(*whole);
    }
    const double* real = std::get_if<double>(&found->second);
    return real == nullptr ? std::nullopt : std::optional(*real);
}

std::string text_of(const Frame& frame, const std::string& key) {
    const auto found = frame.info.find(key);
    const std::string* text = found == frame.info.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? "" : *text;
}

LabelOrigin origin_of(const Frame& frame, int cycle) {
    const auto whole = [&](const std::string& key) {
        return static_cast<std::int64_t>(std::llround(number_of(frame, key).value_or(-1.0)));
    };
    LabelOrigin origin;
    origin.cycle = cycle;
    origin.walker = static_cast<int>(whole("walker"));
    origin.step = whole("step");
    origin.temperature_K = number_of(frame, "target_temperature_K").value_or(0.0);
    origin.purpose = cycle == 0 ? "test" : "train";
    origin.order = static_cast<int>(whole("selection_order"));
    origin.score = number_of(frame, "selection_score");
    return origin;
}

}  // namespace fibonaqi
