#include "fibonaqi/model/tensor_file.hpp"

#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A file written by hand from the format's description.
std::string file_of(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
}

std::string message_of(const std::string& bytes) {
    try {
        parse_tensor_file(bytes, "t");
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::refused);
        return error.what();
    }
    return "accepted";
}

std::string two_bytes_entry(const std::string& body) {
    return message_of(file_of("{\"a\":" + body + "}", "xy"));
}

TensorFile sample() {
    TensorFile file;
    file.metadata["who"] = "d\xc3\xa9j\xc3\xa0 \"vu\"";
    file.tensors["w"] = StoredTensor::from_doubles({1.0 / 3.0, -0.0, 1e-310}, {3, 1}, TensorType::float64);
    file.tensors["a"] = StoredTensor::from_doubles({0.1, 2.5, -7.0}, {3}, TensorType::float32);
    file.tensors["n"] = StoredTensor::from_doubles({-5.0, 9e15}, {1, 2}, TensorType::int64);
    file.tensors["i"] = StoredTensor::from_doubles({-5.0}, {}, TensorType::int32);
    file.tensors["u"] = StoredTensor::from_doubles({0.0, 1.0, 255.0}, {3}, TensorType::uint8);
    file.tensors["empty"] = StoredTensor::from_doubles({}, {0, 4}, TensorType::float32);
    return file;
}

TEST(TensorFile, reads_bytes_written_by_hand) {
    const float value = 1.5F;
    std::string data(4, '\0');
    std::memcpy(data.data(), &value, 4);
    const TensorFile file = parse_tensor_file(
        file_of(R"({"__metadata__":{"k":"v"},"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}  )",
                data),
        "t");
    EXPECT_EQ(file.metadata.at("k"), "v");
    EXPECT_EQ(file.tensors.at("x").type, TensorType::float32);
    EXPECT_THAT(file.tensors.at("x").shape, ElementsAre(1, 1));
    EXPECT_THAT(file.tensors.at("x").as_doubles(), ElementsAre(1.5));
}

TEST(TensorFile, comes_back_bit_by_bit) {
    const TensorFile file = sample();
    const TensorFile again = parse_tensor_file(serialise(file), "t");
    EXPECT_EQ(again.metadata, file.metadata);
    ASSERT_EQ(again.tensors.size(), file.tensors.size());
    for (const auto& [name, tensor] : file.tensors) {
        EXPECT_EQ(again.tensors.at(name).type, tensor.type) << name;
        EXPECT_EQ(again.tensors.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(again.tensors.at(name).data, tensor.data) << name;
    }
    EXPECT_EQ(serialise(again), serialise(file));
    EXPECT_TRUE(std::signbit(again.tensors.at("w").as_doubles()[1]));
}

TEST(TensorFile, aligns_every_tensor_to_its_items) {
    const std::string bytes = serialise(sample());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    EXPECT_EQ(length % 8, 0u);
    const Json header = Json::parse(bytes.substr(8, length));
    for (const auto& [name, entry] : header.items()) {
        if (name != "__metadata__") {
            const int size = entry["dtype"] == "U8"                              ? 1
                             : entry["dtype"].get<std::string>().ends_with("32") ? 4
                                                                                 : 8;
            EXPECT_EQ(entry["data_offsets"][0].get<int>() % size, 0) << name;
        }
    }
}

// Known bit patterns of IEEE 754 binary16 and of bfloat16, which is the upper half of binary32.
TEST(TensorFile, widens_half_types_exactly) {
    const std::string half("\x00\x3c\x00\xc0\x01\x00\xff\x7b\x00\x04", 10);
    const TensorFile file =
        parse_tensor_file(file_of(R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}})", half), "t");
    EXPECT_THAT(file.tensors.at("h").as_doubles(),
                ElementsAre(1.0, -2.0, std::ldexp(1.0, -24), 65504.0, std::ldexp(1.0, -14)));
    const std::string brain("\x80\x3f\x49\xc0", 4);
    const TensorFile other =
        parse_tensor_file(file_of(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", brain), "t");
    EXPECT_THAT(other.tensors.at("b").as_doubles(), ElementsAre(1.0, -3.140625));
    EXPECT_EQ(other.tensors.at("b").type, TensorType::float32);
}

TEST(TensorFile, is_refused_wherever_it_is_cut) {
    const std::string bytes = serialise(sample());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_NE(message_of(bytes.substr(0, length)), "accepted") << length;
    }
    EXPECT_THAT(message_of(bytes + "x"), HasSubstr("bytes of data"));
}

// A flipped bit in the data is another number and is no business of the format; in the length and in the
// structure of the header it must be noticed or change nothing but names and metadata.
TEST(TensorFile, survives_every_flipped_bit) {
    const std::string bytes = serialise(sample());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    for (std::size_t bit = 0; bit < 8 * (8 + length); ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        try {
            const TensorFile file = parse_tensor_file(damaged, "t");
            for (const auto& [name, tensor] : file.tensors) {
                EXPECT_EQ(static_cast<std::size_t>(tensor.count()) * size_of(tensor.type),
                          tensor.data.size());
            }
        } catch (const ModelError& error) {
            EXPECT_THAT(error.what(), HasSubstr("t: "));
        }
    }
}

TEST(TensorFile, refuses_headers_that_lie) {
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[3],"data_offsets":[0,2]})"),
                HasSubstr("does not fill"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[1],"data_offsets":[1,2]})"),
                HasSubstr("starts at byte 1"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[3],"data_offsets":[0,3]})"),
                HasSubstr("bytes of data"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})"),
                HasSubstr("bytes of data"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[2],"data_offsets":[2,0]})"),
                HasSubstr("no valid range"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[-2],"data_offsets":[0,2]})"),
                HasSubstr("unsigned"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[2.0],"data_offsets":[0,2]})"),
                HasSubstr("unsigned"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"F8","shape":[2],"data_offsets":[0,2]})"),
                HasSubstr("dtype 'F8'"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[2]})"), HasSubstr("does not consist"));
    EXPECT_THAT(
        two_bytes_entry(R"({"dtype":"U8","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,2]})"),
        HasSubstr("does not fill"));
    EXPECT_THAT(two_bytes_entry(R"({"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,2]})"),
                HasSubstr("2^62"));
    EXPECT_THAT(two_bytes_entry("7"), HasSubstr("does not consist"));
}

