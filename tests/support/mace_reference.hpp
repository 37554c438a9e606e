// Models and values of shared/data/mace_reference: float64 results of the Python original.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/shared_data.hpp"

namespace fibonaqi::test {

/// One set: a model and what the original says about several structures.
class MaceReference {
  public:
    explicit MaceReference(const std::string& set)
        : folder_(shared_directory() / "data/mace_reference" / set),
          hyper(read_json(folder_ / "hyper.json")),
          values_(read_tensor_file(folder_ / "reference.safetensors").tensors) {}

    /// As a model file of this project; U matrices come from the set, or from the constants beside it.
    ModelFile model() const {
        ModelFile model;
        model.card.name = folder_.filename().string();
        model.card.architecture = "mace";
        model.card.hyperparameters = hyper;
        if (!hyper.contains("distance_transform")) {
            model.card.hyperparameters["distance_transform"] = "None";
        }
        model.card.species = hyper.at("atomic_numbers").get<std::vector<int>>();
        model.card.e0 = hyper.at("E0").get<std::vector<double>>();
        model.card.cutoff = hyper.at("r_max");
        model.card.layers = hyper.at("num_interactions");
        model.card.dtype = "float64";
        model.tensors = read_tensor_file(folder_ / "model.safetensors").tensors;
        for (const std::string product : {"products.0", "products.1"}) {
            const std::string prefix = product + ".symmetric_contractions.contractions.0.U_matrix_";
            for (int nu = 1; nu <= hyper.at("correlation").get<int>(); ++nu) {
                if (!model.tensors.contains(prefix + std::to_string(nu))) {
                    model.tensors[prefix + std::to_string(nu)] = u_matrix(nu);
                }
            }
        }
        return model;
    }

    std::vector<std::string> structures() const {
        std::set<std::string> names;
        for (const auto& [name, tensor] : values_) {
            names.insert(name.substr(0, name.find('/')));
        }
        return {names.begin(), names.end()};
    }
    bool has(const std::string& structure, const std::string& item) const {
        return values_.contains(structure + "/" + item);
    }
    std::vector<double> numbers(const std::string& structure, const std::string& item) const {
        return values_.at(structure + "/" + item).as_doubles();
    }

    Structure structure(const std::string& name) const {
        Structure structure;
        const auto positions = numbers(name, "in.positions"), cell = numbers(name, "in.cell"),
                   pbc = numbers(name, "in.pbc");
        for (const double number : numbers(name, "in.atomic_numbers")) {
            structure.atomic_numbers.push_back(static_cast<int>(number));
        }
        for (std::size_t i = 0; i < structure.atomic_numbers.size(); ++i) {
            structure.positions.push_back({positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]});
        }
        for (std::size_t i = 0; i < 3; ++i) {
            structure.cell[i] = {cell[3 * i], cell[3 * i + 1], cell[3 * i + 2]};
            structure.pbc[i] = pbc[i] != 0.0;
        }
        return structure;
    }

    Labels labels(const std::string& name) const {
        Labels labels;
        labels.energy = numbers(name, "label.energy")[0];
        const auto forces = numbers(name, "label.forces");
        for (std::size_t i = 0; i < forces.size(); i += 3) {
            labels.forces.push_back({forces[i], forces[i + 1], forces[i + 2]});
        }
        return labels;
    }

  private:
    // Stored as a list of the entries that are not zero.
    StoredTensor u_matrix(int nu) const {
        const TensorMap sparse =
            read_tensor_file(folder_.parent_path() / "constants/u_matrices_sparse.safetensors").tensors;
        const std::string name = "maxell" + hyper.at("max_ell").dump() + ".0e.nu" + std::to_string(nu) + ".";
        std::vector<std::int64_t> shape;
        std::size_t size = 1;
        for (const double length : sparse.at(name + "shape").as_doubles()) {
            shape.push_back(static_cast<std::int64_t>(length));
            size *= static_cast<std::size_t>(length);
        }
        std::vector<double> dense(size, 0.0);
        const auto index = sparse.at(name + "index").as_doubles(),
                   value = sparse.at(name + "value").as_doubles();
        for (std::size_t entry = 0; entry < value.size(); ++entry) {
            std::size_t place = 0;
            for (std::size_t axis = 0; axis < shape.size(); ++axis) {
                place = place * static_cast<std::size_t>(shape[axis]) +
                        static_cast<std::size_t>(index[entry * shape.size() + axis]);
            }
            dense[place] = value[entry];
        }
        return StoredTensor::from_doubles(dense, shape, TensorType::float64);
    }

    std::filesystem::path folder_;

  public:
    const Json hyper;

  private:
    TensorMap values_;
};

}  // namespace fibonaqi::test
