#include "fibonaqi/model/gated_layout.hpp"

#include <string>

namespace fibonaqi {

std::vector<NamedShape> gated_readout_parameters(std::int64_t features, std::int64_t units) {
    std::vector<NamedShape> shapes;
    const auto layer = [&shapes](const std::string& prefix, std::int64_t in, std::int64_t out) {
        shapes.push_back({prefix + ".weight", {out, in}});
        shapes.push_back({prefix + ".bias", {out}});
    };
    const std::int64_t widths[] = {features, features, units, units};
    for (int i = 0; i < 3; ++i) {  // activations have numbers too
        const std::string number = std::to_string(2 * i);
        layer("final_layer.gated.layers." + number, widths[i], widths[i + 1]);
        layer("final_layer.gated.gates." + number, widths[i], widths[i + 1]);
    }
    layer("final_layer.gated.gates.6", units, 1);
    shapes.push_back({gated_last_layer, {units + 1}});
    return shapes;
}

}  // namespace fibonaqi
