#include "fibonaqi/model/tensornet_layout.hpp"

#include "fibonaqi/model/gated_layout.hpp"

namespace fibonaqi {
namespace {

void add_norm(ShapeList& shapes, const std::string& prefix, std::int64_t columns) {
    shapes.add(prefix + ".weight", {columns});
    shapes.add(prefix + ".bias", {columns});
}

void add_mixers(ShapeList& shapes, const std::string& prefix, int count, std::int64_t channels) {
    for (int i = 0; i < count; ++i) {
        shapes.add(prefix + "linears_tensor." + std::to_string(i) + ".weight", {channels, channels});
    }
}

}  // namespace

std::vector<NamedShape> tensornet_parameters(const TensorNetSizes& sizes) {
    const std::int64_t channels = sizes.channels;
    ShapeList shapes;
    const std::string embedding = "tensor_embedding.";
    for (const char* part : {"1", "2", "3"}) {
        shapes.layer(embedding + "distance_proj" + part, sizes.basis_functions, channels);
    }
    shapes.add(embedding + "emb.weight", {sizes.elements, channels});
    shapes.layer(embedding + "emb2", 2 * channels, channels);
    add_mixers(shapes, embedding, 3, channels);
    shapes.layer(embedding + "linears_scalar.0", channels, 2 * channels);
    shapes.layer(embedding + "linears_scalar.1", 2 * channels, 3 * channels);
    add_norm(shapes, embedding + "init_norm", channels);
    for (std::int64_t i = 0; i < sizes.layers; ++i) {
        const std::string layer = "layers." + std::to_string(i) + ".";
        shapes.layer(layer + "linears_scalar.0", sizes.basis_functions, channels);
        shapes.layer(layer + "linears_scalar.1", channels, 2 * channels);
        shapes.layer(layer + "linears_scalar.2", 2 * channels, 3 * channels);
        add_mixers(shapes, layer, 6, channels);
    }
    add_norm(shapes, "out_norm", 3 * channels);
    shapes.layer("linear", 3 * channels, channels);
    shapes.append(gated_readout_parameters(channels, channels));
    return shapes.all();
}

Json tensornet_hyperparameters(const TensorNetSizes& sizes) {
    Json hyper{{"units", sizes.channels},
               {"nblocks", sizes.layers},
               {"rbf_type", "SphericalBessel"},
               {"use_smooth", true},
               {"max_n", sizes.basis_functions},
               {"activation_type", "swish"},
               {"equivariance_invariance_group", "O(3)"},
               {"last_layer", gated_last_layer}};
    hyper.update(record_of(tensornet_parameters(sizes)));
    return hyper;
}

}  // namespace fibonaqi
