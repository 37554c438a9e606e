// The coupling form by tensor operations of LibTorch, one path after the other.
#include "fibonaqi/nn/coupling_form.hpp"

namespace fibonaqi::nn {
namespace {

// Arguments and result of one path.
class PathTensors {
  public:
    PathTensors(const FormPath& path, const FormArguments& arguments, const EdgeEnds& ends)
        : path_(path), arguments_(arguments), ends_(ends) {
        at::Tensor coupling = at::zeros({path.harmonics, path.outputs, path.inputs}, at::kDouble);
        auto entries = coupling.accessor<double, 3>();
        for (const CouplingTerm& term : path.terms) {
            entries[term.m2][term.m3][term.m1] = term.value;
        }
        const at::Tensor& like = arguments[0].defined() ? arguments[0] : arguments[1];
        coupling_ = coupling.to(like.device(), like.scalar_type());
    }

    // [E, m3, m1]: sum over m2 of C Y
    at::Tensor matrix() const {
        const at::Tensor harmonics = arguments_[1].narrow(1, path_.harmonic, path_.harmonics);
        return at::mm(harmonics, coupling_.view({path_.harmonics, -1}))
            .view({-1, path_.outputs, path_.inputs});
    }
    // [E, m1, C]
    at::Tensor features() const {
        return inputs(arguments_[3]).index_select(1, ends_.source).transpose(0, 1);
    }
    // [E, 1, C]
    at::Tensor weights() const { return arguments_[2].narrow(1, path_.weight, path_.channels).unsqueeze(1); }
    // [E, m3, C]
    at::Tensor output() const {
        return outputs(arguments_[0]).index_select(1, ends_.receiver).transpose(0, 1);
    }

    // The parts of flat tensors that belong to this path: [m, rows or atoms, C].
    at::Tensor inputs(const at::Tensor& flat) const {
        return flat.narrow(0, path_.input * ends_.rows, path_.inputs * ends_.rows * path_.input_channels)
            .view({path_.inputs, ends_.rows, path_.input_channels});
    }
    at::Tensor outputs(const at::Tensor& flat) const {
        return flat.narrow(0, path_.output * ends_.atoms, path_.outputs * ends_.atoms * path_.output_channels)
            .view({path_.outputs, ends_.atoms, path_.output_channels})
            .narrow(2, path_.first_output_channel, path_.channels);
    }

    void add_to(at::Tensor& result, FormSlot slot) const {
        switch (slot) {
            case FormSlot::output:
                outputs(result).index_add_(1, ends_.receiver,
                                           at::bmm(matrix(), weights() * features()).transpose(0, 1));
                break;
            case FormSlot::features:
                inputs(result).index_add_(
                    1, ends_.source,
                    (at::bmm(matrix().transpose(1, 2), output()) * weights()).transpose(0, 1));
                break;
            case FormSlot::weights:
                result.narrow(1, path_.weight, path_.channels)
                    .copy_((at::bmm(matrix().transpose(1, 2), output()) * features()).sum(1));
                break;
            case FormSlot::harmonics: {
                const at::Tensor products = at::bmm(output(), (weights() * features()).transpose(1, 2));
                result.narrow(1, path_.harmonic, path_.harmonics)
                    .add_(at::mm(products.reshape({products.size(0), -1}),
                                 coupling_.view({path_.harmonics, -1}).t()));
                break;
            }
        }
    }

  private:
    const FormPath& path_;
    const FormArguments& arguments_;
    const EdgeEnds& ends_;
    at::Tensor coupling_;  // [m2, m3, m1]
};

}  // namespace

at::Tensor coupling_partial_by_tensors(const CouplingForm& form, FormSlot slot,
                                       const FormArguments& arguments, const EdgeEnds& ends) {
    const at::NoGradGuard no_gradient;
    const std::int64_t edges = ends.source.size(0);
    const at::TensorOptions options =
        arguments[slot == FormSlot::output ? 1 : 0].options().requires_grad(false);
    at::Tensor result = slot == FormSlot::output      ? at::zeros({form.output_width * ends.atoms}, options)
                        : slot == FormSlot::features  ? at::zeros({form.features_width * ends.rows}, options)
                        : slot == FormSlot::harmonics ? at::zeros({edges, form.harmonics_width}, options)
                                                      : at::zeros({edges, form.weights_width}, options);
    for (const FormPath& path : form.paths) {
        PathTensors(path, arguments, ends).add_to(result, slot);
    }
    return result;
}

}  // namespace fibonaqi::nn
