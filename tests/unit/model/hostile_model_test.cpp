// Whole model files with one thing wrong: what a user gets is one sentence, whatever it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/foreign_text.hpp"
#include "fibonaqi/model/mace_import.hpp"

#include "tests/support/zip_writer.hpp"

namespace fibonaqi {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string message_of(const std::string& bytes) {
    try {
        import_mace(bytes, "f.model", {});
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::refused);
        return error.what();
    }
    return "accepted";
}

// The entries of tests/data/mace/tiny.model, to be changed and packed again with right checksums.
class TinyModel : public testing::Test {
  protected:
    TinyModel()
        : bytes_(read_file(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/mace/tiny.model")) {
        const ZipArchive zip(bytes_, "tiny");
        contents_.emplace_back("m/data.pkl", zip.read("tiny/data.pkl"));
        for (int i = 0; zip.contains("tiny/data/" + std::to_string(i)); ++i) {
            const std::string key = "/data/" + std::to_string(i);
            contents_.emplace_back("m" + key, zip.read("tiny" + key));
        }
    }
    std::string& pickle() { return contents_[0].second; }
    std::string packed() const { return test::zip_of(contents_); }

    std::string bytes_;
    test::ZipContents contents_;
};

TEST_F(TinyModel, is_accepted_unchanged) {
    EXPECT_EQ(message_of(packed()), "accepted");
}

// Bits that are all set are NaN in both float types and -1 in the integer types. Storages of masks are not
// read at all.
TEST_F(TinyModel, is_refused_with_numbers_that_are_none) {
    const std::size_t tensors = import_mace(bytes_, "f.model", {}).tensors.size();
    std::size_t refused = 0, not_finite = 0;
    for (std::size_t i = 1; i < contents_.size(); ++i) {
        std::string right(contents_[i].second.size(), '\xff');
        right.swap(contents_[i].second);
        const std::string message = message_of(packed());
        refused += message == "accepted" ? 0 : 1;
        not_finite += message.find("values that are not finite") == std::string::npos ? 0 : 1;
        right.swap(contents_[i].second);
    }
    EXPECT_EQ(refused, tensors);
    EXPECT_GT(not_finite, tensors / 2);
}

TEST_F(TinyModel, without_one_of_its_storages_is_refused) {
    contents_.pop_back();
    EXPECT_THAT(message_of(packed()), HasSubstr("is missing"));
}

TEST_F(TinyModel, with_a_call_of_the_operating_system_in_a_far_corner_is_refused) {
    const std::string call = "cposix\nsystem\nX\x04" + std::string(3, '\0') + "true\x85R";
    const std::size_t end = pickle().size() - 1;
    pickle().insert(end, call + "0");  // called, and its result thrown away
    EXPECT_THAT(message_of(packed()), HasSubstr("names 'posix system'"));
}

TEST_F(TinyModel, with_bytes_in_its_names_that_command_a_terminal_is_refused_without_showing_them) {
    const std::string name = "RealAgnosticInteractionBlock";
    for (std::size_t at = pickle().find(name); at != std::string::npos; at = pickle().find(name, at)) {
        pickle().replace(at, 4, "\x1b[2J");
    }
    EXPECT_THAT(message_of(packed()), AllOf(HasSubstr("senseless class"), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(
        message_of(test::zip_of({{"m/data.pkl", "c\x1b[2J" + std::string(1000, 'x') + "\ny\n)\x81."}})),
        AllOf(HasSubstr("'?[2Jxxx"),
              testing::ResultOf([](const std::string& text) { return text.size(); }, testing::Lt(200u))));
}

// Every change of the pickle gives a model or one sentence about this file: no other exception, no crash.
TEST_F(TinyModel, survives_changes_of_its_pickle) {
    const std::string right = pickle();
    std::size_t refused = 0;
    for (std::uint64_t item = 0; item < 400; ++item) {
        KeyedRng rng(1, "damage", 0, item);
        for (std::uint64_t change = 0; change <= item % 4; ++change) {
            pickle()[rng.below(right.size())] = static_cast<char>(rng.below(256));
        }
        const std::string message = message_of(packed());
        if (message != "accepted") {
            EXPECT_THAT(message, StartsWith("f.model: ")) << item;
            ++refused;
        }
        pickle() = right;
    }
    EXPECT_GT(refused, 100u);
}

TEST(ForeignText, shows_names_harmlessly_and_keeps_files_names_as_far_as_they_are_utf8) {
    EXPECT_EQ(shown("a b\n\x1b\xff~"), "a b???~");
    EXPECT_EQ(shown(std::string(81, 'x')), std::string(80, 'x') + "...");
    EXPECT_EQ(as_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(as_utf8("caf\xe9"), "caf\xef\xbf\xbd");
}

TEST_F(TinyModel, may_have_a_name_that_is_no_utf8) {
    const ModelCard card = import_mace(bytes_, "folder/caf\xe9.model", {}).card;
    EXPECT_EQ(card.name, "caf\xef\xbf\xbd");
    EXPECT_THAT(to_json(card).dump(), HasSubstr("caf\xef\xbf\xbd.model"));
}

std::string message_of_keeping(const std::string& name, const std::vector<std::int64_t>& shape) {
    ModelFile model =
        import_mace(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/mace/tiny.model", {});
    std::int64_t count = 1;
    for (const std::int64_t length : shape) {
        count *= length;
    }
    model.tensors.at(name) = StoredTensor::from_doubles(
        std::vector<double>(static_cast<std::size_t>(count), 1.0), shape, TensorType::float64);
    try {
        keep_species(model, {8, 14});
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

// The tiny model has 3 elements and 4 channels.
TEST(KeepSpecies, refuses_tensors_whose_shape_has_no_place_for_the_elements) {
    const std::string product = "products.0.symmetric_contractions.contractions.0.weights_max";
    EXPECT_EQ(message_of_keeping(product, {3, 2, 4}), "accepted");
    EXPECT_THAT(message_of_keeping(product, {6, 4}), HasSubstr("does not fit 3 elements"));
    EXPECT_THAT(message_of_keeping(product, {4, 2, 3}), HasSubstr("does not fit 3 elements"));
    EXPECT_THAT(message_of_keeping(product, {2, 2}), HasSubstr("does not fit 3 elements"));
    EXPECT_THAT(message_of_keeping("interactions.0.skip_tp.weight", {50}), HasSubstr("does not fit"));
    EXPECT_THAT(message_of_keeping("interactions.0.skip_tp.weight", {96, 1}), HasSubstr("does not fit"));
    EXPECT_THAT(message_of_keeping("node_embedding.linear.weight", {2}), HasSubstr("no node embedding"));
    EXPECT_EQ(message_of_keeping("atomic_energies_fn.atomic_energies", {3, 3}), "accepted");
}

}  // namespace
}  // namespace fibonaqi
