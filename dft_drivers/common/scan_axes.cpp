#include "dft_drivers/common/scan_axes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/common/kpoint_mesh.hpp"
#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi {
namespace {

using Pointer = Json::json_pointer;
using Mesh = std::array<int, 3>;

std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

// People paste these numbers: 1e-06, not 1.0000000000000002e-06.
double rounded(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return numbers_in(text)->front();
}

[[noreturn]] void refuse_value(const std::string& axis, const std::string& value, const std::string& wanted) {
    throw ConfigError("axis " + axis + ": '" + value + "' " + wanted);
}

double positive_number(const std::string& axis, const std::string& value) {
    const auto numbers = numbers_in(value);
    if (!numbers || numbers->size() != 1 || !(numbers->front() > 0.0)) {
        refuse_value(axis, value, "is no number above 0");
    }
    return numbers->front();
}

ScanPoint number_point(const Json& configuration, const NumberScan& scan, const std::string& value) {
    const double number = positive_number(scan.name, value);
    const double own = configuration.at(Pointer(scan.pointer)).get<double>();
    ScanPoint point{value, scan.is_denser_when_larger ? number : -number, configuration};
    if (number_text(number) == number_text(own)) {
        return point;
    }
    const bool is_whole =
        configuration.at(Pointer(scan.pointer)).is_number_integer() && number == std::floor(number);
    point.configuration[Pointer(scan.pointer)] = is_whole ? Json(std::lround(number)) : Json(number);
    for (const std::string& pointer : scan.followers) {
        if (configuration.contains(Pointer(pointer))) {
            Json& follower = point.configuration[Pointer(pointer)];
            follower = rounded(follower.get<double>() * number / own);
        }
    }
    return point;
}

ScanPoint word_point(const Json& configuration, const WordScan& scan, const std::string& value) {
    const auto word = std::find(scan.words.begin(), scan.words.end(), value);
    if (word == scan.words.end()) {
        std::string known;
        for (const std::string& one : scan.words) {
            known += (known.empty() ? "" : ", ") + one;
        }
        refuse_value(scan.name, value, "is none of its words (" + known + ")");
    }
    ScanPoint point{value, static_cast<double>(word - scan.words.begin()), configuration};
    point.configuration[Pointer(scan.pointer)] = value;
    return point;
}

// A value of a mesh axis, taken apart.
struct MeshValue {
    std::string plain;  // without its letter
    char shift = ' ';   // 's', 'g', or as it is
};

MeshValue mesh_value(const std::string& value) {
    const bool has_letter = value.ends_with('s') || value.ends_with('g');
    return has_letter ? MeshValue{value.substr(0, value.size() - 1), value.back()} : MeshValue{value};
}

std::string mesh_text(const Mesh& mesh) {
    return std::to_string(mesh[0]) + "x" + std::to_string(mesh[1]) + "x" + std::to_string(mesh[2]);
}

// `value` is the whole of what was written, for messages; `wanted` says what would have been a mesh.
Mesh read_mesh(const std::string& plain, const std::string& value, const std::string& wanted) {
    std::string text = plain;
    std::replace(text.begin(), text.end(), 'x', ' ');
    const auto numbers = numbers_in(text);
    const bool is_mesh = numbers && numbers->size() == 3 &&
                         std::all_of(numbers->begin(), numbers->end(),
                                     [](double n) { return n >= 1.0 && n <= 200.0 && n == std::floor(n); });
    if (!is_mesh) {
        refuse_value("kpoints", value, "is no mesh such as 3x3x3" + wanted);
    }
    return {static_cast<int>((*numbers)[0]), static_cast<int>((*numbers)[1]),
            static_cast<int>((*numbers)[2])};
}

double points_of(const Mesh& mesh) {
    return double(mesh[0]) * mesh[1] * mesh[2];
}

bool is_shifted(const Json& configuration) {
    const auto shift = configuration.at("kpoint_shift").get<std::vector<double>>();
    return std::any_of(shift.begin(), shift.end(), [](double s) { return s != 0.0; });
}

// Of two meshes with the same spacing the one that is not shifted counts as the denser: it is no better, but
// then the reference of the axis does not depend on the order in which values are given.
ScanPoint mesh_point(const Json& configuration, const Json& half_step, const std::string& value) {
    const MeshValue parts = mesh_value(value);
    const bool is_spacing = configuration.contains("kspacing_per_A");
    ScanPoint point{value, 0.0, configuration};
    if (is_spacing) {
        const double spacing = positive_number("kspacing", parts.plain);
        point.density = -spacing;
        if (number_text(spacing) != number_text(configuration.at("kspacing_per_A").get<double>())) {
            point.configuration["kspacing_per_A"] = spacing;
        }
    } else {
        const Mesh mesh = read_mesh(parts.plain, value, ", 3x3x3s (shifted) or 3x3x3g (not shifted)");
        point.density = points_of(mesh);
        point.configuration["kpoints"] = mesh;
    }
    const Json none(0);
    const Json& step = parts.shift == 's' ? half_step : none;
    if (parts.shift != ' ' && (parts.shift == 's' || is_shifted(configuration))) {
        point.configuration["kpoint_shift"] = {step, step, step};
    }
    point.density -= is_shifted(point.configuration) ? 1.0e-9 : 0.0;
    return point;
}

std::vector<std::string> proposed_spacings(double own, const Structure& example) {
    constexpr std::array<double, 4> sparser{1.3, 1.6, 2.0, 2.5};
    constexpr std::array<double, 9> denser{0.8, 0.7, 0.6, 0.5, 0.42, 0.36, 0.3, 0.25, 0.2};
    constexpr std::size_t denser_meshes = 2;
    std::set<Mesh> meshes{mesh_of_spacing(example, own)};
    std::vector<std::string> values{number_text(own)};
    for (const double factor : sparser) {
        if (meshes.insert(mesh_of_spacing(example, factor * own)).second) {
            values.insert(values.begin(), number_text(factor * own));
            break;
        }
    }
    std::size_t found = 0;
    for (const double factor : denser) {
        const bool is_new =
            found < denser_meshes && meshes.insert(mesh_of_spacing(example, factor * own)).second;
        if (is_new) {
            values.push_back(number_text(factor * own));
            ++found;
        }
    }
    return values;
}

std::vector<std::string> proposed_meshes(const Mesh& own) {
    std::vector<std::string> values;
    for (const int more : {-1, 0, 1, 2}) {
        Mesh mesh = own;
        std::transform(own.begin(), own.end(), mesh.begin(), [more](int n) { return std::max(1, n + more); });
        if (values.empty() || mesh_text(mesh) != values.back()) {
            values.push_back(mesh_text(mesh));
        }
    }
    return values;
}

}  // namespace

