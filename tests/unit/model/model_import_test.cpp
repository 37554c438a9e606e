// Which reader a file gets shows in its content; what none of them reads is refused in one sentence.
#include "fibonaqi/model/model_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

const std::filesystem::path data = FIBONAQI_SOURCE_DIR "/tests/data";

class ModelImport : public testing::Test {
  protected:
    std::string refusal_of(const std::filesystem::path& path, ExitCode code) {
        try {
            import_model(path, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), code) << error.what();
            return error.what();
        }
        return "accepted";
    }

    test::TemporaryFolder folder_;
};

TEST_F(ModelImport, reads_a_mace_model_under_any_name) {
    write_file_atomically(folder_ / "state.pt", read_file(data / "mace/tiny.model"));
    const ModelFile model = import_model(folder_ / "state.pt", {});
    EXPECT_EQ(model.card.architecture, "mace");
    EXPECT_EQ(model.tensors.size(), import_mace(data / "mace/tiny.model", {}).tensors.size());
}

TEST_F(ModelImport, has_nothing_to_do_with_a_model_of_this_program) {
    write_model_file(folder_ / "mine.model", test::tiny_model());
    EXPECT_THAT(refusal_of(folder_ / "mine.model", ExitCode::usage),
                HasSubstr("a model file of this program already (nothing to import) use it as it is"));
}

TEST_F(ModelImport, refuses_tensors_that_belong_to_nothing) {
    EXPECT_THAT(refusal_of(data / "mace/tiny.state.safetensors", ExitCode::refused),
                HasSubstr("tensors without the description of a model"));
}

TEST_F(ModelImport, names_a_file_that_is_absent_or_no_model) {
    EXPECT_THAT(refusal_of(folder_ / "absent.model", ExitCode::usage), HasSubstr("absent.model"));
    write_file_atomically(folder_ / "letter.txt", "Dear reader, this is no model at all.");
    EXPECT_THAT(refusal_of(folder_ / "letter.txt", ExitCode::refused), HasSubstr("letter.txt"));
}

}  // namespace
}  // namespace fibonaqi
