// Input texts with placeholders: {{natoms}}, {{cell.0.1|bohr}}, {{#atoms}}{{symbol}} {{x|.10f}}{{/atoms}}.
//
// No code, no conditions: what a text needs beyond this belongs in a program of its own (type "external").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::text_template {

/// Names that a text may use beside the fixed ones: {{var.NAME}} and, inside a section, {{element.NAME}}.
struct TemplateNames {
    std::vector<std::string> variables;
    std::vector<std::string> element_columns;
};

/// What the placeholders stand for.
struct TemplateValues {
    const LabelRequest& request;
    int multiplicity = 1;            ///< 2 S + 1, of the request or the lowest possible
    std::vector<std::size_t> order;  ///< {{#atoms}} goes through the atoms in this order
    std::vector<int> species;        ///< atomic numbers that {{#species}} goes through
    Json variables;                  ///< name -> text or number
    Json elements;                   ///< symbol -> {name: text or number}
};

/// Part of a text between placeholders, one placeholder, or a section with its inside.
struct TemplatePiece {
    enum class Kind { literal, value, section };
    Kind kind = Kind::literal;
    std::string text;                          ///< literal: as is; else the name
    std::vector<std::string> filters = {};     ///< "bohr", ".10f", in the order given
    std::vector<TemplatePiece> children = {};  ///< of a section
};

class TemplateText {
  public:
    /// Reads a text; `source` names it in messages. Throws ConfigError "source:line: ..." for a name, section
    /// or filter that is not known, and for a bracket that is not closed.
    TemplateText(std::string_view text, const std::string& source, const TemplateNames& names);

    /// Numbers are written whatever the locale is, without a format as the shortest text that reads back as
    /// the same double; lengths are in angstrom unless a filter says bohr. Throws DriverError for a number
    /// that is not finite, or no whole one where the format is d.
    std::string render(const TemplateValues& values) const;

  private:
    std::vector<TemplatePiece> pieces_;
};

}  // namespace fibonaqi::text_template
