// How noisy labels are: what they lose at cheaper settings, measured on a few frames against the densest
// setting of each axis, and which setting is good enough for a model of a given error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// The label of one frame at one value; empty where there is none.
struct ScanLabel {
    std::optional<Labels> labels;
    double cpu_seconds = 0.0;
};

/// Differences from the labels of the reference, over the frames that have both.
struct LabelNoise {
    std::size_t frames = 0;            ///< that were compared; 0: nothing below means anything
    double force_rmse_eV_per_A = 0.0;  ///< over all components
    double force_max_eV_per_A = 0.0;   ///< largest component
    /// Of the energy per atom: the mean difference, which a fine-tuning takes up in its E0 and learns nothing
    /// wrong from, and the standard deviation (n - 1) around it, which is the noise. Empty for one frame.
    double energy_offset_eV_per_atom = 0.0;
    std::optional<double> energy_spread_eV_per_atom = {};
    std::optional<double> stress_rmse_GPa = {};  ///< over nine components; empty where a label has no stress
    double cpu_seconds = 0.0;                    ///< of a label, mean over the frames that have one
};

/// Place i of both belongs to frame i.
LabelNoise label_noise(const std::vector<ScanLabel>& labels, const std::vector<ScanLabel>& reference);

/// One value of an axis.
struct MeasuredPoint {
    std::string value;
    std::string fingerprint;  ///< of the driver with it
    std::size_t failed = 0;   ///< frames without a label
    LabelNoise noise;
};

/// One axis, from sparse to dense; everything else as configured. The last point is the reference.
struct MeasuredAxis {
    std::string name, unit, own;
    std::vector<MeasuredPoint> points;

    /// A broken contract where own is none of the points.
    const MeasuredPoint& own_point() const;
};

/// Place of the value with the fewest CPU seconds among those whose force noise is at most `limit_eV_per_A`
/// and at which every frame has a label; the configured one, if it is among them and at most 5 % dearer. The
/// reference has no noise, so it is always good enough. Empty when there is no such value.
std::optional<std::size_t> recommended(const MeasuredAxis& axis, double limit_eV_per_A);

/// Whether the densest value but one is within the limit: only then has the axis been seen to converge.
bool is_converged(const MeasuredAxis& axis, double limit_eV_per_A);

/// Force noise of the settings that differ from the reference by a value on each axis [eV/angstrom]: the
/// root of the sum of squares. The errors of different settings are taken to be unrelated.
double combined_noise(const std::vector<double>& of_axes);

/// Labels of one driver by what they lose.
struct NoiseRecord {
    std::string driver;      ///< name of the code
    std::size_t frames = 0;  ///< that were labelled
    std::vector<MeasuredAxis> axes;
    /// The recommended values together; both empty where no error of a model was given.
    std::optional<double> limit_eV_per_A = {};
    std::string recommended_fingerprint = {};
};

/// docs/formats.md, "Label noise".
Json to_json(const NoiseRecord& record);

/// What a record says about the labels of a driver with this fingerprint: their force noise [eV/angstrom].
/// Known for the configuration that was scanned, for it with one value of one axis, and for the recommended
/// values together. Empty: measured with other settings. Throws FormatError naming `source`.
std::optional<double> force_noise_of(const Json& record, const std::string& fingerprint,
                                     const std::string& source);

}  // namespace fibonaqi
