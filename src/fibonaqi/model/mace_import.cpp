#include "fibonaqi/model/mace_import.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/foreign_text.hpp"
#include "fibonaqi/model/import_steps.hpp"
#include "fibonaqi/model/mace_heads.hpp"
#include "fibonaqi/model/module_tree.hpp"

namespace fibonaqi {
namespace {

constexpr int most_interactions = 64;
constexpr std::size_t most_heads = 1000;
constexpr int most_power = 64;  // of the polynomial cutoff

// What is computed on the fly or never read: empty masks, code and tables of e3nn.
bool is_needed(const std::string& name) {
    return !name.ends_with("output_mask") && !name.ends_with("_zeroed") &&
           name.find("_compiled") == std::string::npos && name.find("_w3j") == std::string::npos &&
           name.find("graph_opt") == std::string::npos;
}

std::string dtype_of(const StoredTensor& weight) {
    return weight.type == TensorType::float64 ? "float64" : "float32";
}

// Reads hyperparameters off the tensors, class names and attributes of a MACE module tree.
class MaceReader {
  public:
    MaceReader(const ModuleTree& tree, const std::string& source) : tree_(tree), source_(source) {}

    ModelFile read(const ImportOptions& options) {
        ModelFile model;
        model.card.name = options.name;
        model.card.architecture = "mace";
        for (const double number : values("atomic_numbers")) {
            model.card.species.push_back(integer("atomic_numbers", number, largest_atomic_number));
        }
        elements_ = model.card.species.size();
        interactions_ = integer("num_interactions", value("num_interactions"), most_interactions);
        const MaceHeads heads = read_heads();
        model.card.hyperparameters = hyperparameters(heads.names.size());
        model.card.cutoff = value("r_max");
        model.card.layers = interactions_;
        model.card.dtype = dtype_of(tensor("node_embedding.linear.weight"));
        for (const auto& [name, tensor] : tree_.tensors) {
            model.tensors.emplace(name, tensor);
        }
        keep_head(model, heads, options.head);
        return model;
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw ModelError(source_ + ": " + problem + " (not a MACE model as this program knows it)");
    }
    const StoredTensor& tensor(const std::string& name) const {
        const auto found = tree_.tensors.find(name);
        if (found == tree_.tensors.end()) {
            fail("tensor '" + name + "' is missing");
        }
        return found->second;
    }
    std::vector<double> values(const std::string& name) const { return tensor(name).as_doubles(); }
    double value(const std::string& name) const {
        const std::vector<double> all = values(name);
        if (all.empty() || !std::isfinite(all[0])) {
            fail("tensor '" + name + "' holds no number");
        }
        return all[0];
    }
    // `number` of tensor `name` as a counting number.
    int integer(const std::string& name, double number, int most) const {
        if (!(number >= 1.0 && number <= most) || number != std::floor(number)) {
            fail("tensor '" + name + "' holds a number that is not among 1 ... " + std::to_string(most));
        }
        return static_cast<int>(number);
    }
    double value_or(const std::string& name, double otherwise) const {
        return tree_.tensors.contains(name) ? value(name) : otherwise;
    }
    std::string class_name(const std::string& path) const {
        const auto found = tree_.modules.find(path);
        if (found == tree_.modules.end()) {
            return {};
        }
        const std::string_view full = found->second->class_path();
        const std::string name = shown(full);
        if (name != full) {
            fail("module '" + path + "' has a senseless class");
        }
        return name.substr(name.rfind(' ') + 1);
    }

    // The attribute "heads", a list of names; older models have none, and one head.
    MaceHeads read_heads() const {
        const PickleValue* list = tree_.modules.at("")->attribute("heads");
        MaceHeads heads;
        for (std::size_t i = 0; list != nullptr && i < list->items.size() && i < most_heads; ++i) {
            heads.names.push_back(shown(list->items[i]->text));
        }
        if (heads.names.empty()) {
            heads.names.emplace_back("Default");
        }
        return heads;
    }