ScanAxis number_axis(const Json& configuration, const NumberScan& scan) {
    ScanAxis axis{scan.name, scan.unit, "", {}, {}};
    const double own = configuration.at(Pointer(scan.pointer)).get<double>();
    axis.own = number_text(own);
    for (const double factor : scan.factors) {
        if (factor * own >= scan.lowest && factor * own <= scan.highest) {
            axis.values.push_back(number_text(factor * own));
        }
    }
    axis.at = [configuration, scan](const std::string& value) {
        return number_point(configuration, scan, value);
    };
    return axis;
}

ScanAxis word_axis(const Json& configuration, const WordScan& scan) {
    constexpr std::ptrdiff_t neighbours = 2;
    ScanAxis axis{scan.name, "", configuration.at(Pointer(scan.pointer)).get<std::string>(), {}, {}};
    const auto own = std::find(scan.words.begin(), scan.words.end(), axis.own);
    const auto first = own - std::min(neighbours, own - scan.words.begin());
    const auto last = own + std::min(neighbours + 1, scan.words.end() - own);
    axis.values.assign(first, last);
    axis.at = [configuration, scan](const std::string& value) {
        return word_point(configuration, scan, value);
    };
    return axis;
}

ScanAxis plain_mesh_axis(const Json& configuration, const Mesh& own,
                         const std::function<void(Json& configuration, const Mesh& mesh)>& with) {
    ScanAxis axis{"kpoints", "", mesh_text(own), proposed_meshes(own), {}};
    axis.at = [configuration, own, with](const std::string& value) {
        const Mesh mesh = read_mesh(value, value, " (it cannot be shifted)");
        ScanPoint point{value, points_of(mesh), configuration};
        if (mesh != own) {
            with(point.configuration, mesh);
        }
        return point;
    };
    return axis;
}

ScanAxis mesh_axis(const Json& configuration, const Structure& example, const Json& half_step) {
    ScanAxis axis;
    if (configuration.contains("kspacing_per_A")) {
        const double own = configuration.at("kspacing_per_A").get<double>();
        axis = {"kspacing", "1/A", number_text(own), proposed_spacings(own, example), {}};
    } else {
        const Mesh own = configuration.at("kpoints").get<Mesh>();
        axis = {"kpoints", "", mesh_text(own), proposed_meshes(own), {}};
    }
    // The other shift of its own mesh: at the same price it is often worth the next denser one.
    const auto own = std::find(axis.values.begin(), axis.values.end(), axis.own);
    if (is_shifted(configuration)) {
        axis.values.insert(own + 1, axis.own + "g");
    } else {
        axis.values.insert(own, axis.own + "s");
    }
    axis.at = [configuration, half_step](const std::string& value) {
        return mesh_point(configuration, half_step, value);
    };
    return axis;
}

}  // namespace fibonaqi
