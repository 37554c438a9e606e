#include "fibonaqi/base/number_text.hpp"

#include <cstdio>

namespace fibonaqi {

std::string number_text(const Json& value, const char* format, double factor) {
    if (!value.is_number()) {
        return "-";
    }
    char text[48];
    std::snprintf(text, sizeof text, format, factor * value.get<double>());
    return text;
}

}  // namespace fibonaqi
