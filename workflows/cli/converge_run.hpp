// Labels of a few frames at the values of each axis: what `fibonaqi driver converge` measures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/label/label_driver.hpp"
#include "fibonaqi/label/label_noise.hpp"

#include "workflows/cli/label_run.hpp"

namespace fibonaqi::cli {

/// One value of an axis, with the driver that computes it.
struct PlannedPoint {
    ScanPoint point;
    std::unique_ptr<LabelDriver> driver;
    std::string fingerprint;
};

/// One axis: points from sparse to dense, all different, at least two, what is configured among them.
struct PlannedAxis {
    ScanAxis axis;
    std::vector<PlannedPoint> points;
};

/// The axes to scan. `wanted` holds texts "name" and "name=value,value,..."; empty: all axes of the driver. A
/// name that is none of them may be the path of a number in the driver's configuration
/// ("input.system.ecutrho"), with values that rise or fall towards the dense end. Throws ConfigError.
std::vector<PlannedAxis> plan_axes(const LabelDriver& driver, const Structure& example,
                                   const std::vector<std::string>& wanted);

/// Labels all frames at all points, each label once. Throws as label_frames and expect_complete; what is
/// labelled then is kept, and the next call goes on.
std::vector<MeasuredAxis> measure(const std::vector<PlannedAxis>& axes, const std::vector<Frame>& frames,
                                  const LabelRunOptions& options);

/// The driver's configuration with the recommended value of every axis, and only what that changes of it (an
/// empty object: nothing).
struct Recommendation {
    Json configuration, changed;
};
Recommendation recommendation(const LabelDriver& driver, const std::vector<PlannedAxis>& planned,
                              const std::vector<MeasuredAxis>& measured, double limit_eV_per_A);

}  // namespace fibonaqi::cli
