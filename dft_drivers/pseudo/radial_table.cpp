#include "dft_drivers/pseudo/radial_table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fibonaqi::pseudo {

std::vector<double> gaussian_density(const std::vector<double>& radius, double electrons, double width) {
    const double peak = electrons / std::pow(2.0 * std::numbers::pi * width * width, 1.5);
    std::vector<double> density;
    density.reserve(radius.size());
    for (const double r : radius) {
        const double x = r / width;
        density.push_back(4.0 * std::numbers::pi * r * r * peak * std::exp(-0.5 * x * x));
    }
    return density;
}

std::size_t projector_points(const RadialTable& table, double smallest) {
    std::size_t points = 1;
    for (const Projector& projector : table.projectors) {
        for (std::size_t i = points; i < projector.values.size(); ++i) {
            points = std::abs(projector.values[i]) > smallest ? i + 1 : points;
        }
    }
    return std::min(points + 1 - points % 2, table.radius.size());
}

}  // namespace fibonaqi::pseudo
