#include "fibonaqi/model/gated_layout.hpp"

#include <string>

namespace fibonaqi {

std::vector<NamedShape> gated_readout_parameters(std::int64_t features, std::int64_t units) {
    ShapeList shapes;
    const std::int64_t widths[] = {features, features, units, units};
    for (int i = 0; i < 3; ++i) {  // activations have numbers too
        const std::string number = std::to_string(2 * i);
        shapes.layer("final_layer.gated.layers." + number, widths[i], widths[i + 1]);
        shapes.layer("final_layer.gated.gates." + number, widths[i], widths[i + 1]);
    }
    shapes.layer("final_layer.gated.gates.6", units, 1);
    shapes.add(gated_last_layer, {units + 1});
    return shapes.all();
}

}  // namespace fibonaqi
