#include "fibonaqi/model/mace_layout.hpp"

#include <cmath>
#include <set>

#include "fibonaqi/model/contraction_basis.hpp"
#include "fibonaqi/model/coupling_paths.hpp"

namespace fibonaqi {
namespace {

constexpr const char* block = "RealAgnosticResidualInteractionBlock";

std::string indexed(const std::string& group, int index, const std::string& part) {
    return group + "." + std::to_string(index) + "." + part;
}

std::string contraction_name(int layer, int order, const std::string& part) {
    return indexed("products", layer, indexed("symmetric_contractions.contractions", order, part));
}

std::string coupling_name(int layer, int order, int nu) {
    return contraction_name(layer, order, "U_matrix_" + std::to_string(nu));
}

std::int64_t width_of(const Irreps& irreps) {
    std::int64_t width = 0;
    for (const IrrepBlock& part : irreps) {
        width += part.channels;
    }
    return width;
}

void add_interaction(std::vector<NamedShape>& shapes, const MaceLayout& layout, int layer) {
    const Irreps before = layout.features_before(layer), harmonics = harmonics_irreps(layout.max_ell);
    const Irreps messages = layout.irreps_to(layout.max_ell);
    std::vector<Irrep> wanted;
    for (const IrrepBlock& part : harmonics) {
        wanted.push_back(part.irrep);
    }
    const Irreps sums = coupled_irreps(before, coupling_paths(before, harmonics, wanted));
    const auto linear = [&](const char* name, const Irreps& in, const Irreps& out, std::int64_t copies) {
        shapes.push_back(
            {indexed("interactions", layer, name), {numbers_of(linear_parts(in, out)) * copies}});
    };
    linear("linear_up.weight", before, before, 1);
    std::vector<std::int64_t> widths{layout.bessel_functions};
    widths.insert(widths.end(), layout.radial_widths.begin(), layout.radial_widths.end());
    widths.push_back(width_of(sums));
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        shapes.push_back(
            {indexed("interactions", layer, "conv_tp_weights.layer" + std::to_string(i) + ".weight"),
             {widths[i], widths[i + 1]}});
    }
    linear("linear.weight", sums, messages, 1);
    linear("skip_tp.weight", before, layout.features_after(layer), layout.elements);
}

void add_product(std::vector<NamedShape>& shapes, const MaceLayout& layout, int layer) {
    const Irreps after = layout.features_after(layer);
    for (int order = 0; order < static_cast<int>(after.size()); ++order) {
        for (int nu = layout.correlation; nu >= 1; --nu) {
            const std::string name = nu == layout.correlation
                                         ? "weights_max"
                                         : "weights." + std::to_string(layout.correlation - 1 - nu);
            const std::int64_t paths = contraction_basis(layout.max_ell, order, nu).shape.back();
            shapes.push_back(
                {contraction_name(layer, order, name), {layout.elements, paths, layout.channels}});
        }
    }
    shapes.push_back({indexed("products", layer, "linear.weight"), {numbers_of(linear_parts(after, after))}});
}

}  // namespace

Irreps MaceLayout::irreps_to(int highest) const {
    Irreps irreps;
    for (int l = 0; l <= highest; ++l) {
        irreps.push_back({channels, {l, natural_parity(l)}});
    }
    return irreps;
}

std::string MaceLayout::last_layer() const {
    return indexed("readouts", layers - 1, "linear_2.weight");
}

std::vector<NamedShape> mace_parameters(const MaceLayout& layout) {
    std::vector<NamedShape> shapes{{"node_embedding.linear.weight", {layout.elements * layout.channels}}};
    for (int layer = 0; layer < layout.layers; ++layer) {
        add_interaction(shapes, layout, layer);
    }
    for (int layer = 0; layer < layout.layers; ++layer) {
        add_product(shapes, layout, layer);
    }
    for (int layer = 0; layer + 1 < layout.layers; ++layer) {
        shapes.push_back({indexed("readouts", layer, "linear.weight"), {layout.channels}});
    }
    shapes.push_back({indexed("readouts", layout.layers - 1, "linear_1.weight"),
                      {layout.channels * layout.readout_width}});
    shapes.push_back({layout.last_layer(), {layout.readout_width}});
    return shapes;
}

TensorMap mace_buffers(const MaceLayout& layout, double cutoff) {
    TensorMap buffers;
    std::vector<double> wave_numbers;
    for (std::int64_t n = 1; n <= layout.bessel_functions; ++n) {
        wave_numbers.push_back(static_cast<double>(n) * M_PI / cutoff);
    }
    buffers["radial_embedding.bessel_fn.bessel_weights"] =
        StoredTensor::from_doubles(wave_numbers, {layout.bessel_functions}, TensorType::float64);
    for (int layer = 0; layer < layout.layers; ++layer) {
        for (int order = 0; order < static_cast<int>(layout.features_after(layer).size()); ++order) {
            for (int nu = 1; nu <= layout.correlation; ++nu) {
                buffers[coupling_name(layer, order, nu)] = contraction_basis(layout.max_ell, order, nu);
            }
        }
    }
    return buffers;
}

Json mace_hyperparameters(const MaceLayout& layout, double cutoff) {
    Json hyper{{"model", "ScaleShiftMACE"},
               {"r_max", cutoff},
               {"num_bessel", layout.bessel_functions},
               {"num_polynomial_cutoff", layout.envelope_power},
               {"interaction", block},
               {"interaction_first", block},
               {"num_interactions", layout.layers},
               {"max_ell", layout.max_ell},
               {"correlation", layout.correlation},
               {"hidden_irreps", text_of(layout.irreps_to(layout.hidden_order))},
               {"MLP_irreps", text_of(Irreps{{layout.readout_width, {0, 1}}})},
               {"radial_MLP", layout.radial_widths},
               {"gate", "silu"},
               {"readout", "NonLinearReadoutBlock"},
               {"distance_transform", "None"},
               {"pair_repulsion", false},
               {"n_heads", 1},
               {"last_layer", layout.last_layer()}};
    hyper.update(record_of(mace_parameters(layout)));
    return hyper;
}

}  // namespace fibonaqi
