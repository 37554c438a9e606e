// The measured noise of labels for people: tables, sentences, a picture.
#pragma once

#include <string>

#include "fibonaqi/label/label_noise.hpp"

namespace fibonaqi::cli {

/// One table per axis: differences from its densest value, CPU seconds of a label, and which value is
/// configured, recommended (where the record has a limit) and the reference.
std::string noise_tables(const NoiseRecord& record);

/// What the limit means for each axis: the recommended value, or that the axis has not been seen to converge.
/// "" where the record has no limit.
std::string noise_advice(const NoiseRecord& record);

/// Force noise against CPU seconds of a label, one line per axis, as an .svg file; "" where nothing can be
/// drawn.
std::string noise_picture(const NoiseRecord& record);

}  // namespace fibonaqi::cli
