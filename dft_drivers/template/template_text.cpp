#include "dft_drivers/template/template_text.hpp"

#include <algorithm>
#include <array>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "dft_drivers/template/template_values.hpp"

namespace fibonaqi::text_template {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::array<const char*, 2> section_names{"atoms", "species"};

std::string without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? ""
               : std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::vector<std::string> split_at_bars(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t bar = std::min(text.find('|', from), text.size());
        parts.push_back(without_blanks(text.substr(from, bar - from)));
        from = bar + 1;
    }
    return parts;
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& source, const TemplateNames& names)
        : text_(text), source_(source), names_(names) {}

    // Up to the end of the text, or of the section where one is given.
    std::vector<TemplatePiece> pieces(const std::string& section = "") {
        std::vector<TemplatePiece> pieces;
        const std::size_t opened_at = tag_at_;
        for (;;) {
            const std::size_t open = text_.find("{{", at_);
            if (open == std::string_view::npos) {
                if (!section.empty()) {
                    at_ = opened_at;
                    fail("section {{#" + section + "}} is not closed (a {{/" + section + "}} is missing)");
                }
                add_literal(pieces, text_.substr(at_));
                at_ = text_.size();
                return pieces;
            }
            const std::string tag = read_tag(open, pieces);
            if (tag.starts_with('/')) {
                if (without_blanks(tag.substr(1)) != section || section.empty()) {
                    fail("{{" + tag + "}} closes nothing (no such section is open here)");
                }
                return pieces;
            }
            pieces.push_back(tag.starts_with('#') ? read_section(without_blanks(tag.substr(1)), section)
                                                  : read_value(tag, section));
        }
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        const auto line = std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
        throw ConfigError(source_ + ":" + std::to_string(line + 1) + ": " + problem);
    }

    static void add_literal(std::vector<TemplatePiece>& pieces, std::string_view text) {
        if (!text.empty()) {
            pieces.push_back({TemplatePiece::Kind::literal, std::string(text)});
        }
    }

    // The inside of the brackets at `open`; the text before them becomes a piece. A section's bracket that
    // stands alone on its line takes the line with it.
    std::string read_tag(std::size_t open, std::vector<TemplatePiece>& pieces) {
        std::size_t before = open;
        const std::size_t from = at_;
        at_ = open;
        const std::size_t close = text_.find("}}", open);
        if (close == std::string_view::npos || text_.substr(open, close - open).find('\n') < close) {
            fail("'{{' is not closed on its line (a '}}' is missing)");
        }
        std::string tag = without_blanks(text_.substr(open + 2, close - open - 2));
        std::size_t after = close + 2;
        if (tag.starts_with('#') || tag.starts_with('/')) {
            const std::size_t line_begin = open == 0 ? 0 : text_.rfind('\n', open - 1) + 1;
            const std::size_t line_end = std::min(text_.find('\n', after), text_.size());
            const bool is_alone = line_begin >= from &&
                                  without_blanks(text_.substr(line_begin, open - line_begin)).empty() &&
                                  without_blanks(text_.substr(after, line_end - after)).empty();
            before = is_alone ? line_begin : before;
            after = is_alone ? std::min(line_end + 1, text_.size()) : after;
        }
        add_literal(pieces, text_.substr(from, before - from));
        at_ = after;
        tag_at_ = open;
        return tag;
    }

    [[noreturn]] void fail_at_tag(const std::string& problem) {
        at_ = tag_at_;
        fail(problem);
    }

    TemplatePiece read_section(const std::string& name, const std::string& outer) {
        if (std::find(section_names.begin(), section_names.end(), name) == section_names.end()) {
            fail_at_tag("section '" + name + "' is not known;" +
                        suggestion(name, {section_names.begin(), section_names.end()}));
        }
        if (!outer.empty()) {
            fail_at_tag("section '" + name + "' stands in section '" + outer + "' (only one level is known)");
        }
        return {TemplatePiece::Kind::section, name, {}, pieces(name)};
    }

    TemplatePiece read_value(const std::string& tag, const std::string& section) {
        std::vector<std::string> parts = split_at_bars(tag);
        const std::string name = parts.front();
        const std::vector<std::string> known = known_names(names_, section);
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            fail_at_tag("placeholder '" + name + "' is not known" +
                        (section.empty() ? "" : " in section '" + section + "'") + ";" +
                        suggestion(name, known));
        }
        parts.erase(parts.begin());
        for (const std::string& filter : parts) {
            const std::string problem = filter_problem(filter, name, section);
            if (!problem.empty()) {
                fail_at_tag(problem);
            }
        }
        return {TemplatePiece::Kind::value, name, parts};
    }

    std::string_view text_;
    const std::string& source_;
    const TemplateNames& names_;
    std::size_t at_ = 0, tag_at_ = 0;
};

void render_pieces(const std::vector<TemplatePiece>& pieces, const TemplateValues& values,
                   const TemplatePlace& place, std::string& out) {
    for (const TemplatePiece& piece : pieces) {
        if (piece.kind == TemplatePiece::Kind::literal) {
            out += piece.text;
        } else if (piece.kind == TemplatePiece::Kind::value) {
            out += value_text(piece.text, piece.filters, values, place);
        } else {
            const std::size_t count = piece.text == "atoms" ? values.order.size() : values.species.size();
            for (std::size_t index = 0; index < count; ++index) {
                render_pieces(piece.children, values, {piece.text, index}, out);
            }
        }
    }
}

}  // namespace

TemplateText::TemplateText(std::string_view text, const std::string& source, const TemplateNames& names)
    : pieces_(Reader(text, source, names).pieces()) {}

std::string TemplateText::render(const TemplateValues& values) const {
    std::string out;
    render_pieces(pieces_, values, {}, out);
    return out;
}

}  // namespace fibonaqi::text_template
