// Reads what torch.save writes (a zip archive with a pickle and raw storages) without LibTorch and without
// executing anything of it.
//
// Layout: `<root>/data.pkl`, `<root>/data/<key>` per storage, `<root>/byteorder` (newer files). A tensor is a
// recorded call of torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, ...), a parameter one of
// torch._utils._rebuild_parameter(tensor, ...). See torch/serialization.py and torch/_utils.py.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fibonaqi/model/pickle_reader.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/model/zip_archive.hpp"

namespace fibonaqi {

/// One archive, its tensors read on request. Element types are those of TensorType; torch.bool becomes uint8.
class TorchArchive {
  public:
    /// `bytes` must outlive the archive. Throws ModelError naming `source`: no zip, TorchScript (which holds
    /// code), damaged, or naming something that no model needs (os.system and its like: a hostile file, even
    /// though nothing would be called).
    TorchArchive(std::string_view bytes, const std::string& source);

    const PickleValue& root() const { return *document_.root; }

    /// The tensor or parameter that this value records; empty when it records something else.
    /// Strides are honoured: the result is dense, row-major. Throws ModelError for a broken record, and when
    /// the tensors read so far are far larger than the file (a memory bomb).
    std::optional<StoredTensor> tensor(const PickleValue& value);

  private:
    /// Where the elements of a tensor lie in a storage, in units of elements.
    struct Layout {
        std::uint64_t offset = 0;
        std::vector<std::int64_t> shape, strides;
    };
    struct Storage {
        TensorType type = TensorType::float64;
        std::string_view bytes;
    };

    [[noreturn]] void fail(const std::string& problem) const;
    void refuse_hostile_names() const;
    std::vector<std::int64_t> lengths(const PickleValue& tuple) const;
    const Storage& storage(const PickleValue& id);
    StoredTensor rebuild(const PickleValue& arguments);
    StoredTensor gather(const Storage& storage, const Layout& layout);

    std::string source_;
    ZipArchive zip_;
    std::string folder_;  // of the entries, with a final slash
    PickleDocument document_;
    std::map<std::string, Storage> storages_;  // by key; checksums verified
    std::uint64_t bytes_left_;                 // that tensors may still take
};

}  // namespace fibonaqi
