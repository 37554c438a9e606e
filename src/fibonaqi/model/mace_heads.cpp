#include "fibonaqi/model/mace_heads.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi {
namespace {

std::string list_of(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "'" : ", '") + name + "'";
    }
    return list;
}

std::size_t index_of(const std::string& head, const MaceHeads& heads, const std::string& model) {
    if (head.empty() && heads.names.size() == 1) {
        return 0;
    }
    const auto found = std::find(heads.names.begin(), heads.names.end(), head);
    if (found == heads.names.end()) {
        throw ModelError("model '" + model + "' has the heads " + list_of(heads.names) + " (" +
                             (head.empty() ? "one must be chosen)" : "there is no '" + head + "')") +
                             " give one of them with --head",
                         ExitCode::usage);
    }
    return static_cast<std::size_t>(found - heads.names.begin());
}

// What belongs to one head in a flat matrix [rows, heads * columns].
struct HeadPart {
    std::size_t columns = 1;
    bool of_rows_too = false;  // rows are heads * width too, and the fan-in shrinks
};

// Leaves of a tensor, if it is there, what belongs to head `head` of `heads`.
void cut(ModelFile& model, const std::string& name, std::size_t heads, std::size_t head,
         const HeadPart& part) {
    const auto found = model.tensors.find(name);
    if (found == model.tensors.end()) {
        return;
    }
    const std::vector<double> all = found->second.as_doubles();
    const std::size_t row_length = heads * part.columns,
                      rows = all.size() / std::max<std::size_t>(1, row_length);
    const std::size_t divisor = part.of_rows_too ? row_length * heads : row_length;
    if (divisor == 0 || all.size() % divisor != 0) {
        throw ModelError("model '" + model.card.name + "': tensor '" + name + "' does not fit " +
                         std::to_string(heads) + " heads (the file is damaged, or of another kind)");
    }
    const std::size_t first = part.of_rows_too ? head * rows / heads : 0;
    const std::size_t last = part.of_rows_too ? first + rows / heads : rows;
    const double scale = part.of_rows_too ? 1.0 / std::sqrt(static_cast<double>(heads)) : 1.0;
    std::vector<double> own;
    for (std::size_t row = first; row < last; ++row) {
        for (std::size_t column = 0; column < part.columns; ++column) {
            own.push_back(all[row * row_length + head * part.columns + column] * scale);
        }
    }
    const auto count = static_cast<std::int64_t>(own.size());
    found->second = StoredTensor::from_doubles(own, {count}, found->second.type);
}

void cut_readouts(ModelFile& model, std::size_t heads, std::size_t head) {
    constexpr int most_readouts = 64;
    for (int index = 0; index < most_readouts; ++index) {
        const std::string prefix = "readouts." + std::to_string(index) + ".";
        cut(model, prefix + "linear.weight", heads, head, {1, false});
        const auto last = model.tensors.find(prefix + "linear_2.weight");
        if (last == model.tensors.end()) {
            continue;
        }
        const std::size_t width = static_cast<std::size_t>(last->second.count()) / (heads * heads);
        cut(model, prefix + "linear_1.weight", heads, head, {width, false});
        cut(model, prefix + "linear_mid.weight", heads, head, {width, true});
        cut(model, prefix + "linear_mid.bias", heads, head, {width, false});
        cut(model, prefix + "linear_2.weight", heads, head, {1, true});
        cut(model, prefix + "linear_2.bias", heads, head, {1, false});
    }
}

double value_of(const ModelFile& model, const std::string& name, std::size_t head, double otherwise) {
    const auto found = model.tensors.find(name);
    if (found == model.tensors.end()) {
        return otherwise;
    }
    const std::vector<double> values = found->second.as_doubles();
    return values.size() == 1 ? values[0] : head < values.size() ? values[head] : otherwise;
}

}  // namespace

void keep_head(ModelFile& model, const MaceHeads& heads, const std::string& head) {
    const std::size_t count = heads.names.size();
    const std::size_t index = index_of(head, heads, model.card.name);
    const std::string energies = "atomic_energies_fn.atomic_energies";
    const auto e0 = model.tensors.find(energies);
    const std::size_t elements = model.card.species.size();
    if (e0 == model.tensors.end() || (static_cast<std::size_t>(e0->second.count()) != count * elements &&
                                      static_cast<std::size_t>(e0->second.count()) != elements)) {
        throw ModelError("model '" + model.card.name + "': tensor '" + energies + "' does not hold " +
                         std::to_string(elements) + " energies for each of " + std::to_string(count) +
                         " heads (the file is damaged, or of another kind)");
    }
    const std::vector<double> all = e0->second.as_doubles();
    const std::size_t first = all.size() == elements ? 0 : index * elements;
    model.card.e0.assign(all.begin() + static_cast<std::ptrdiff_t>(first),
                         all.begin() + static_cast<std::ptrdiff_t>(first + elements));
    Json& hyper = model.card.hyperparameters;
    for (const std::string key : {"scale", "shift"}) {
        hyper[key] = value_of(model, "scale_shift." + key, index, key == "scale" ? 1.0 : 0.0);
    }
    hyper["n_heads"] = 1;
    if (count == 1) {
        return;
    }
    hyper["head"] = heads.names[index];
    e0->second =
        StoredTensor::from_doubles(model.card.e0, {static_cast<std::int64_t>(elements)}, TensorType::float64);
    for (const std::string key : {"scale", "shift"}) {
        if (const auto found = model.tensors.find("scale_shift." + key); found != model.tensors.end()) {
            found->second = StoredTensor::from_doubles({hyper[key].get<double>()}, {}, found->second.type);
        }
    }
    cut_readouts(model, count, index);
}

}  // namespace fibonaqi
