#include "fibonaqi/select/row_products.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/Parallel.h>

namespace fibonaqi {
namespace {

// Rows per piece where something is copied or summed: the same for any number of threads.
constexpr std::int64_t piece = 1024;
constexpr std::int64_t grain = 256;
// Sums in parallel: enough for the compiler to use vector instructions, which it may not for one ordered sum.
constexpr std::int64_t lanes = 8;

double product(const double* a, const double* b, std::int64_t count) {
    std::array<double, lanes> sums{};
    const std::int64_t whole = count - count % lanes;
    for (std::int64_t i = 0; i < whole; i += lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            sums[static_cast<std::size_t>(lane)] += a[i + lane] * b[i + lane];
        }
    }
    double sum = 0.0;
    for (const double part : sums) {
        sum += part;
    }
    for (std::int64_t i = whole; i < count; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

bool is_plain(const at::Tensor& rows) {
    return rows.is_cpu() && rows.is_contiguous() && rows.scalar_type() == at::kDouble;
}

}  // namespace

at::Tensor row_products(const at::Tensor& rows, const at::Tensor& vector) {
    if (!is_plain(rows)) {
        return at::mv(rows, vector);
    }
    const at::Tensor plain = vector.contiguous();
    at::Tensor products = at::empty({rows.size(0)}, rows.options());
    const std::int64_t columns = rows.size(1);
    const double* const matrix = rows.data_ptr<double>();
    const double* const with = plain.data_ptr<double>();
    double* const result = products.data_ptr<double>();
    at::parallel_for(0, rows.size(0), grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            result[row] = product(matrix + row * columns, with, columns);
        }
    });
    return products;
}

at::Tensor row_squares(const at::Tensor& rows) {
    if (!is_plain(rows)) {
        return rows.square().sum(1);
    }
    at::Tensor squares = at::empty({rows.size(0)}, rows.options());
    const std::int64_t columns = rows.size(1);
    const double* const matrix = rows.data_ptr<double>();
    double* const result = squares.data_ptr<double>();
    at::parallel_for(0, rows.size(0), grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            result[row] = product(matrix + row * columns, matrix + row * columns, columns);
        }
    });
    return squares;
}

at::Tensor row_combination(const at::Tensor& rows, const at::Tensor& weights) {
    if (!is_plain(rows)) {
        return at::mv(rows.t(), weights);
    }
    const std::int64_t columns = rows.size(1);
    const std::int64_t pieces = (rows.size(0) + piece - 1) / piece;
    const at::Tensor plain = weights.contiguous();
    at::Tensor parts = at::zeros({pieces, columns}, rows.options());
    const double* const matrix = rows.data_ptr<double>();
    const double* const weight = plain.data_ptr<double>();
    double* const part = parts.data_ptr<double>();
    at::parallel_for(0, pieces, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin * piece; row < std::min(rows.size(0), end * piece); ++row) {
            double* const sum = part + row / piece * columns;
            for (std::int64_t i = 0; i < columns; ++i) {
                sum[i] += weight[row] * matrix[row * columns + i];
            }
        }
    });
    return parts.sum(0);
}

std::vector<bool> finite_rows(const at::Tensor& rows) {
    std::vector<bool> is_finite;
    is_finite.reserve(static_cast<std::size_t>(rows.size(0)));
    const at::Tensor zero = at::zeros({rows.size(1)}, rows.options().dtype(at::kDouble));
    const std::int64_t step = is_plain(rows) ? rows.size(0) : piece;
    for (std::int64_t begin = 0; begin < rows.size(0); begin += step) {
        const at::Tensor part = rows.slice(0, begin, std::min(rows.size(0), begin + step)).to(at::kDouble);
        // Zero times infinity is NaN, and NaN stays what it is.
        for (const double product : to_host(row_products(part.contiguous(), zero))) {
            is_finite.push_back(product == 0.0);
        }
    }
    return is_finite;
}

std::vector<double> to_host(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kCPU, at::kDouble).contiguous();
    return {host.data_ptr<double>(), host.data_ptr<double>() + host.numel()};
}

}  // namespace fibonaqi
