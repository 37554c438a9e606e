// The partial derivatives of a coupling form on the CPU.
#pragma once

#include "fibonaqi/nn/coupling_form.hpp"

namespace fibonaqi::nn {

/// As coupling_partial_by_tensors, for contiguous tensors of one type, float32 or float64, on the CPU. One
/// loop over edges that keeps the messages of one edge in registers: nothing of size [E, components,
/// channels] is stored. Uses the threads of LibTorch; sums run in the order of the edges.
at::Tensor coupling_partial_on_cpu(const CouplingForm& form, FormSlot slot, const FormArguments& arguments,
                                   const EdgeEnds& ends);

}  // namespace fibonaqi::nn
