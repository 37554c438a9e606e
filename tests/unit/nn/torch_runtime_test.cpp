#include "fibonaqi/nn/torch_runtime.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace fibonaqi::nn {
namespace {

TEST(TorchRuntime, sets_the_threads_and_keeps_them_while_it_measures) {
    prepare_torch(3);
    EXPECT_EQ(at::get_num_threads(), 3);
    EXPECT_GT(measure_sgemm_gflops(), 0.1);
    EXPECT_EQ(at::get_num_threads(), 3);
    prepare_torch(0);
    EXPECT_EQ(at::get_num_threads(), 1);
}

}  // namespace
}  // namespace fibonaqi::nn
