#include "fibonaqi/nn/coupling_kernels.hpp"

#include <algorithm>

#include <ATen/Parallel.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::int64_t most_components = 2 * 4 + 1;
constexpr std::int64_t width = 64;  // channels that are worked on at once, in registers and the first cache

// Everything that a kernel reads. `order` and `begin` list the edges of each row of the result.
template <typename Real>
struct Call {
    const CouplingForm* form;
    const Real *output, *harmonics, *weights, *features;
    Real* result;
    const std::int64_t *source, *receiver;
    const std::int64_t *order, *begin;
    std::int64_t rows, atoms;
};

// Channels that are worked on at once.
struct Tile {
    std::int64_t first, count;
};

// One path of one edge.
template <typename Real>
struct PathView {
    const FormPath& path;
    Real matrix[most_components * most_components];  // [m3, m1]: sum over m2 of C Y
    std::int64_t input_stride, output_stride;        // from one component to the next
    std::int64_t input, output;                      // of the first component and channel
    std::int64_t weight;
};

template <typename Real>
[[gnu::always_inline]] inline PathView<Real> view_of(const Call<Real>& call, const FormPath& path,
                                                     std::int64_t edge) {
    PathView<Real> view{path, {}, 0, 0, 0, 0, 0};
    if (call.harmonics != nullptr) {
        const Real* harmonics = call.harmonics + edge * call.form->harmonics_width + path.harmonic;
        for (const CouplingTerm& term : path.terms) {
            view.matrix[term.m3 * path.inputs + term.m1] +=
                static_cast<Real>(term.value) * harmonics[term.m2];
        }
    }
    view.input_stride = call.rows * path.input_channels;
    view.output_stride = call.atoms * path.output_channels;
    view.input = path.input * call.rows + call.source[edge] * path.input_channels;
    view.output =
        path.output * call.atoms + call.receiver[edge] * path.output_channels + path.first_output_channel;
    view.weight = edge * call.form->weights_width + path.weight;
    return view;
}

// result[m3] += sum over m1 of matrix[m3, m1] w h[m1]
template <typename Real>
[[gnu::always_inline]] inline void add_message(const Call<Real>& call, const PathView<Real>& view) {
    const FormPath& path = view.path;
    for (std::int64_t first = 0; first < path.channels; first += width) {
        const std::int64_t count = std::min(width, path.channels - first);
        for (int m1 = 0; m1 < path.inputs; ++m1) {
            const Real* w = call.weights + view.weight + first;
            const Real* h = call.features + view.input + m1 * view.input_stride + first;
            Real product[width];
#pragma omp simd
            for (std::int64_t c = 0; c < count; ++c) {
                product[c] = w[c] * h[c];
            }
            for (int m3 = 0; m3 < path.outputs; ++m3) {
                const Real factor = view.matrix[m3 * path.inputs + m1];
                if (factor == Real(0)) {
                    continue;  // many couplings have few terms
                }
                Real* sum = call.result + view.output + m3 * view.output_stride + first;
#pragma omp simd
                for (std::int64_t c = 0; c < count; ++c) {
                    sum[c] += factor * product[c];
                }
            }
        }
    }
}

// pulled[c] = sum over m3 of matrix[m3, m1] G[m3]
template <typename Real>
[[gnu::always_inline]] inline void pull_back(const Call<Real>& call, const PathView<Real>& view, int m1,
                                             const Tile& tile, Real* pulled) {
    std::fill_n(pulled, tile.count, Real(0));
    for (int m3 = 0; m3 < view.path.outputs; ++m3) {
        const Real factor = view.matrix[m3 * view.path.inputs + m1];
        if (factor == Real(0)) {
            continue;
        }
        const Real* g = call.output + view.output + m3 * view.output_stride + tile.first;
#pragma omp simd
        for (std::int64_t c = 0; c < tile.count; ++c) {
            pulled[c] += factor * g[c];
        }
    }
}

// result[m1] += w sum over m3 of matrix[m3, m1] G[m3]
template <typename Real>
[[gnu::always_inline]] inline void add_to_features(const Call<Real>& call, const PathView<Real>& view) {
    const FormPath& path = view.path;
    for (std::int64_t first = 0; first < path.channels; first += width) {
        const std::int64_t count = std::min(width, path.channels - first);
        for (int m1 = 0; m1 < path.inputs; ++m1) {
            Real pulled[width];
            pull_back(call, view, m1, {first, count}, pulled);
            const Real* w = call.weights + view.weight + first;
            Real* sum = call.result + view.input + m1 * view.input_stride + first;
#pragma omp simd
            for (std::int64_t c = 0; c < count; ++c) {
                sum[c] += w[c] * pulled[c];
            }
        }
    }
}

