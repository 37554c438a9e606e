#include "fibonaqi/model/pickle_reader.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

std::string message_of(const std::string& bytes) {
    try {
        read_pickle(bytes, "p");
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::refused);
        return error.what();
    }
    return "accepted";
}

// pickle.dumps({'i': -2, 'b': True, 'n': None, 'f': 1.5, 'l': [1, 300, 70000], 't': (1, 2), 's': {'x'}, 'y':
// b'\xff',
//               'big': 2**40}, protocol=P)
const std::string protocol_2 =
    "\x80\x02}q\x00(X\x01\x00\x00\x00iq\x01J\xfe\xff\xff\xffX\x01\x00\x00\x00"
    "bq\x02\x88X\x01\x00\x00\x00nq\x03NX\x01\x00\x00\x00"
    "fq\x04G?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00lq\x05]q\x06(K\x01M,\x01Jp\x11\x01\x00"
    "eX\x01\x00\x00\x00tq\x07K\x01K\x02\x86q\x08X\x01\x00\x00\x00sq\x09"
    "c__builtin__\nset\nq\x0a]q\x0bX\x01\x00\x00\x00xq\x0c"
    "a\x85q\x0dRq\x0eX\x01\x00\x00\x00yq\x0f"
    "c_"
    "codecs\nencode\nq\x10X\x02\x00\x00\x00\xc3\xbfq\x11X\x06\x00\x00\x00latin1q\x12\x86q\x13Rq\x14X\x03\x00"
    "\x00\x00"
    "bigq\x15\x8a\x06\x00\x00\x00\x00\x00\x01u."s;
const std::string protocol_5 =
    "\x80\x05\x95\x63\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01i\x94J\xfe\xff\xff\xff\x8c\x01"
    "b\x94\x88\x8c\x01n\x94N\x8c\x01"
    "f\x94G?\xf8\x00\x00\x00\x00\x00\x00\x8c\x01l\x94]\x94(K\x01M,\x01Jp\x11\x01\x00"
    "e\x8c\x01t\x94K\x01K\x02\x86\x94\x8c\x01s\x94\x8f\x94(\x8c\x01x\x94\x90\x8c\x01y\x94"
    "C\x01\xff\x94\x8c\x03"
    "big\x94\x8a\x06\x00\x00\x00\x00\x00\x01u."s;

TEST(PickleReader, reads_the_values_of_python_in_old_and_new_protocols) {
    for (const std::string& bytes : {protocol_2, protocol_5}) {
        const PickleDocument document = read_pickle(bytes, "p");
        const PickleValue& root = *document.root;
        ASSERT_EQ(root.kind, PickleKind::dict);
        EXPECT_EQ(root.entry("i")->integer, -2);
        EXPECT_EQ(root.entry("b")->kind, PickleKind::boolean);
        EXPECT_EQ(root.entry("b")->integer, 1);
        EXPECT_EQ(root.entry("n")->kind, PickleKind::none);
        EXPECT_EQ(root.entry("f")->real, 1.5);
        ASSERT_EQ(root.entry("l")->items.size(), 3u);
        EXPECT_EQ(root.entry("l")->items[1]->integer, 300);
        EXPECT_EQ(root.entry("l")->items[2]->integer, 70000);
        EXPECT_EQ(root.entry("t")->kind, PickleKind::tuple);
        EXPECT_EQ(root.entry("t")->items[1]->integer, 2);
        EXPECT_EQ(root.entry("big")->integer, std::int64_t{1} << 40);
        EXPECT_EQ(root.entry("absent"), nullptr);
    }
}

// pickle.dumps of each, protocol 2 and later: two's complement of as many bytes as it takes.
TEST(PickleReader, reads_long_integers_with_their_sign) {
    EXPECT_EQ(read_pickle("\x8a\0."s, "p").root->integer, 0);
    EXPECT_EQ(read_pickle("\x8a\x01\xff."s, "p").root->integer, -1);
    EXPECT_EQ(read_pickle("\x8a\x02\xff\0."s, "p").root->integer, 255);
    EXPECT_EQ(read_pickle("\x8a\x06\0\0\0\0\0\xff."s, "p").root->integer, -(std::int64_t{1} << 40));
}

TEST(PickleReader, keeps_calls_as_records_of_what_would_be_called) {
    const PickleDocument document = read_pickle(protocol_2, "p");
    const PickleValue& encoded = *document.root->entry("y");
    EXPECT_EQ(encoded.kind, PickleKind::object);
    EXPECT_EQ(encoded.class_path(), "_codecs encode");
    EXPECT_EQ(encoded.arguments->items[1]->text, "latin1");
    EXPECT_EQ(read_pickle(protocol_5, "p").root->entry("y")->text, "\xff");
}

