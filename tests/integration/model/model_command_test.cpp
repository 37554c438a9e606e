// `fibonaqi model` as a user meets it: results, and one clear sentence for whatever is wrong.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/command_run.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string tiny = FIBONAQI_SOURCE_DIR "/tests/data/mace/tiny.model";

class ModelCommand : public testing::Test {
  protected:
    test::CommandResult model(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "model");
        return test::run_command(folder_, "fibonaqi", arguments, environment());
    }

    // An empty cache, whatever is installed on this machine.
    std::map<std::string, std::string> environment() const {
        return {{"XDG_CACHE_HOME", (folder_ / "cache").string()}};
    }

    // The one line of an error; fails when there are more, or the exit code is another one.
    std::string error_of(const std::vector<std::string>& arguments, ExitCode code) {
        const test::CommandResult result = model(arguments);
        EXPECT_EQ(result.code, static_cast<int>(code)) << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        return result.err;
    }

    test::TemporaryFolder folder_;
};

TEST_F(ModelCommand, imports_and_shows_a_model) {
    const test::CommandResult imported = model({"import", tiny});
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.out, HasSubstr("3: O Mg Si"));
    const test::CommandResult shown = model({"info", "tiny.safetensors"});
    EXPECT_EQ(shown.out, imported.out);
    EXPECT_THAT(model({"info", "--weights", "tiny.safetensors"}).out,
                HasSubstr("interactions.0.linear_up.weight [16]\n"));
    ASSERT_EQ(model({"info", "--json", "tiny.safetensors"}).code, 0);
    const Json card = parse_json(read_file(folder_ / "command.out"), "card");
    EXPECT_EQ(card.at("species"), Json::array({8, 12, 14}));
    EXPECT_EQ(card.at("sha256"), read_model_file(folder_ / "tiny.safetensors").sha256);
}