// result = sum over m1 of h[m1] sum over m3 of matrix[m3, m1] G[m3]
template <typename Real>
[[gnu::always_inline]] inline void set_weights(const Call<Real>& call, const PathView<Real>& view) {
    const FormPath& path = view.path;
    for (std::int64_t first = 0; first < path.channels; first += width) {
        const std::int64_t count = std::min(width, path.channels - first);
        Real sum[width] = {};
        for (int m1 = 0; m1 < path.inputs; ++m1) {
            Real pulled[width];
            pull_back(call, view, m1, {first, count}, pulled);
            const Real* h = call.features + view.input + m1 * view.input_stride + first;
#pragma omp simd
            for (std::int64_t c = 0; c < count; ++c) {
                sum[c] += h[c] * pulled[c];
            }
        }
        std::copy_n(sum, count, call.result + view.weight + first);
    }
}

// result[m2] += sum over m1, m3 of C[m1, m2, m3] sum over c of w h[m1] G[m3]
template <typename Real>
[[gnu::always_inline]] inline void add_to_harmonics(const Call<Real>& call, const PathView<Real>& view,
                                                    std::int64_t edge) {
    const FormPath& path = view.path;
    Real products[most_components * most_components] = {};  // [m3, m1]
    for (std::int64_t first = 0; first < path.channels; first += width) {
        const std::int64_t count = std::min(width, path.channels - first);
        for (int m1 = 0; m1 < path.inputs; ++m1) {
            const Real* w = call.weights + view.weight + first;
            const Real* h = call.features + view.input + m1 * view.input_stride + first;
            Real product[width];
#pragma omp simd
            for (std::int64_t c = 0; c < count; ++c) {
                product[c] = w[c] * h[c];
            }
            for (int m3 = 0; m3 < path.outputs; ++m3) {
                const Real* g = call.output + view.output + m3 * view.output_stride + first;
                Real sum = 0;
#pragma omp simd reduction(+ : sum)
                for (std::int64_t c = 0; c < count; ++c) {
                    sum += product[c] * g[c];
                }
                products[m3 * path.inputs + m1] += sum;
            }
        }
    }
    Real* result = call.result + edge * call.form->harmonics_width + path.harmonic;
    for (const CouplingTerm& term : path.terms) {
        result[term.m2] += static_cast<Real>(term.value) * products[term.m3 * path.inputs + term.m1];
    }
}

// Rows of the result: atoms that receive, rows of features, or edges.
template <FormSlot slot, typename Real>
[[gnu::always_inline]] inline void run_rows(const Call<Real>& call, std::int64_t first, std::int64_t last) {
    constexpr bool is_per_edge = slot == FormSlot::harmonics || slot == FormSlot::weights;
    for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t begin = is_per_edge ? row : call.begin[row];
        const std::int64_t end = is_per_edge ? row + 1 : call.begin[row + 1];
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t edge = is_per_edge ? i : call.order[i];
            for (const FormPath& path : call.form->paths) {
                const PathView<Real> view = view_of(call, path, edge);
                if constexpr (slot == FormSlot::output) {
                    add_message(call, view);
                } else if constexpr (slot == FormSlot::features) {
                    add_to_features(call, view);
                } else if constexpr (slot == FormSlot::weights) {
                    set_weights(call, view);
                } else {
                    add_to_harmonics(call, view, edge);
                }
            }
        }
    }
}

template <typename Real>
[[gnu::always_inline]] inline void run_slot(const Call<Real>& call, FormSlot slot, std::int64_t first,
                                            std::int64_t last) {
    switch (slot) {
        case FormSlot::output:
            run_rows<FormSlot::output>(call, first, last);
            break;
        case FormSlot::harmonics:
            run_rows<FormSlot::harmonics>(call, first, last);
            break;
        case FormSlot::weights:
            run_rows<FormSlot::weights>(call, first, last);
            break;
        case FormSlot::features:
            run_rows<FormSlot::features>(call, first, last);
            break;
    }
}

void run_plain(const Call<float>& call, FormSlot slot, std::int64_t first, std::int64_t last) {
    run_slot(call, slot, first, last);
}

void run_plain(const Call<double>& call, FormSlot slot, std::int64_t first, std::int64_t last) {
    run_slot(call, slot, first, last);
}

#if defined(__x86_64__)
// The same code for processors with AVX2 and FMA: four times the width, and one instruction for a x + y.
[[gnu::target("avx2,fma")]] void run_avx2(const Call<float>& call, FormSlot slot, std::int64_t first,
                                          std::int64_t last) {
    run_slot(call, slot, first, last);
}

