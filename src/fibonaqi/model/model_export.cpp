#include "fibonaqi/model/model_export.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/npy_header.hpp"
#include "fibonaqi/model/zip_writer.hpp"

namespace fibonaqi {
namespace {

const char* storage_class(TensorType type) {
    switch (type) {
        case TensorType::float32:
            return "FloatStorage";
        case TensorType::float64:
            return "DoubleStorage";
        case TensorType::int64:
            return "LongStorage";
        case TensorType::int32:
            return "IntStorage";
        case TensorType::uint8:
            return "ByteStorage";
    }
    throw ContractError("no such type");
}

const char* numpy_type(TensorType type) {
    switch (type) {
        case TensorType::float32:
            return "<f4";
        case TensorType::float64:
            return "<f8";
        case TensorType::int64:
            return "<i8";
        case TensorType::int32:
            return "<i4";
        case TensorType::uint8:
            return "|u1";
    }
    throw ContractError("no such type");
}

std::string_view bytes_of(const StoredTensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size()};
}

// Opcodes of pickle protocol 2 (CPython, Lib/pickletools.py) for what a state dict needs.
std::string unicode(const std::string& text) {
    return "X" + little_endian(text.size(), 4) + text;
}

std::string number(std::int64_t value) {
    return "J" + little_endian(static_cast<std::uint64_t>(value), 4);
}

std::string tuple(const std::string& items) {
    return "(" + items + "t";
}

std::string numbers(const std::vector<std::int64_t>& values) {
    std::string items;
    for (const std::int64_t value : values) {
        items += number(value);
    }
    return tuple(items);
}

std::vector<std::int64_t> strides_of(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
std::string pickled_tensor(const StoredTensor& tensor, const std::string& key) {
    const std::string storage = tuple(unicode("storage") + "ctorch\n" + storage_class(tensor.type) + "\n" +
                                      unicode(key) + unicode("cpu") + number(tensor.count())) +
                                "Q";
    return "ctorch._utils\n_rebuild_tensor_v2\n" +
           tuple(storage + number(0) + numbers(tensor.shape) + numbers(strides_of(tensor.shape)) + "\x89" +
                 "ccollections\nOrderedDict\n)R") +
           "R";
}

}  // namespace

std::string torch_archive_of(const TensorMap& tensors) {
    const std::string folder = "archive/";
    std::string pickle = "\x80\x02}(";
    int key = 0;
    for (const auto& [name, tensor] : tensors) {
        pickle += unicode(name) + pickled_tensor(tensor, std::to_string(key++));
    }
    pickle += "u.";
    ZipWriter zip;
    zip.add(folder + "data.pkl", pickle);
    zip.add(folder + "byteorder", "little");
    key = 0;
    for (const auto& [name, tensor] : tensors) {
        zip.add(folder + "data/" + std::to_string(key++), bytes_of(tensor));
    }
    zip.add(folder + "version", "3\n");
    return zip.finish();
}

std::string npz_of(const ModelFile& model) {
    ZipWriter zip;
    for (const auto& [name, tensor] : model.tensors) {
        zip.add(name + ".npy",
                npy_header(numpy_type(tensor.type), tensor.shape) + std::string(bytes_of(tensor)));
    }
    const std::string card = to_json(model.card).dump();
    zip.add("card.npy", npy_header("|S" + std::to_string(card.size()), {}) + card);
    return zip.finish();
}

Json mace_arguments(const ModelCard& card) {
    if (card.architecture != "mace") {
        throw ModelError("model '" + card.name + "' has the architecture '" + card.architecture +
                             "' (mace-torch knows MACE alone) export it with --to npz",
                         ExitCode::usage);
    }
    const Json& hyper = card.hyperparameters;
    Json arguments;
    for (const char* key : {"r_max", "num_bessel", "num_polynomial_cutoff", "max_ell", "num_interactions",
                            "hidden_irreps", "correlation", "radial_MLP", "gate"}) {
        arguments[key] = hyper.at(key);
    }
    arguments["model"] = hyper.value("model", "ScaleShiftMACE");
    arguments["MLP_irreps"] = hyper.value("MLP_irreps", "16x0e");
    arguments["interaction_cls"] = hyper.at("interaction");
    arguments["interaction_cls_first"] = hyper.at("interaction_first");
    arguments["readout_cls"] = hyper.value("readout", "NonLinearReadoutBlock");
    arguments["use_last_readout_only"] = hyper.value("use_last_readout_only", false);
    arguments["distance_transform"] = hyper.value("distance_transform", "None");
    arguments["pair_repulsion"] = hyper.value("pair_repulsion", false);
    arguments["avg_num_neighbors"] = hyper.at("avg_num_neighbors");
    arguments["num_elements"] = card.species.size();
    arguments["atomic_numbers"] = card.species;
    arguments["atomic_energies"] = card.e0;
    if (arguments["model"] == "ScaleShiftMACE") {
        arguments["atomic_inter_scale"] = hyper.at("scale");
        arguments["atomic_inter_shift"] = hyper.at("shift");
    }
    arguments["use_reduced_cg"] = false;
    return arguments;
}

}  // namespace fibonaqi