TEST_F(ModelCommand, makes_a_new_model_from_the_example_of_a_description) {
    const test::CommandResult example = model({"new", "--example"});
    ASSERT_EQ(example.code, 0) << example.err;
    write_file_atomically(folder_ / "model.json", example.out);
    EXPECT_THAT(error_of({"new", "model.json"}, ExitCode::usage), HasSubstr("train.xyz"));
    write_file_atomically(folder_ / "train.xyz",
                          "2\nProperties=species:S:1:pos:R:3:forces:R:3 energy=-1\n"
                          "Si 0 0 0 3 0 0\nO 1.6 0 0 -3 0 0\n");
    const test::CommandResult made = model({"new", "model.json", "-o", "fresh.safetensors"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("2: O Si"));
    EXPECT_THAT(error_of({"new", "model.json", "-o", "fresh.safetensors"}, ExitCode::usage),
                HasSubstr("exists"));
    EXPECT_THAT(error_of({"new"}, ExitCode::usage), HasSubstr("--example"));
}

TEST_F(ModelCommand, imports_a_choice_of_elements_under_another_name_and_type) {
    const test::CommandResult imported = model({"import", tiny, "--elements", "Si,O", "--dtype", "float64",
                                                "--name", "mine", "-o", "x.safetensors"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    const ModelCard card = read_model_file(folder_ / "x.safetensors").card;
    EXPECT_THAT(card.species, ElementsAre(8, 14));
    EXPECT_EQ(card.name, "mine");
    EXPECT_EQ(card.dtype, "float64");
}

TEST_F(ModelCommand, does_not_overwrite_a_file_unless_told_to) {
    write_file_atomically(folder_ / "tiny.safetensors", "weeks of training");
    EXPECT_THAT(error_of({"import", tiny}, ExitCode::usage), HasSubstr("'tiny.safetensors' exists"));
    EXPECT_EQ(read_file(folder_ / "tiny.safetensors"), "weeks of training");
    EXPECT_EQ(model({"import", tiny, "--force"}).code, 0);
    EXPECT_EQ(read_model_file(folder_ / "tiny.safetensors").card.name, "tiny");
}

TEST_F(ModelCommand, exports_a_state_dict_with_its_arguments_and_arrays) {
    ASSERT_EQ(model({"import", tiny}).code, 0);
    ASSERT_EQ(model({"export", "tiny.safetensors", "--to", "mace"}).code, 0);
    const Json arguments = parse_json(read_file(folder_ / "tiny.json"), "tiny.json");
    EXPECT_EQ(arguments.at("num_elements"), 3);
    EXPECT_TRUE(fs::exists(folder_ / "tiny.pt"));
    ASSERT_EQ(model({"export", "tiny.safetensors", "--to", "npz", "-o", "arrays.npz"}).code, 0);
    EXPECT_GT(fs::file_size(folder_ / "arrays.npz"), 5000u);
    EXPECT_THAT(error_of({"export", "tiny.safetensors", "--to", "mace"}, ExitCode::usage),
                HasSubstr("'tiny.pt' exists"));
}

TEST_F(ModelCommand, names_the_element_that_is_wrong_and_the_nearest) {
    EXPECT_THAT(error_of({"import", tiny, "--elements", "Si,Xo"}, ExitCode::usage),
                HasSubstr("no element has the symbol 'Xo' did you mean"));
    EXPECT_THAT(error_of({"import", tiny, "--elements", "si"}, ExitCode::usage),
                HasSubstr("did you mean 'Si'?"));
    EXPECT_THAT(error_of({"import", tiny, "--elements", "Si,Fe"}, ExitCode::usage),
                HasSubstr("does not know element Fe (it knows O Mg Si)"));
    EXPECT_FALSE(fs::exists(folder_ / "tiny.safetensors"));
}

TEST_F(ModelCommand, refuses_files_that_are_no_models) {
    const std::string bytes = read_file(tiny);
    write_file_atomically(folder_ / "cut.model", bytes.substr(0, bytes.size() / 2));
    write_file_atomically(folder_ / "text.model", "a text that is no archive of anything");
    EXPECT_THAT(error_of({"import", "cut.model"}, ExitCode::refused), HasSubstr("cut.model: "));
    EXPECT_THAT(error_of({"import", "text.model"}, ExitCode::refused), HasSubstr("text.model: "));
    EXPECT_THAT(error_of({"import", "absent.model"}, ExitCode::usage), HasSubstr("absent.model"));
    EXPECT_THAT(error_of({"import", "."}, ExitCode::usage), HasSubstr("is a folder without model.json"));
    EXPECT_THAT(error_of({"import", tiny, "-o", "absent/x.safetensors"}, ExitCode::usage),
                HasSubstr("No such file or directory"));
    EXPECT_THAT(error_of({"info", tiny}, ExitCode::usage), HasSubstr("'fibonaqi model import'"));
    EXPECT_THAT(error_of({"info", "text.model"}, ExitCode::refused), HasSubstr("not a safetensors file"));
    EXPECT_THAT(error_of({"info", "no-such-model"}, ExitCode::usage), HasSubstr("no-such-model"));
}

TEST_F(ModelCommand, suggests_the_nearest_known_model) {
    EXPECT_THAT(error_of({"install", "mace-mp0-small"}, ExitCode::usage),
                HasSubstr("did you mean 'mace-mp-0-small'?"));
    EXPECT_THAT(error_of({"install", "mace-mp-0-small", "--from", tiny}, ExitCode::refused),
                HasSubstr("not the original of 'mace-mp-0-small'"));
}

// A download that never ends, and one Ctrl-C.
TEST_F(ModelCommand, is_stopped_by_one_interrupt_without_leaving_anything) {
    make_directories(folder_ / "programs");
    make_directories(folder_ / "tmp");
    write_file_atomically(folder_ / "programs/curl",
                          "#!/bin/sh\ntouch " + (folder_ / "begun").string() + "\nsleep 100\n");
    fs::permissions(folder_ / "programs/curl", fs::perms::owner_all);
    ProcessSpec spec;
    spec.argv = {FIBONAQI_BIN_DIR "/fibonaqi", "model", "install", "mace-mp-0-small"};
    spec.environment = environment();
    spec.environment["PATH"] = (folder_ / "programs").string() + ":/usr/bin:/bin";
    spec.environment["TMPDIR"] = (folder_ / "tmp").string();
    spec.stdout_file = spec.stderr_file = folder_ / "log";
    Subprocess child(spec);
    while (!fs::exists(folder_ / "begun") && !child.poll()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::kill(child.pid(), SIGINT);
    const std::optional<ProcessEnd> end = child.wait_for(std::chrono::seconds(20));
    ASSERT_TRUE(end.has_value());
    EXPECT_FALSE(end->signaled);
    EXPECT_EQ(end->code, static_cast<int>(ExitCode::interrupted));
    EXPECT_THAT(read_file(folder_ / "log"), HasSubstr("was stopped (nothing was changed)"));
    EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
    EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

}  // namespace
}  // namespace fibonaqi
