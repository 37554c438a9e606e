#include "dft_drivers/common/electrons.hpp"

#include <cmath>
#include <string>

namespace fibonaqi {

std::optional<LabelFailure> electron_problem(const LabelRequest& request, int neutral_electrons,
                                             int multiplicity) {
    if (request.charge != std::round(request.charge)) {
        return LabelFailure{FailureKind::charge,
                            "the charge " + std::to_string(request.charge) + " is no whole number"};
    }
    const long electrons = neutral_electrons - std::lround(request.charge);
    const long unpaired = multiplicity - 1;
    if (electrons < 1 || unpaired < 0 || unpaired > electrons || (electrons - unpaired) % 2 != 0) {
        return LabelFailure{FailureKind::charge,
                            "multiplicity " + std::to_string(multiplicity) + " with " +
                                std::to_string(electrons) +
                                " electrons (driver.multiplicity, or that of the structure)"};
    }
    return std::nullopt;
}

}  // namespace fibonaqi
