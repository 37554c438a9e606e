#include "fibonaqi/select/selection.hpp"

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {

std::string to_string(SelectionReason reason) {
    switch (reason) {
        case SelectionReason::complete:
            return "complete";
        case SelectionReason::residual_exhausted:
            return "residual_exhausted";
        case SelectionReason::scores_exhausted:
            return "scores_exhausted";
        case SelectionReason::pool_exhausted:
            return "pool_exhausted";
        case SelectionReason::bypassed:
            return "bypassed";
    }
    FIBONAQI_EXPECT(false);
}

}  // namespace fibonaqi