// pickle.dumps(type('C', (), {'__reduce__': lambda self: (os.system, ('touch ...',))})(), protocol=2)
TEST(PickleReader, runs_nothing) {
    const std::string marker = testing::TempDir() + "/pickle_was_run";
    const std::string command = "touch " + marker;
    const std::string bytes =
        "\x80\x02"
        "cposix\nsystem\nX"s +
        static_cast<char>(command.size()) + "\0\0\0"s + command + "\x85R.";
    const PickleDocument document = read_pickle(bytes, "p");
    EXPECT_EQ(document.root->class_path(), "posix system");
    EXPECT_EQ(document.root->arguments->items[0]->text, command);
    EXPECT_NE(std::system(("test -e " + marker).c_str()), 0);
}

TEST(PickleReader, attaches_state_and_items_to_objects) {
    // an object of class m.C with state {'k': 7}, then an OrderedDict() with one item
    const PickleDocument document = read_pickle(
        "\x80\x02(cm\nC\n)\x81}X\x01\x00\x00\x00kK\x07sbccollections\nOrderedDict\n)RX\x01\x00\x00\x00zNst."s,
        "p");
    ASSERT_EQ(document.root->items.size(), 2u);
    const PickleValue& object = *document.root->items[0];
    EXPECT_EQ(object.class_path(), "m C");
    EXPECT_EQ(object.attribute("k")->integer, 7);
    EXPECT_EQ(object.attribute("x"), nullptr);
    EXPECT_EQ(document.root->items[1]->entry("z")->kind, PickleKind::none);
}

TEST(PickleReader, takes_the_last_of_equal_keys_as_python_does) {
    EXPECT_EQ(
        read_pickle("}(X\x01\x00\x00\x00kK\x01X\x01\x00\x00\x00kK\x02u."s, "p").root->entry("k")->integer, 2);
}

TEST(PickleReader, refuses_instructions_that_no_model_needs) {
    EXPECT_THAT(message_of("I1\n."), HasSubstr("unsupported pickle instruction INT at byte 0"));
    EXPECT_THAT(message_of("N(ios\nsystem\n."), HasSubstr("INST at byte 2"));
    EXPECT_THAT(message_of("\x82\x01."), HasSubstr("EXT1"));
    EXPECT_THAT(message_of("\xfe."), HasSubstr("unknown pickle instruction 0xfe at byte 0"));
    EXPECT_THAT(message_of("\x80\x06N."), HasSubstr("newer than 5"));
    EXPECT_THAT(message_of("\x8a\x09"s + std::string(9, '\1') + "."), HasSubstr("64 bits"));
}

TEST(PickleReader, refuses_a_stack_that_does_not_add_up) {
    for (const std::string& bytes :
         {"."s,     "NN."s,     "(N."s,    "R."s,          "NNR."s, "a."s,   "NNa."s, "]NNs."s,
          "(Nu."s,  "}(Nu."s,   "t."s,     "1."s,          "0."s,   "Q."s,   "Nb."s,  "NNb."s,
          "\x93."s, "NN\x93."s, "(\x85."s, "NN(\x86N10."s, "h\1."s, "q\0."s, "e."s}) {
        EXPECT_THAT(message_of(bytes), HasSubstr("byte")) << bytes;
    }
}

TEST(PickleReader, is_refused_wherever_it_is_cut) {
    for (const std::string& bytes : {protocol_2, protocol_5}) {
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            EXPECT_THAT(message_of(bytes.substr(0, length)), HasSubstr("cut off")) << length;
        }
    }
}

TEST(PickleReader, refuses_lengths_beyond_the_end) {
    EXPECT_THAT(message_of("X\xff\xff\xff\xffz."s), HasSubstr("cut off"));
    EXPECT_THAT(message_of("\x8d\xff\xff\xff\xff\xff\xff\xff\xffz."s), HasSubstr("cut off"));
    EXPECT_THAT(message_of("cos"), HasSubstr("cut off"));
}

// Each level holds the one below twice: 2^200 leaves as a tree, a few hundred values here.
TEST(PickleReader, holds_exponential_trees_in_linear_space) {
    std::string bytes = "N";
    for (int i = 0; i < 200; ++i) {
        bytes += "q\0h\0\x86"s;
    }
    EXPECT_EQ(read_pickle(bytes + ".", "p").values.size(), 201u);
}

TEST(PickleReader, holds_a_list_within_itself) {
    const PickleDocument document = read_pickle("]q\0h\0a."s, "p");
    EXPECT_EQ(document.root->items[0], document.root);
}

TEST(PickleReader, bounds_depth_values_and_stack) {
    EXPECT_THAT(message_of(std::string(20'000, '(')), HasSubstr("open levels"));
    EXPECT_THAT(message_of(std::string(1'000'001, 'N')), HasSubstr("one million values"));
    std::string many = "Nq\0"s;
    for (int i = 0; i < 4'000'001; ++i) {
        many += "h\0"s;
    }
    EXPECT_THAT(message_of(many), HasSubstr("four million"));
    EXPECT_THAT(message_of(std::string(64'000'001, '0')), HasSubstr("64 MB"));
    std::string nested(400'000, ']');
    nested += std::string(399'999, 'a') + ".";
    EXPECT_EQ(message_of(nested), "accepted");  // and destroyed without recursion
}

}  // namespace
}  // namespace fibonaqi
