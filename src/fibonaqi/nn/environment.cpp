#include "fibonaqi/nn/environment.hpp"

namespace fibonaqi::nn {

EdgeEnds edge_ends(const NodeFeatures& features, const Environment& environment) {
    return {features.row.defined() ? features.row.index_select(0, environment.sender) : environment.sender,
            environment.receiver, features.blocks[0].size(1), environment.atoms()};
}

BlockFeatures spread_rows(BlockFeatures features, const Environment& environment) {
    for (at::Tensor& block : features) {
        block = block.index_select(1, environment.elements.row);
    }
    return features;
}

}  // namespace fibonaqi::nn
