#include "dft_drivers/template/template_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/units.hpp"

namespace fibonaqi::text_template {
namespace {

// [width][.digits]kind
struct NumberFormat {
    std::size_t width = 0;
    int digits = 6;
    char kind = 'f';
};

std::optional<NumberFormat> format_of(std::string_view text) {
    NumberFormat format;
    const char* end = text.data() + text.size();
    const char* at = text.data();
    if (const auto width = std::from_chars(at, end, format.width); width.ec == std::errc()) {
        at = width.ptr;
    }
    if (at != end && *at == '.') {
        const auto digits = std::from_chars(at + 1, end, format.digits);
        if (digits.ec != std::errc()) {
            return std::nullopt;
        }
        at = digits.ptr;
    }
    const bool is_kind = at + 1 == end && std::string_view("def").find(*at) != std::string_view::npos;
    constexpr std::size_t widest = 100;
    constexpr int most_digits = 30;
    if (!is_kind || format.width > widest || format.digits < 0 || format.digits > most_digits) {
        return std::nullopt;
    }
    format.kind = *at;
    return format;
}

bool is_length(const std::string& name, const std::string& section) {
    return name.starts_with("cell.") || (section == "atoms" && (name == "x" || name == "y" || name == "z"));
}

std::string plain_text(double number) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string formatted(double number, const NumberFormat& format, const std::string& name) {
    constexpr double largest = 1.0e30;  // longer than any number of a structure, short enough for the buffer
    if (!(std::abs(number) < largest)) {
        throw DriverError("placeholder '" + name + "' is too large for its format");
    }
    if (format.kind == 'd' && number != std::round(number)) {
        throw DriverError("placeholder '" + name + "' is " + plain_text(number) +
                          " (its format d is for whole numbers only)");
    }
    char text[128];
    const auto style = format.kind == 'e' ? std::chars_format::scientific : std::chars_format::fixed;
    const auto end =
        std::to_chars(text, text + sizeof text, number, style, format.kind == 'd' ? 0 : format.digits);
    std::string digits(text, end.ptr);
    return digits.size() < format.width ? std::string(format.width - digits.size(), ' ') + digits : digits;
}

Json value_of_element(const std::string& name, int number, const TemplateValues& values) {
    return values.elements.at(symbol(number)).at(name.substr(std::string("element.").size()));
}

Json value_of_atom(const std::string& name, const TemplateValues& values, std::size_t index) {
    const std::size_t atom = values.order.at(index);
    const Structure& structure = values.request.structure;
    const int number = structure.atomic_numbers.at(atom);
    if (name == "symbol") {
        return symbol(number);
    }
    if (name == "number") {
        return number;
    }
    if (name == "index") {
        return index + 1;
    }
    if (name == "species") {
        const auto place = std::find(values.species.begin(), values.species.end(), number);
        return place - values.species.begin() + 1;
    }
    return structure.positions.at(atom).at(static_cast<std::size_t>(name.at(0) - 'x'));
}

Json value_of_species(const std::string& name, const TemplateValues& values, std::size_t index) {
    const int number = values.species.at(index);
    const std::vector<int>& all = values.request.structure.atomic_numbers;
    if (name == "symbol") {
        return symbol(number);
    }
    if (name == "number") {
        return number;
    }
    return name == "index" ? Json(index + 1) : Json(std::count(all.begin(), all.end(), number));
}

Json value_outside(const std::string& name, const TemplateValues& values) {
    if (name == "natoms") {
        return values.request.structure.size();
    }
    if (name == "nspecies") {
        return values.species.size();
    }
    if (name == "charge") {
        return values.request.charge;
    }
    if (name == "multiplicity") {
        return values.multiplicity;
    }
    if (name == "unpaired") {
        return values.multiplicity - 1;
    }
    if (name.starts_with("var.")) {
        return values.variables.at(name.substr(4));
    }
    const auto digit = [&](std::size_t place) { return static_cast<std::size_t>(name.at(place) - '0'); };
    return values.request.structure.cell.at(digit(5)).at(digit(7));
}

Json value_of(const std::string& name, const TemplateValues& values, const TemplatePlace& place) {
    const auto outside = known_names({}, "");
    if (place.section.empty() || name.starts_with("var.") ||
        std::find(outside.begin(), outside.end(), name) != outside.end()) {
        return value_outside(name, values);
    }
    const bool is_atom = place.section == "atoms";
    if (name.starts_with("element.")) {
        const std::size_t atom = is_atom ? values.order.at(place.index) : 0;
        const int number =
            is_atom ? values.request.structure.atomic_numbers.at(atom) : values.species.at(place.index);
        return value_of_element(name, number, values);
    }
    return is_atom ? value_of_atom(name, values, place.index) : value_of_species(name, values, place.index);
}

}  // namespace

std::vector<std::string> known_names(const TemplateNames& names, const std::string& section) {
    std::vector<std::string> known{"natoms", "nspecies", "charge", "multiplicity", "unpaired"};
    for (const char* row : {"0", "1", "2"}) {
        for (const char* axis : {"0", "1", "2"}) {
            known.push_back(std::string("cell.") + row + "." + axis);
        }
    }
    for (const std::string& name : names.variables) {
        known.push_back("var." + name);
    }
    if (section.empty()) {
        return known;
    }
    known.insert(known.end(), {"symbol", "number", "index"});
    if (section == "atoms") {
        known.insert(known.end(), {"species", "x", "y", "z"});
    } else {
        known.emplace_back("count");
    }
    for (const std::string& column : names.element_columns) {
        known.push_back("element." + column);
    }
    return known;
}

std::string filter_problem(const std::string& filter, const std::string& name, const std::string& section) {
    if (filter == "bohr" || filter == "angstrom") {
        return is_length(name, section) ? "" : "'" + name + "' is no length (it has no unit " + filter + ")";
    }
    if (!format_of(filter)) {
        return "'" + filter +
               "' is no filter (a unit, bohr or angstrom, or a format such as .10f, 16.8e or d)";
    }
    return name == "symbol" ? "'symbol' is no number (it has no format)" : "";
}

std::string value_text(const std::string& name, const std::vector<std::string>& filters,
                       const TemplateValues& values, const TemplatePlace& place) {
    const Json value = value_of(name, values, place);
    if (value.is_string()) {
        if (!filters.empty()) {
            throw DriverError("placeholder '" + name + "' is a text (it has no format)");
        }
        return value.get<std::string>();
    }
    double number = value.get<double>();
    std::optional<NumberFormat> format;
    for (const std::string& filter : filters) {
        number /= filter == "bohr" ? units::bohr_in_angstrom : 1.0;
        format = filter == "bohr" || filter == "angstrom" ? format : format_of(filter);
    }
    if (!std::isfinite(number)) {
        throw DriverError("placeholder '" + name + "' is not a finite number");
    }
    return format ? formatted(number, *format, name) : plain_text(number);
}

}  // namespace fibonaqi::text_template
