#include "fibonaqi/nn/coupling_form.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/coupling_kernels.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::size_t slots = 4;

std::size_t index(FormSlot slot) {
    return static_cast<std::size_t>(slot);
}

// What a node of the autograd graph keeps beside its tensors.
struct PartialInfo : torch::CustomClassHolder {
    std::shared_ptr<const CouplingForm> form;
    FormSlot slot = FormSlot::output;
    EdgeEnds ends;
};

// The three arguments that a partial derivative depends on, in their order.
std::array<std::size_t, 3> others(FormSlot slot) {
    std::array<std::size_t, 3> list{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < slots; ++i) {
        if (i != index(slot)) {
            list[count++] = i;
        }
    }
    return list;
}

at::Tensor compute(const PartialInfo& info, FormArguments arguments) {
    for (at::Tensor& argument : arguments) {
        argument = argument.defined() ? argument.contiguous() : argument;
    }
    return info.ends.source.is_cpu()
               ? coupling_partial_on_cpu(*info.form, info.slot, arguments, info.ends)
               : coupling_partial_by_tensors(*info.form, info.slot, arguments, info.ends);
}

class Partial : public torch::autograd::Function<Partial> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* context,
                              const c10::intrusive_ptr<PartialInfo>& info, const at::Tensor& first,
                              const at::Tensor& second, const at::Tensor& third) {
        context->save_for_backward({first, second, third});
        context->saved_data["info"] = c10::IValue::make_capsule(info);
        const auto list = others(info->slot);
        FormArguments arguments;
        arguments[list[0]] = first;
        arguments[list[1]] = second;
        arguments[list[2]] = third;
        return compute(*info, arguments);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto capsule = context->saved_data["info"].toCapsule();
        const auto& info = static_cast<const PartialInfo&>(*capsule);
        const auto list = others(info.slot);
        FormArguments arguments;
        arguments[index(info.slot)] = gradients[0];
        for (std::size_t i = 0; i < list.size(); ++i) {
            arguments[list[i]] = saved[i];
        }
        torch::autograd::variable_list result(4);  // none for the info
        for (std::size_t i = 0; gradients[0].defined() && i < list.size(); ++i) {
            if (context->needs_input_grad(i)) {
                result[i + 1] =
                    coupling_partial(info.form, static_cast<FormSlot>(list[i]), arguments, info.ends);
            }
        }
        return result;
    }
};

}  // namespace

at::Tensor coupling_partial(const std::shared_ptr<const CouplingForm>& form, FormSlot slot,
                            const FormArguments& arguments, const EdgeEnds& ends) {
    const auto info = c10::make_intrusive<PartialInfo>();
    info->form = form;
    info->slot = slot;
    info->ends = ends;
    const auto list = others(slot);
    return Partial::apply(info, arguments[list[0]], arguments[list[1]], arguments[list[2]]);
}

}  // namespace fibonaqi::nn
