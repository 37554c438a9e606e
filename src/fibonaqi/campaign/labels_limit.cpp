#include "fibonaqi/campaign/labels_limit.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/label/label_noise.hpp"

namespace fibonaqi {

std::optional<double> noise_of_labels(const CampaignOptions& options, const LabelDriver& driver) {
    if (options.label.noise.empty()) {
        return std::nullopt;
    }
    const auto noise =
        force_noise_of(read_json(options.label.noise), driver.fingerprint(), options.label.noise);
    if (!noise) {
        throw ConfigError("label.noise: '" + options.label.noise +
                          "' was measured with other settings than those of label.driver (the noise of these "
                          "labels is not known) run 'fibonaqi driver converge' with them, or leave it out");
    }
    return noise;
}

std::string limit_sentence(double force_error_eV_per_A, double noise_eV_per_A) {
    if (!(noise_eV_per_A > 0.0) || !(force_error_eV_per_A <= limiting_factor * noise_eV_per_A)) {
        return "";
    }
    char text[240];
    std::snprintf(text, sizeof text,
                  "Labels limit learning: the force error of %.3g eV/A is within %.1f times the noise of the "
                  "labels (%.3g eV/A); denser settings of the code help more than further labels.",
                  force_error_eV_per_A, limiting_factor, noise_eV_per_A);
    return text;
}

}  // namespace fibonaqi
