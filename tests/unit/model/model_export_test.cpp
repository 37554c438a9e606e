#include "fibonaqi/model/model_export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/torch_archive.hpp"
#include "fibonaqi/model/zip_archive.hpp"

#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

TEST(ModelExport, writes_a_state_dict_that_the_reader_of_torch_files_reads_bit_by_bit) {
    const ModelFile model = test::tiny_model();
    const std::string bytes = torch_archive_of(model.tensors);
    TorchArchive archive(bytes, "exported.pt");
    ASSERT_EQ(archive.root().kind, PickleKind::dict);
    ASSERT_EQ(archive.root().entries.size(), model.tensors.size());
    for (const auto& [name, tensor] : model.tensors) {
        const PickleValue* value = archive.root().entry(name);
        ASSERT_NE(value, nullptr) << name;
        const auto read = archive.tensor(*value);
        ASSERT_TRUE(read.has_value()) << name;
        EXPECT_EQ(read->type, tensor.type) << name;
        EXPECT_EQ(read->shape, tensor.shape) << name;
        EXPECT_EQ(read->data, tensor.data) << name;
    }
}

TEST(ModelExport, writes_arrays_with_the_header_of_numpy_at_multiples_of_64_bytes) {
    const ModelFile model = test::tiny_model();
    const std::string bytes = npz_of(model);
    const ZipArchive zip(bytes, "exported.npz");
    for (const auto& [name, tensor] : model.tensors) {
        const std::string_view array = zip.read(name + ".npy");
        EXPECT_EQ(static_cast<std::size_t>(array.data() - bytes.data()) % 64, 0u);
        const std::size_t header = array.size() - tensor.data.size();
        EXPECT_EQ(header % 64, 0u);
        EXPECT_EQ(array.substr(0, 8), std::string_view("\x93NUMPY\x01\x00", 8));
        EXPECT_EQ(array[header - 1], '\n');
        EXPECT_TRUE(std::equal(tensor.data.begin(), tensor.data.end(),
                               reinterpret_cast<const std::byte*>(array.data() + header)));
    }
    EXPECT_THAT(std::string(zip.read("readouts.1.linear_2.weight.npy").substr(0, 128)),
                HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (3, ), }"));
    EXPECT_THAT(std::string(zip.read("card.npy")), HasSubstr("\"architecture\":\"mace\""));
}

TEST(ModelExport, names_the_arguments_of_mace_as_mace_does) {
    const Json arguments = mace_arguments(test::tiny_model().card);
    EXPECT_EQ(arguments.at("model"), "ScaleShiftMACE");
    EXPECT_EQ(arguments.at("interaction_cls_first"), "RealAgnosticInteractionBlock");
    EXPECT_EQ(arguments.at("hidden_irreps"), "4x0e");
    EXPECT_EQ(arguments.at("num_elements"), 3);
    EXPECT_EQ(arguments.at("atomic_energies"), Json::array({-1.5, -0.25, -3.0}));
    ModelCard other = test::tiny_model().card;
    other.architecture = "tensornet";
    EXPECT_THROW(mace_arguments(other), ModelError);
}

}  // namespace
}  // namespace fibonaqi
