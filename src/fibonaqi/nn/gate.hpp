// The nonlinearity of equivariant networks: functions of scalars alone, which also scale vectors and tensors.
#pragma once

#include "fibonaqi/model/coupling_paths.hpp"
#include "fibonaqi/nn/edge_coupling.hpp"

namespace fibonaqi::nn {

/// Even scalars x become a silu(x), odd ones b tanh(x), which stay odd; a channel of higher order is
/// multiplied by a silu(g) of an even scalar g of its own (Weiler et al., NeurIPS 2018, arXiv:1807.02547,
/// section 4.3; "Gate" of e3nn). a and b (normalised_silu of radial.hpp, normalised_tanh) keep the second
/// moment of normally distributed scalars.
class Gate {
  public:
    explicit Gate(const Irreps& outputs) : outputs_(outputs), inputs_(gate_inputs(outputs)) {}

    /// What it takes.
    const Irreps& inputs() const { return inputs_.irreps; }
    /// [2l + 1, N, channels] per block of inputs() -> the same per block of the outputs.
    BlockFeatures evaluate(const BlockFeatures& features) const;

  private:
    Irreps outputs_;
    GateInputs inputs_;
};

/// 1 / sqrt of the second moment of tanh(x) for normally distributed x, as sampled by e3nn (see
/// normalised_silu).
inline constexpr double normalised_tanh = 1.5937334472592695;

}  // namespace fibonaqi::nn
