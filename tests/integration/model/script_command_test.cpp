// A user's TorchScript potential through every program: refused, trusted, imported, evaluated, selected with,
// trained, in MD, written back.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"

#include "tests/support/tiny_model.hpp"
#include "tests/support/tiny_script.hpp"
#ifdef FIBONAQI_WITH_LAMMPS
#include "tests/integration/md/md_runs.hpp"
#endif
#include "tests/support/command_run.hpp"

namespace fibonaqi {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ScriptCommand : public testing::Test {
  protected:
    ScriptCommand() {
        for (const char* name : {"tiny.pt", "tiny.json", "frozen.pt", "fault_detached.pt"}) {
            write_file_atomically(folder_ / name, read_file(test::script_folder + name));
        }
    }

    test::CommandResult fibonaqi(const std::vector<std::string>& arguments) {
        return test::run_command(folder_, "fibonaqi", arguments, home_.environment());
    }

    // Trusts tiny.pt and makes tiny.safetensors of it.
    void import_tiny() {
        ASSERT_EQ(fibonaqi({"model", "trust", "tiny.pt"}).code, 0);
        const test::CommandResult imported = fibonaqi({"model", "import", "tiny.pt"});
        ASSERT_EQ(imported.code, 0) << imported.err;
        EXPECT_THAT(imported.out, AllOf(HasSubstr("tiny-script"), HasSubstr("torchscript, 2 layers"),
                                        HasSubstr("3: O Mg Si")));
    }

    // Frames with forces that are none of the model's.
    void write_labels(const std::string& name, std::size_t count) {
        std::vector<Frame> frames(count);
        for (std::size_t i = 0; i < count; ++i) {
            frames[i].structure = test::disordered_structure(true, i);
            KeyedRng rng(i, "labels");
            frames[i].labels.energy = -15.0 + 0.1 * rng.normal();
            for (std::size_t atom = 0; atom < frames[i].structure.size(); ++atom) {
                frames[i].labels.forces.push_back({rng.normal(), rng.normal(), rng.normal()});
            }
        }
        write_extxyz(folder_ / name, frames);
    }

    Json errors_of(const std::string& model) {
        const auto run =
            fibonaqi({"evaluate", "--model", model, "--data", "labels.xyz", "--json", "errors.json"});
        EXPECT_EQ(run.code, 0) << run.err;
        return read_json(folder_ / "errors.json");
    }

    // The one line that a refusal is.
    std::string refusal_of(const std::vector<std::string>& arguments, ExitCode code) {
        const test::CommandResult result = fibonaqi(arguments);
        EXPECT_EQ(result.code, static_cast<int>(code)) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        return result.err;
    }

