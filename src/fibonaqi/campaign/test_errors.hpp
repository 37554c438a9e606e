// Errors on the held-out set, and the numbers behind them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Sum over the atoms of `e0_shift` [eV per atom of the symbol]; what is no number there counts as 0.
double e0_shift_of(const Structure& structure, const Json& e0_shift);

/// Labelled frames and what a model says about them, in the same order.
struct TestComparison {
    std::vector<Frame> frames;
    std::vector<Prediction> predictions;
};

/// Reads both files and adds `e0_shift` [eV per atom of the symbol] to the predicted energies. Throws
/// FormatError when the files do not belong together.
TestComparison compare_test_set(const std::string& test_file, const std::string& prediction_file,
                                const Json& e0_shift);

/// {"force_rmse_eV_per_A", "energy_rmse_eV_per_atom", "groups": {"300 K": force rmse}}
Json error_record(const TestComparison& comparison);

/// The numbers themselves, for the report's parity plots (docs/formats.md, "Campaign summary").
Json parity_record(const TestComparison& comparison, const std::string& model);

}  // namespace fibonaqi
