#include "fibonaqi/model/torch_archive.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/module_tree.hpp"

#include "tests/support/zip_writer.hpp"

namespace fibonaqi {
namespace {

using namespace std::string_literals;
using test::zip_of;
using testing::ElementsAre;
using testing::HasSubstr;

// Pieces of pickles, as torch.save writes them (protocol 2).
std::string text(const std::string& value) {
    return "X" + little_endian(value.size(), 4) + value;
}
std::string integer(std::int64_t value) {
    return "\x8a\x08"s + little_endian(static_cast<std::uint64_t>(value), 8);
}
std::string tuple(const std::vector<std::string>& items) {
    std::string bytes = "(";
    for (const std::string& item : items) {
        bytes += item;
    }
    return bytes + "t";
}
std::string integers(const std::vector<std::int64_t>& values) {
    std::vector<std::string> items;
    for (const std::int64_t value : values) {
        items.push_back(integer(value));
    }
    return tuple(items);
}
std::string storage(const std::string& class_name, std::int64_t count, const std::string& key = "0",
                    const std::string& device = "cpu") {
    return tuple({text("storage"), "ctorch\n" + class_name + "\n", text(key), text(device), integer(count)}) +
           "Q";
}

struct TensorRecord {
    std::string class_name = "DoubleStorage";
    std::int64_t count = 6, offset = 0;
    std::vector<std::int64_t> shape = {2, 3}, strides = {3, 1};
    std::string device = "cpu";
};

std::string tensor(const TensorRecord& record) {
    return "ctorch._utils\n_rebuild_tensor_v2\n" +
           tuple({storage(record.class_name, record.count, "0", record.device), integer(record.offset),
                  integers(record.shape), integers(record.strides), "\x89",
                  "ccollections\nOrderedDict\n)R"}) +
           "R";
}

template <class T>
std::string raw(const std::vector<T>& values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

const std::string six = raw<double>({0, 1, 2, 3, 4, 5});

std::string archive_of(const std::string& pickle, const std::string& data = six) {
    return zip_of({{"m/data.pkl", "\x80\x02" + pickle + "."}, {"m/byteorder", "little"}, {"m/data/0", data}});
}

std::vector<double> values_of(const std::string& pickle, const std::string& data = six) {
    const std::string bytes = archive_of(pickle, data);
    TorchArchive archive(bytes, "a");
    return archive.tensor(archive.root()).value().as_doubles();
}

std::string message_of(const std::string& bytes) {
    try {
        TorchArchive archive(bytes, "a");
        archive.tensor(archive.root());
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::refused);
        return error.what();
    }
    return "accepted";
}

TEST(TorchArchive, honours_offsets_and_strides) {
    EXPECT_THAT(values_of(tensor({})), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(values_of(tensor({.shape = {3, 2}, .strides = {1, 3}})),
                ElementsAre(0, 3, 1, 4, 2, 5));  // transposed
    EXPECT_THAT(values_of(tensor({.offset = 1, .shape = {2, 2}, .strides = {3, 1}})),
                ElementsAre(1, 2, 4, 5));
    EXPECT_THAT(values_of(tensor({.offset = 5, .shape = {}, .strides = {}})), ElementsAre(5));
    EXPECT_THAT(values_of(tensor({.offset = 4, .shape = {3}, .strides = {0}})),
                ElementsAre(4, 4, 4));  // expanded
    EXPECT_TRUE(values_of(tensor({.offset = 6, .shape = {2, 0}, .strides = {1, 1}})).empty());
}

TEST(TorchArchive, reads_every_common_type_from_any_device) {
    const TensorRecord three{.count = 3, .shape = {3}, .strides = {1}, .device = "cuda:0"};
    const auto read = [&](const std::string& class_name, const std::string& data) {
        TensorRecord record = three;
        record.class_name = class_name;
        return values_of(tensor(record), data);
    };
    EXPECT_THAT(read("DoubleStorage", raw<double>({0.1, 2, -3})), ElementsAre(0.1, 2, -3));
    EXPECT_THAT(read("FloatStorage", raw<float>({0.5F, 2, -3})), ElementsAre(0.5, 2, -3));
    EXPECT_THAT(read("LongStorage", raw<std::int64_t>({1, 2, -3})), ElementsAre(1, 2, -3));
    EXPECT_THAT(read("IntStorage", raw<std::int32_t>({1, 2, -3})), ElementsAre(1, 2, -3));
    EXPECT_THAT(read("ByteStorage", "\1\2\xff"), ElementsAre(1, 2, 255));
    EXPECT_THAT(read("BoolStorage", "\1\0\1"s), ElementsAre(1, 0, 1));
    EXPECT_THAT(message_of(archive_of(tensor({.class_name = "HalfStorage"}))),
                HasSubstr("torch HalfStorage"));
}

TEST(TorchArchive, sees_through_parameters) {
    const std::string parameter =
        "ctorch._utils\n_rebuild_parameter\n" + tuple({tensor({}), "\x88", "}"}) + "R";
    EXPECT_EQ(values_of(parameter).size(), 6u);
    const std::string of_type =
        "ctorch._tensor\n_rebuild_from_type_v2\n" +
        tuple({"ctorch._utils\n_rebuild_tensor_v2\n", "ctorch.nn.parameter\nParameter\n",
               tuple({storage("DoubleStorage", 6), integer(0), integers({6}), integers({1})}), "}"}) +
        "R";
    EXPECT_EQ(values_of(of_type).size(), 6u);
    const std::string bytes = archive_of("}");
    TorchArchive archive(bytes, "a");
    EXPECT_FALSE(archive.tensor(archive.root()).has_value());
}

TEST(TorchArchive, refuses_tensors_that_lie) {
    EXPECT_THAT(message_of(archive_of(tensor({.shape = {7}, .strides = {1}}))),
                HasSubstr("beyond its storage"));
    EXPECT_THAT(message_of(archive_of(tensor({.offset = 1}))), HasSubstr("beyond its storage"));
    EXPECT_THAT(message_of(archive_of(tensor({.strides = {4, 1}}))), HasSubstr("beyond its storage"));
    EXPECT_THAT(message_of(archive_of(tensor({.strides = {-1, 1}}))), HasSubstr("no length"));
    EXPECT_THAT(message_of(archive_of(tensor({.offset = -1}))), HasSubstr("broken record"));
    EXPECT_THAT(message_of(archive_of(tensor({.strides = {1}}))), HasSubstr("2 lengths but 1 strides"));
    EXPECT_THAT(message_of(archive_of(tensor({.count = 7}))), HasSubstr("48 bytes for 7 numbers"));
    EXPECT_THAT(message_of(archive_of(tensor({.count = -1}))), HasSubstr("48 bytes for -1 numbers"));
    const std::int64_t huge = std::int64_t{1} << 62;
    EXPECT_THAT(message_of(archive_of(tensor({.shape = {huge, huge}, .strides = {0, 0}}))),
                HasSubstr("absurdly"));
    EXPECT_THAT(message_of(archive_of(tensor({.shape = {2, 2}, .strides = {huge, huge}}))),
                HasSubstr("beyond"));
    EXPECT_THAT(message_of(archive_of("ctorch._utils\n_rebuild_tensor_v2\n)R")), HasSubstr("broken record"));
    EXPECT_THAT(message_of(archive_of("ctorch._utils\n_rebuild_tensor_v2\n(NK\0))tR"s)),
                HasSubstr("no storage"));
}

// Stride 0 makes a gigabyte out of eight bytes.
TEST(TorchArchive, refuses_memory_bombs) {
    EXPECT_THAT(message_of(archive_of(tensor({.shape = {1'000'000'000}, .strides = {0}}))),
                HasSubstr("far larger than the file"));
    const std::string bytes = archive_of(tensor({.shape = {10'000}, .strides = {0}}));
    TorchArchive archive(bytes, "a");
    const auto read_often = [&] {
        for (int i = 0; i < 100; ++i) {
            archive.tensor(archive.root());
        }
    };
    EXPECT_THROW(read_often(), ModelError);
}

TEST(TorchArchive, refuses_files_with_names_that_no_model_needs) {
    for (const std::string name : {"os\nsystem", "posix\nsystem", "subprocess\nPopen", "builtins\neval",
                                   "__builtin__\nexec", "importlib\nimport_module", "os.path\njoin"}) {
        EXPECT_THAT(message_of(archive_of("c" + name + "\n" + tuple({text("true")}) + "R")),
                    HasSubstr("nothing of the file was run"))
            << name;
    }
    EXPECT_EQ(message_of(archive_of("c__builtin__\nset\n" + tuple({"]"}) + "R")), "accepted");
}

TEST(TorchArchive, says_what_else_a_file_is) {
    EXPECT_THAT(message_of(zip_of({{"m/code/a.py", "x"}, {"m/constants.pkl", "x"}, {"m/data.pkl", "N."}})),
                HasSubstr("TorchScript"));
    EXPECT_THAT(message_of(zip_of({{"m/other", "x"}})), HasSubstr("no data.pkl"));
    EXPECT_THAT(message_of(zip_of({{"m/data.pkl", "N."}, {"m/byteorder", "big"}})), HasSubstr("big-endian"));
    EXPECT_THAT(message_of("\x80\x02}."), HasSubstr("before version 1.6"));
    EXPECT_THAT(message_of("# a text file that is no archive"), HasSubstr("not a zip archive"));
}

// A module object: NEWOBJ of a class with its state dict.
std::string module(const std::string& children) {
    return "cm\nModule\n)\x81}(" + text("_parameters") + "}" + text("_buffers") + "}" + text("_modules") +
           "}(" + children + "uub";
}

std::string tree_message(const std::string& pickle) {
    const std::string bytes = archive_of(pickle);
    TorchArchive archive(bytes, "a");
    try {
        read_module_tree(
            archive, [](const std::string&) { return true; }, "a");
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

// One dict of 300,000 entries, state of five modules.
TEST(ModuleTree, bounds_the_members_that_are_looked_at) {
    std::string many = "}q\0("s;
    for (int i = 0; i < 300'000; ++i) {
        many += "NN";
    }
    std::string children;
    for (const std::string name : {"a", "b", "c", "d", "e"}) {
        children += text(name) + "cm\nModule\n)\x81h\0b"s;
    }
    EXPECT_THAT(tree_message(many + "u0" + module(children)), HasSubstr("more than 1000000 members"));
}

TEST(ModuleTree, bounds_depth_number_and_names_of_modules) {
    EXPECT_EQ(tree_message(module(text("a") + module(""))), "accepted");
    EXPECT_THAT(tree_message(module(text("a.b") + module(""))), HasSubstr("letters, digits and underscores"));
    EXPECT_THAT(tree_message(module("N" + module(""))), HasSubstr("letters, digits and underscores"));
    std::string deep = module("");
    for (int i = 0; i < 40; ++i) {
        deep = module(text("a") + deep);
    }
    EXPECT_THAT(tree_message(deep), HasSubstr("nested deeper"));
    // every module holds the one below twice: 2^20 visits
    std::string twice = module("") + "q\0"s;
    for (int i = 0; i < 20; ++i) {
        twice = twice + "0" + module(text("a") + "h\0"s + text("b") + "h\0"s) + "q\0"s;
    }
    EXPECT_THAT(tree_message(twice), HasSubstr("more than 10000 of them"));
    // and one that holds itself
    EXPECT_THAT(tree_message("cm\nModule\n)\x81q\0}("s + text("_modules") + "}(" + text("a") + "h\0uub"s),
                HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace fibonaqi