    test::ConfigHome home_;
    test::TemporaryFolder folder_;
};

TEST_F(ScriptCommand, nothing_is_loaded_before_it_is_trusted_nor_after_it_changed) {
    EXPECT_THAT(refusal_of({"model", "import", "tiny.pt"}, ExitCode::refused),
                HasSubstr("run 'fibonaqi model trust tiny.pt'"));
    import_tiny();
    ASSERT_EQ(fibonaqi({"model", "trust", "--revoke", "tiny.safetensors"}).code, 0);
    write_labels("labels.xyz", 1);
    EXPECT_THAT(
        refusal_of({"evaluate", "--model", "tiny.safetensors", "--data", "labels.xyz"}, ExitCode::refused),
        HasSubstr("tiny.safetensors'"));
    EXPECT_EQ(fibonaqi({"model", "info", "tiny.safetensors"}).code, 0);  // reads data only
}

TEST_F(ScriptCommand, trust_is_explained_listed_and_taken_back) {
    const std::string told = fibonaqi({"model", "trust", "tiny.pt"}).out;
    EXPECT_THAT(told, AllOf(HasSubstr("A TorchScript file is a program"), HasSubstr("with your rights")));
    EXPECT_THAT(fibonaqi({"model", "trust", "--list"}).out, HasSubstr("tiny.pt\n"));
    EXPECT_THAT(fibonaqi({"model", "trust", "--revoke", "tiny.pt"}).out, HasSubstr("no longer trusted"));
    EXPECT_EQ(fibonaqi({"model", "trust", "--list"}).out, "");
    EXPECT_THAT(refusal_of({"model", "trust", "--revoke", "tiny.pt"}, ExitCode::usage),
                HasSubstr("nothing to take back"));
}

TEST_F(ScriptCommand, a_description_is_asked_for_and_checked) {
    ASSERT_EQ(fibonaqi({"model", "trust", "tiny.pt"}).code, 0);
    std::filesystem::rename(folder_ / "tiny.json", folder_ / "other.json");
    EXPECT_THAT(refusal_of({"model", "import", "tiny.pt"}, ExitCode::usage),
                HasSubstr("without a description ('tiny.json' is missing"));
    EXPECT_EQ(fibonaqi({"model", "import", "tiny.pt", "--description", "other.json"}).code, 0);
    Json wrong = read_json(folder_ / "other.json");
    wrong["cutoff"] = 4.5;
    wrong["elements"] = {"O", "Mg", "Sj"};
    write_json(folder_ / "tiny.json", wrong);
    const test::CommandResult refused = fibonaqi({"model", "import", "tiny.pt", "--force"});
    EXPECT_EQ(refused.code, static_cast<int>(ExitCode::usage));
    EXPECT_THAT(refused.err, AllOf(HasSubstr("cutoff"), HasSubstr("cutoff_A")));
}

TEST_F(ScriptCommand, a_program_that_fails_its_self_test_makes_no_model_file) {
    std::filesystem::copy(folder_ / "tiny.json", folder_ / "fault_detached.json");
    ASSERT_EQ(fibonaqi({"model", "trust", "fault_detached.pt"}).code, 0);
    EXPECT_THAT(refusal_of({"model", "import", "fault_detached.pt"}, ExitCode::refused),
                AllOf(HasSubstr("fails the self-test 'forces' (force "), HasSubstr("eV/angstrom)")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "fault_detached.safetensors"));
}

TEST_F(ScriptCommand, it_is_evaluated_selected_with_trained_and_written_back) {
    import_tiny();
    write_labels("labels.xyz", 8);
    const Json before = errors_of("tiny.safetensors");
    for (const char* kind : {"loss_gradient", "prediction_gradient", "embedding"}) {
        const auto picked =
            fibonaqi({"select", "--model", "tiny.safetensors", "--data", "labels.xyz", "--kind", kind,
                      "--batch", "2", "--ratio", "0.25", "--strategy", "divbs", "-o", "picks.xyz"});
        ASSERT_EQ(picked.code, 0) << picked.err;
        EXPECT_EQ(read_extxyz(folder_ / "picks.xyz").frames.size(), 2u) << kind;
    }
    write_json(folder_ / "train.json", Json{{"model", "tiny.safetensors"},
                                            {"train", "labels.xyz"},
                                            {"output", "tuned.safetensors"},
                                            {"settings", {{"epochs", 10}, {"learning_rate", 0.01}}}});
    const auto trained = fibonaqi({"train", "train.json"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Json after = errors_of("tuned.safetensors");
    EXPECT_LT(after.at("/forces/rmse_eV_per_A"_json_pointer),
              before.at("/forces/rmse_eV_per_A"_json_pointer));

    const auto exported =
        fibonaqi({"model", "export", "tuned.safetensors", "--to", "torchscript", "-o", "tuned.pt"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    ASSERT_EQ(fibonaqi({"model", "trust", "tuned.pt"}).code, 0);
    ASSERT_EQ(fibonaqi({"model", "import", "tuned.pt", "-o", "again.safetensors"}).code, 0);
    EXPECT_EQ(errors_of("again.safetensors").at("forces"), after.at("forces"));
    EXPECT_EQ(errors_of("again.safetensors").at("energy"), after.at("energy"));
}

TEST_F(ScriptCommand, models_that_are_no_programs_are_not_written_as_one) {
    write_model_file(folder_ / "mace.safetensors", test::tiny_model());
    EXPECT_THAT(refusal_of({"model", "export", "mace.safetensors", "--to", "torchscript", "-o", "mace.pt"},
                           ExitCode::usage),
                HasSubstr("has the architecture 'mace' (only a model that was made of a TorchScript file"));
}

#ifdef FIBONAQI_WITH_LAMMPS
TEST_F(ScriptCommand, it_drives_md) {
    import_tiny();
    test::MdRun run(test::magnesia());
    run.environment = home_.environment();
    run.task["model"] = (folder_ / "tiny.safetensors").string();
    const Json result = run.run();
    ASSERT_TRUE(result.at("ok").get<bool>()) << result;
    EXPECT_EQ(result.at("status"), "completed");
    EXPECT_EQ(run.candidates().size(), 3u);
}
#endif

}  // namespace
}  // namespace fibonaqi
