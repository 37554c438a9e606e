// The names that placeholders may have, and the text that stands in their place.
#pragma once

#include <string>
#include <vector>

#include "dft_drivers/template/template_text.hpp"

namespace fibonaqi::text_template {

/// Where in a text a placeholder stands: outside of sections, or in pass `index` (from 0) of one.
struct TemplatePlace {
    std::string section = {};  ///< "", "atoms" or "species"
    std::size_t index = 0;
};

/// All names that are allowed in this section ("" is outside).
std::vector<std::string> known_names(const TemplateNames& names, const std::string& section);

/// Why a filter cannot be used on this name, or is none: "bohr" and "angstrom" are for lengths; formats are
/// those of printf, [width][.digits] and one of d, e, f. Empty: it can.
std::string filter_problem(const std::string& filter, const std::string& name, const std::string& section);

/// Value of a placeholder with its filters. Throws DriverError as TemplateText::render.
std::string value_text(const std::string& name, const std::vector<std::string>& filters,
                       const TemplateValues& values, const TemplatePlace& place);

}  // namespace fibonaqi::text_template