    Json hyperparameters(std::size_t heads) const {
        Json hyper;
        hyper["model"] = class_name("");
        hyper["r_max"] = value("r_max");
        hyper["num_bessel"] = tensor("radial_embedding.bessel_fn.bessel_weights").count();
        hyper["num_polynomial_cutoff"] =
            integer("radial_embedding.cutoff_fn.p", value("radial_embedding.cutoff_fn.p"), most_power);
        hyper["interaction"] = class_name("interactions." + std::to_string(interactions_ - 1));
        hyper["interaction_first"] = class_name("interactions.0");
        hyper["num_interactions"] = interactions_;
        add_contraction(hyper);
        add_readout(hyper, heads);
        hyper["radial_MLP"] = radial_widths();
        const std::vector<double> neighbors = average_neighbors();
        hyper["avg_num_neighbors"] = neighbors[0];
        hyper["avg_num_neighbors_per_layer"] = neighbors;
        hyper["distance_transform"] = distance_transform();
        hyper["pair_repulsion"] = tree_.modules.contains("pair_repulsion_fn");
        hyper["parameters"] = tree_.parameters;
        return hyper;
    }

    // The last readout alone has an activation, except in models of one layer.
    void add_readout(Json& hyper, std::size_t heads) const {
        int count = 0;
        while (count < most_interactions && tree_.modules.contains("readouts." + std::to_string(count))) {
            ++count;
        }
        if (count != interactions_ && count != 1) {
            fail("there are " + std::to_string(count) + " readouts for " + std::to_string(interactions_) +
                 " interactions");
        }
        const std::string path = "readouts." + std::to_string(count - 1);
        const std::string kind = class_name(path);
        hyper["readout"] = kind;
        hyper["use_last_readout_only"] = count < interactions_;
        if (kind == "LinearReadoutBlock") {
            hyper["gate"] = "silu";  // of the radial network
            hyper["last_layer"] = path + ".linear.weight";
            return;
        }
        hyper["gate"] = gate(path);
        hyper["last_layer"] = path + ".linear_2.weight";
        const auto numbers = static_cast<std::size_t>(tensor(path + ".linear_2.weight").count());
        hyper["MLP_irreps"] = std::to_string(numbers / (heads * heads)) + "x0e";
    }

    // max_ell, correlation and hidden_irreps show in the shapes and number of the symmetric contractions.
    void add_contraction(Json& hyper) const {
        const std::string contractions = "products.0.symmetric_contractions.contractions.";
        const auto& shape = tensor(contractions + "0.U_matrix_1").shape;
        const double components = shape.empty() ? 0.0 : static_cast<double>(shape[0]);
        hyper["max_ell"] = static_cast<int>(std::lround(std::sqrt(components))) - 1;
        hyper["correlation"] = correlations();
        const std::size_t channels =
            static_cast<std::size_t>(tensor("node_embedding.linear.weight").count()) / elements_;
        std::string irreps;
        for (int l = 0; tree_.modules.contains(contractions + std::to_string(l)); ++l) {
            irreps += (l == 0 ? "" : "+") + std::to_string(channels) + "x" + std::to_string(l) +
                      (l % 2 == 0 ? "e" : "o");
        }
        hyper["hidden_irreps"] = irreps;
    }

    // Of the products of all layers: one number where they are alike.
    Json correlations() const {
        std::vector<int> all;
        for (int layer = 0; layer < interactions_; ++layer) {
            const std::string matrix =
                "products." + std::to_string(layer) + ".symmetric_contractions.contractions.0.U_matrix_";
            int correlation = 1;
            while (tree_.tensors.contains(matrix + std::to_string(correlation + 1))) {
                ++correlation;
            }
            all.push_back(correlation);
        }
        const bool are_alike = std::equal(all.begin() + 1, all.end(), all.begin());
        return are_alike ? Json(all[0]) : Json(all);
    }

