// Settings of the process that every program with LibTorch makes once, before its first tensor.
#pragma once

#include <cstddef>

namespace fibonaqi::nn {

/// Sets the number of threads inside an operation (never left to the machine), makes glibc keep freed blocks
/// instead of returning every large tensor to the kernel (10 to 45 % of the time of a training step), and
/// warns once, with the cure, when the BLAS library behind LibTorch is the slow reference one.
void prepare_torch(std::size_t threads);

/// Rate of a matrix product of 256 x 256 float32 matrices on one thread [GFLOP/s]. The reference BLAS stays
/// below `slow_gflops` on any processor of this decade, an optimised one is far above.
double measure_sgemm_gflops();
inline constexpr double slow_gflops = 8.0;

}  // namespace fibonaqi::nn
