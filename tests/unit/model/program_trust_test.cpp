// Trust belongs to the bytes of a program, wherever they are, and goes with the first byte that changes.
#include "fibonaqi/model/program_trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

#include "tests/support/config_home.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

const std::string data = FIBONAQI_SOURCE_DIR "/tests/data/";
const std::string tiny = data + "torchscript/tiny.pt";

class ProgramTrust : public testing::Test {
  protected:
    // What an error says; its exit code must be this one.
    template <typename Action>
    std::string error_of(const Action& action, ExitCode code) {
        try {
            action();
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), code) << error.what();
            return error.what();
        }
        return "no error";
    }

    test::ConfigHome home_;
    test::TemporaryFolder folder_;
};

TEST_F(ProgramTrust, is_refused_until_it_is_given_and_after_it_was_taken_back) {
    const std::string program = read_file(tiny);
    EXPECT_THAT(error_of([&] { require_trust(program, tiny); }, ExitCode::refused),
                HasSubstr("run 'fibonaqi model trust " + tiny + "'"));
    EXPECT_EQ(trust_program(tiny).sha256, sha256_hex(program));
    EXPECT_NO_THROW(require_trust(program, tiny));
    revoke_trust(tiny);
    EXPECT_THAT(error_of([&] { require_trust(program, tiny); }, ExitCode::refused), HasSubstr("not trusted"));
}

TEST_F(ProgramTrust, goes_with_the_first_byte_that_changes) {
    std::string program = read_file(tiny);
    trust_program(tiny);
    program[program.size() / 2] ^= 1;
    EXPECT_THAT(error_of([&] { require_trust(program, tiny); }, ExitCode::refused),
                HasSubstr("or that has changed since"));
}

TEST_F(ProgramTrust, is_kept_once_per_program_and_taken_back_by_hash_when_the_file_is_gone) {
    const std::string copy = (folder_ / "copy.pt").string();
    write_file_atomically(copy, read_file(tiny));
    const std::string sha256 = trust_program(copy).sha256;
    trust_program(tiny);
    ASSERT_EQ(trusted_programs().size(), 1u);
    EXPECT_EQ(trusted_programs()[0].file, copy);
    std::filesystem::remove(copy);
    EXPECT_EQ(revoke_trust(sha256).file, copy);
    EXPECT_TRUE(trusted_programs().empty());
    EXPECT_THAT(error_of([&] { revoke_trust(sha256); }, ExitCode::usage), HasSubstr("nothing to take back"));
}

TEST_F(ProgramTrust, of_a_model_file_is_that_of_the_program_in_it) {
    ModelFile model = test::tiny_model();
    const std::string program = read_file(tiny);
    StoredTensor& tensor = model.tensors[program_tensor];
    tensor.type = TensorType::uint8;
    tensor.shape = {static_cast<std::int64_t>(program.size())};
    for (const char byte : program) {
        tensor.data.push_back(static_cast<std::byte>(byte));
    }
    write_model_file(folder_ / "mine.safetensors", model);
    trust_program(folder_ / "mine.safetensors");
    EXPECT_NO_THROW(require_trust(program, tiny));
    EXPECT_EQ(program_of_model(read_model_file(folder_ / "mine.safetensors")), program);
}

TEST_F(ProgramTrust, is_for_programs_only) {
    for (const std::string& file :
         {data + "mace/tiny.model", data + "mace/tiny.state.safetensors", data + "torchscript/tiny.json"}) {
        EXPECT_FALSE(is_torchscript(read_file(file)));
        EXPECT_THAT(error_of([&] { trust_program(file); }, ExitCode::usage),
                    HasSubstr("holds no TorchScript program"));
    }
    EXPECT_TRUE(is_torchscript(read_file(tiny)));
    EXPECT_FALSE(is_torchscript(read_file(tiny).substr(0, 2000)));
}

TEST_F(ProgramTrust, cannot_be_read_from_a_list_that_was_damaged) {
    make_directories(trust_list_file().parent_path());
    write_file_atomically(trust_list_file(),
                          R"({"format": "fibonaqi-trusted-programs", "version": 1, "programs": [7]})");
    EXPECT_THAT(error_of([] { trusted_programs(); }, ExitCode::usage),
                HasSubstr("an entry of 'programs' has no text 'sha256'"));
}

}  // namespace
}  // namespace fibonaqi
