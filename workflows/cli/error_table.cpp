#include "workflows/cli/error_table.hpp"

#include <cstdio>
#include <string>

namespace fibonaqi::cli {
namespace {

void print_row(const std::string& quantity, const Json& errors, const char* key, const char* unit) {
    if (errors.is_null()) {
        return;
    }
    const std::string suffix = key;
    std::printf("%-18s %14.6g %14.6g   %-10s %9zu\n", quantity.c_str(),
                errors.at("rmse_" + suffix).get<double>(), errors.at("mae_" + suffix).get<double>(), unit,
                errors.at("count").get<std::size_t>());
}

}  // namespace

void print_errors(const Json& errors) {
    if (errors.at("energy").is_null() && errors.at("forces").is_null() && errors.at("stress").is_null()) {
        std::puts("no labels to compare with");
        return;
    }
    std::printf("%-18s %14s %14s   %-10s %9s\n", "", "RMSE", "MAE", "unit", "numbers");
    print_row("energy per atom", errors.at("energy"), "eV_per_atom", "eV/atom");
    print_row("forces", errors.at("forces"), "eV_per_A", "eV/A");
    if (errors.at("forces_by_element").size() > 1) {
        for (const auto& [element, forces] : errors.at("forces_by_element").items()) {
            print_row("  on " + element, forces, "eV_per_A", "eV/A");
        }
    }
    print_row("stress", errors.at("stress"), "eV_per_A3", "eV/A^3");
}

}  // namespace fibonaqi::cli