    // Widths of the hidden layers of the radial network.
    std::vector<std::int64_t> radial_widths() const {
        std::vector<std::int64_t> widths;
        for (int layer = 0;; ++layer) {
            const auto found = tree_.tensors.find("interactions.0.conv_tp_weights.layer" +
                                                  std::to_string(layer) + ".weight");
            if (found == tree_.tensors.end()) {
                break;
            }
            if (found->second.shape.size() != 2) {
                fail("tensor '" + found->first + "' is no matrix");
            }
            widths.push_back(found->second.shape[1]);
        }
        if (widths.empty()) {
            fail("the radial network has no layers");
        }
        widths.pop_back();
        return widths;
    }

    // Name of the activation function: the attribute f of e3nn's normalize2mom in the readout.
    std::string gate(const std::string& readout) const {
        const auto found = tree_.modules.find(readout + ".non_linearity.acts.0");
        const PickleValue* function = found == tree_.modules.end() ? nullptr : found->second->attribute("f");
        std::string name = function == nullptr ? "" : shown(function->class_path());
        name = name.substr(name.rfind(' ') + 1);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
        return name.empty() ? "unknown" : name;
    }

    std::string distance_transform() const {
        const std::string name = class_name("radial_embedding.distance_transform");
        const std::string suffix = "Transform";
        return name.empty()             ? "None"
               : name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size())
                                        : name;
    }

    // A Python attribute of each interaction block, not part of the state dict.
    std::vector<double> average_neighbors() const {
        std::vector<double> all;
        for (int i = 0; i < interactions_; ++i) {
            const std::string path = "interactions." + std::to_string(i);
            const auto found = tree_.modules.find(path);
            const PickleValue* stored =
                found == tree_.modules.end() ? nullptr : found->second->attribute("avg_num_neighbors");
            const auto number = stored == nullptr ? std::nullopt : number_of(*stored);
            const bool is_density = class_name(path).find("Density") != std::string::npos;
            if (!number && !is_density && !tree_.tensors.contains(path + ".avg_num_neighbors")) {
                fail("module '" + path + "' has no avg_num_neighbors");
            }
            all.push_back(number ? *number : value_or(path + ".avg_num_neighbors", 1.0));
            if (!std::isfinite(all.back()) || all.back() <= 0.0) {
                fail("module '" + path + "' has a senseless avg_num_neighbors");
            }
        }
        return all;
    }

    const ModuleTree& tree_;
    std::string source_;
    std::size_t elements_ = 0;
    int interactions_ = 0;
};

void require_mace(const PickleValue& root, const std::string& source) {
    const std::string path(root.class_path());
    if (path.starts_with("mace.") && path.ends_with("MACE") && root.kind == PickleKind::object) {
        return;
    }
    const bool is_dict = root.kind == PickleKind::dict || path == "collections OrderedDict";
    throw ModelError(source + ": holds " +
                     (is_dict ? "a dict (a checkpoint or state dict)"
                              : "'" + (path.empty() ? "no object" : shown(path)) + "'") +
                     ", not a whole MACE model; save the model object with torch.save");
}

}  // namespace

ModelFile import_mace(std::string_view bytes, const std::string& source, const ImportOptions& options) {
    TorchArchive archive(bytes, source);
    require_mace(archive.root(), source);
    const ModuleTree tree = read_module_tree(archive, is_needed, source);
    ImportOptions named = options;
    named.name = as_utf8(options.name.empty() ? std::filesystem::path(source).stem().string() : options.name);
    ModelFile model = MaceReader(tree, source).read(named);
    record_origin(model, bytes, source, options);
    if (!options.species.empty()) {
        keep_species(model, options.species);
    }
    finish_import(model, tree.parameters, source, options);
    return model;
}

ModelFile import_mace(const std::filesystem::path& file, const ImportOptions& options) {
    return import_mace(read_file(file), file.string(), options);
}

}  // namespace fibonaqi