[[gnu::target("avx2,fma")]] void run_avx2(const Call<double>& call, FormSlot slot, std::int64_t first,
                                          std::int64_t last) {
    run_slot(call, slot, first, last);
}

bool has_avx2() {
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has;
}
#endif

template <typename Real>
void run(const Call<Real>& call, FormSlot slot, std::int64_t first, std::int64_t last) {
#if defined(__x86_64__)
    if (has_avx2()) {
        run_avx2(call, slot, first, last);
        return;
    }
#endif
    run_plain(call, slot, first, last);
}

// The edges of every row, in their order: a counting sort.
struct EdgesOfRows {
    std::vector<std::int64_t> begin, order;

    EdgesOfRows(const at::Tensor& row_of_edge, std::int64_t rows)
        : begin(static_cast<std::size_t>(rows) + 1, 0), order(static_cast<std::size_t>(row_of_edge.size(0))) {
        const std::int64_t* row = row_of_edge.data_ptr<std::int64_t>();
        for (std::size_t e = 0; e < order.size(); ++e) {
            ++begin[static_cast<std::size_t>(row[e]) + 1];
        }
        for (std::size_t r = 1; r < begin.size(); ++r) {
            begin[r] += begin[r - 1];
        }
        std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
        for (std::size_t e = 0; e < order.size(); ++e) {
            order[static_cast<std::size_t>(next[static_cast<std::size_t>(row[e])]++)] =
                static_cast<std::int64_t>(e);
        }
    }
};

template <typename Real>
const Real* data_of(const at::Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<Real>() : nullptr;
}

template <typename Real>
void fill(at::Tensor& result, const CouplingForm& form, FormSlot slot, const FormArguments& arguments,
          const EdgeEnds& ends) {
    const auto argument = [&](FormSlot which) {
        return which == slot ? nullptr : data_of<Real>(arguments[static_cast<std::size_t>(which)]);
    };
    Call<Real> call{&form,
                    argument(FormSlot::output),
                    argument(FormSlot::harmonics),
                    argument(FormSlot::weights),
                    argument(FormSlot::features),
                    result.data_ptr<Real>(),
                    ends.source.data_ptr<std::int64_t>(),
                    ends.receiver.data_ptr<std::int64_t>(),
                    nullptr,
                    nullptr,
                    ends.rows,
                    ends.atoms};
    const std::int64_t edges = ends.source.size(0);
    constexpr std::int64_t edges_of_a_task = 64;
    if (slot == FormSlot::harmonics || slot == FormSlot::weights) {
        at::parallel_for(0, edges, edges_of_a_task,
                         [&](std::int64_t first, std::int64_t last) { run(call, slot, first, last); });
        return;
    }
    const bool is_output = slot == FormSlot::output;
    const std::int64_t rows = is_output ? ends.atoms : ends.rows;
    const EdgesOfRows lists(is_output ? ends.receiver : ends.source, rows);
    call.begin = lists.begin.data();
    call.order = lists.order.data();
    const std::int64_t grain =
        std::max<std::int64_t>(1, edges_of_a_task * rows / std::max<std::int64_t>(1, edges));
    at::parallel_for(0, rows, grain,
                     [&](std::int64_t first, std::int64_t last) { run(call, slot, first, last); });
}

std::vector<std::int64_t> shape_of(const CouplingForm& form, FormSlot slot, const EdgeEnds& ends) {
    switch (slot) {
        case FormSlot::output:
            return {form.output_width * ends.atoms};
        case FormSlot::harmonics:
            return {ends.source.size(0), form.harmonics_width};
        case FormSlot::weights:
            return {ends.source.size(0), form.weights_width};
        case FormSlot::features:
            return {form.features_width * ends.rows};
    }
    throw ContractError("no such slot");
}

}  // namespace

at::Tensor coupling_partial_on_cpu(const CouplingForm& form, FormSlot slot, const FormArguments& arguments,
                                   const EdgeEnds& ends) {
    const std::size_t other = slot == FormSlot::output ? 1 : 0;
    at::Tensor result =
        at::zeros(shape_of(form, slot, ends), arguments[other].options().requires_grad(false));
    if (ends.source.size(0) == 0) {
        return result;
    }
    if (result.scalar_type() == at::kFloat) {
        fill<float>(result, form, slot, arguments, ends);
    } else {
        fill<double>(result, form, slot, arguments, ends);
    }
    return result;
}

}  // namespace fibonaqi::nn
