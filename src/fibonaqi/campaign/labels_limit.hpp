// Where the noise of labels, and no longer their number, limits what a model can learn.
#pragma once

#include <optional>
#include <string>

#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// A test error within this factor of the noise is mostly noise: of an error of 1.5 times it, 1.1 times it
/// would be left if labels were exact (errors add by their squares).
inline constexpr double limiting_factor = 1.5;

/// Name of the ledger's meta value that keeps the noise for readers of the campaign [eV/angstrom].
inline constexpr const char* label_noise_meta = "label_noise_eV_per_A";

/// Force noise of the campaign's labels [eV/angstrom], out of the record that label.noise names
/// (label/label_noise.hpp). Empty where none is named. Throws ConfigError where it was measured with other
/// settings than those of the driver, FileError, FormatError.
std::optional<double> noise_of_labels(const CampaignOptions& options, const LabelDriver& driver);

/// "Labels limit learning: ..." where a model of this force error [eV/angstrom] is within limiting_factor of
/// the noise, else "". Numbers that are not known may be NaN.
std::string limit_sentence(double force_error_eV_per_A, double noise_eV_per_A);

}  // namespace fibonaqi