TEST(TensorFile, refuses_overlap_doubles_and_absurd_headers) {
    const std::string a = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
    const std::string b = R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
    EXPECT_THAT(message_of(file_of("{" + a + "," + b + "}", "xy")), HasSubstr("'b' starts at byte 0"));
    EXPECT_THAT(message_of(file_of("{" + a + "," + a + "}", "xy")), HasSubstr("occurs twice"));
    EXPECT_THAT(message_of(file_of(std::string(100, '['), "")), HasSubstr("nesting"));
    EXPECT_THAT(message_of(file_of("{\"\xff\":1}", "")), HasSubstr("not valid JSON"));
    EXPECT_THAT(message_of(file_of("[]", "")), HasSubstr("not a JSON object"));
    EXPECT_THAT(message_of(file_of(R"({"__metadata__":{"k":1}})", "")), HasSubstr("'k' is not a text"));
    EXPECT_THAT(message_of("\xff\xff\xff\xff\xff\xff\xff\xff{}"), HasSubstr("announced"));
    EXPECT_THAT(message_of(std::string("\x00\xe1\xf5\x05\x01\x00\x00\x00", 8)), HasSubstr("announced"));
    EXPECT_THAT(message_of(""), HasSubstr("only 0 bytes"));
}

TEST(TensorFile, is_written_atomically_and_read_back_from_disk) {
    const test::TemporaryFolder folder;
    write_tensor_file(folder / "a.safetensors", sample());
    EXPECT_EQ(read_file(folder / "a.safetensors"), serialise(sample()));
    EXPECT_EQ(read_tensor_file(folder / "a.safetensors").tensors.size(), sample().tensors.size());
    EXPECT_THROW(read_tensor_file(folder / "absent"), FileError);
}

TEST(TensorFile, refuses_to_write_what_is_inconsistent) {
    TensorFile file;
    file.tensors["a"] = StoredTensor{TensorType::float64, {2}, std::vector<std::byte>(8)};
    EXPECT_THROW(serialise(file), ContractError);
    EXPECT_THROW(StoredTensor::from_doubles({1.0}, {2}, TensorType::float32), ContractError);
}

// sqrt(3) x, y, z of a unit vector: the file was written by another program.
TEST(TensorFile, reads_files_of_other_programs) {
    FIBONAQI_NEEDS_SHARED("data/mace_reference/constants/constants.safetensors");
    const TensorFile file =
        read_tensor_file(test::shared_directory() / "data/mace_reference/constants/constants.safetensors");
    const StoredTensor& scalar = file.tensors.at("w3j.0.0.0");
    EXPECT_NEAR(scalar.as_doubles().at(0), 1.0, 1e-15);
    const std::vector<double> vector = file.tensors.at("w3j.1.1.0").as_doubles();
    ASSERT_EQ(vector.size(), 9u);
    EXPECT_NEAR(std::abs(vector[0]), 1.0 / std::sqrt(3.0), 1e-15);
}

}  // namespace
}  // namespace fibonaqi
