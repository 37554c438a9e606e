#include "fibonaqi/model/m3gnet_layout.hpp"

#include <string>

#include "fibonaqi/model/gated_layout.hpp"

namespace fibonaqi {
namespace {

// What makes a message of the two atoms and the bond of an edge.
void add_update(ShapeList& shapes, const std::string& prefix, const M3GNetSizes& sizes, std::int64_t out) {
    const std::int64_t in = 2 * sizes.node_channels + sizes.edge_channels;
    for (const char* branch : {".layers.", ".gates."}) {
        const std::string layers = prefix + "_update_func" + branch;
        shapes.layer(layers + "0", in, sizes.units);
        shapes.layer(layers + "2", sizes.units, sizes.units);
        shapes.layer(layers + "4", sizes.units, out);
    }
    shapes.add(prefix + "_weight_func.weight", {out, sizes.radial()});
}

void add_block(ShapeList& shapes, const M3GNetSizes& sizes, const std::string& number) {
    const std::string angles = "three_body_interactions." + number + ".update_network_";
    shapes.layer(angles + "atom.layers.0", sizes.node_channels, sizes.angular());
    shapes.add(angles + "bond.layers.0.weight", {sizes.edge_channels, sizes.angular()});
    shapes.add(angles + "bond.gates.0.weight", {sizes.edge_channels, sizes.angular()});
    const std::string convolution = "graph_layers." + number + ".conv.";
    add_update(shapes, convolution + "edge", sizes, sizes.edge_channels);
    add_update(shapes, convolution + "node", sizes, sizes.node_channels);
}

}  // namespace

std::vector<NamedShape> m3gnet_parameters(const M3GNetSizes& sizes) {
    ShapeList shapes;
    shapes.add("embedding.layer_node_embedding.weight", {sizes.elements, sizes.node_channels});
    shapes.layer("embedding.layer_edge_embedding.layers.0", sizes.radial(), sizes.edge_channels);
    for (std::int64_t block = 0; block < sizes.blocks; ++block) {
        add_block(shapes, sizes, std::to_string(block));
    }
    shapes.append(gated_readout_parameters(sizes.node_channels, sizes.units));
    return shapes.all();
}

}  // namespace fibonaqi
