#include "fibonaqi/model/tensornet_layout.hpp"

#include "fibonaqi/model/gated_layout.hpp"

namespace fibonaqi {
namespace {

class ShapeList {
  public:
    void add(const std::string& name, std::vector<std::int64_t> shape) {
        list.push_back({name, std::move(shape)});
    }
    void layer(const std::string& prefix, std::int64_t in, std::int64_t out) {
        add(prefix + ".weight", {out, in});
        add(prefix + ".bias", {out});
    }
    void norm(const std::string& prefix, std::int64_t columns) {
        add(prefix + ".weight", {columns});
        add(prefix + ".bias", {columns});
    }
    void mixers(const std::string& prefix, int count, std::int64_t channels) {
        for (int i = 0; i < count; ++i) {
            add(prefix + "linears_tensor." + std::to_string(i) + ".weight", {channels, channels});
        }
    }

    std::vector<NamedShape> list;
};

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
    shapes.mixers(embedding, 3, channels);
    shapes.layer(embedding + "linears_scalar.0", channels, 2 * channels);
    shapes.layer(embedding + "linears_scalar.1", 2 * channels, 3 * channels);
    shapes.norm(embedding + "init_norm", channels);
    for (std::int64_t i = 0; i < sizes.layers; ++i) {
        const std::string layer = "layers." + std::to_string(i) + ".";
        shapes.layer(layer + "linears_scalar.0", sizes.basis_functions, channels);
        shapes.layer(layer + "linears_scalar.1", channels, 2 * channels);
        shapes.layer(layer + "linears_scalar.2", 2 * channels, 3 * channels);
        shapes.mixers(layer, 6, channels);
    }
    shapes.norm("out_norm", 3 * channels);
    shapes.layer("linear", 3 * channels, channels);
    for (NamedShape& shape : gated_readout_parameters(channels, channels)) {
        shapes.list.push_back(std::move(shape));
    }
    return shapes.list;
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
