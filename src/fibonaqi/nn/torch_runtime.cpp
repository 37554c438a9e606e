#include "fibonaqi/nn/torch_runtime.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <malloc.h>

#include "fibonaqi/base/log.hpp"

namespace fibonaqi::nn {

double measure_sgemm_gflops() {
    constexpr std::int64_t size = 256;
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor a = at::ones({size, size}, at::kFloat);
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 5; ++round) {  // the first one also loads code; a busy machine spoils some
        const auto start = std::chrono::steady_clock::now();
        const at::Tensor product = at::mm(a, a);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count());
    }
    at::set_num_threads(threads);
    return 2.0 * static_cast<double>(size * size * size) / best * 1e-9;
}

void prepare_torch(std::size_t threads) {
    constexpr int keep_bytes = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, keep_bytes);
    mallopt(M_TRIM_THRESHOLD, keep_bytes);
    mallopt(M_TOP_PAD, 1 << 26);
    at::set_num_threads(static_cast<int>(std::max<std::size_t>(1, threads)));
    static const bool is_slow = measure_sgemm_gflops() < slow_gflops;
    static bool was_told = false;
    if (is_slow && !was_told) {
        was_told = true;
        log::warning(
            "LibTorch computes 5 to 8 times slower than it could (its BLAS library is the reference one) "
            "install "
            "libopenblas0-openmp");
    }
}

}  // namespace fibonaqi::nn
