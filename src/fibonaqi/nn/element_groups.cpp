#include "fibonaqi/nn/element_groups.hpp"

namespace fibonaqi::nn {

ElementGroups group_by_element(const at::Tensor& element) {
    ElementGroups groups;
    std::tie(groups.present, groups.row) = at::_unique(element, /*sorted=*/true, /*return_inverse=*/true);
    for (std::int64_t k = 0; k < groups.size(); ++k) {
        groups.atoms.push_back(at::nonzero(groups.row == k).squeeze(1));
    }
    if (groups.size() > 0) {
        groups.place = at::argsort(at::cat(groups.atoms, 0));
    }
    return groups;
}

at::Tensor spread(const at::Tensor& values, const ElementGroups& groups) {
    return values.index_select(0, groups.row);
}

}  // namespace fibonaqi::nn
