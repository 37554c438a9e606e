#include "fibonaqi/base/subprocess.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class SubprocessTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "fibonaqi-subprocess-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { fs::remove_all(folder_); }

    ProcessSpec shell(const std::string& script) const {
        ProcessSpec spec;
        spec.argv = {"/bin/sh", "-c", script};
        spec.directory = folder_;
        spec.stdout_file = folder_ / "out";
        spec.stderr_file = folder_ / "err";
        return spec;
    }
    std::string output() const { return read_file(folder_ / "out"); }

    // Waits until `file` holds a whole line.
    std::string line_of(const fs::path& file) const {
        for (int attempt = 0; attempt < 500; ++attempt) {
            std::ifstream stream(file);
            std::string line;
            if (std::getline(stream, line) && !stream.eof()) {
                return line;
            }
            std::this_thread::sleep_for(milliseconds(10));
        }
        return {};
    }

    fs::path folder_;
};

// A zombie that nobody has collected yet is not alive.
bool is_alive(int pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(stat, text)) {
        return false;
    }
    const char state = text.at(text.rfind(')') + 2);
    return state != 'Z' && state != 'X';
}

bool dies_soon(int pid) {
    for (int attempt = 0; attempt < 300 && is_alive(pid); ++attempt) {
        std::this_thread::sleep_for(milliseconds(10));
    }
    return !is_alive(pid);
}

TEST_F(SubprocessTest, passes_arguments_without_a_shell) {
    ProcessSpec spec = shell("");
    spec.argv = {"printf", "%s|", "a b", "$HOME; ls *", "\"'"};
    EXPECT_EQ(Subprocess(spec).wait().code, 0);
    EXPECT_EQ(output(), "a b|$HOME; ls *|\"'|");
}

TEST_F(SubprocessTest, keeps_exit_codes_and_signals_apart) {
    const ProcessEnd exited = Subprocess(shell("exit 9")).wait();
    EXPECT_FALSE(exited.signaled);
    EXPECT_EQ(exited.code, 9);
    const ProcessEnd killed = Subprocess(shell("kill -9 $$")).wait();
    EXPECT_TRUE(killed.signaled);
    EXPECT_EQ(killed.code, SIGKILL);
}

TEST_F(SubprocessTest, measures_cpu_time_and_memory) {
    const ProcessEnd end = Subprocess(shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done")).wait();
    EXPECT_GT(end.cpu_seconds, 0.005);
    EXPECT_LT(end.cpu_seconds, 20.0);
    EXPECT_GT(end.max_rss_kB, 100);
}

// The environment counts as it was when the process started: the shell runs this test once more for each
// case.
TEST_F(SubprocessTest, spares_a_busy_machine_unless_the_user_wants_otherwise) {
    const char* wanted = std::getenv("FIBONAQI_TEST_SPINS");
    if (wanted != nullptr) {
        const auto variables = sparing_threads();
        EXPECT_EQ(variables.contains("GOMP_SPINCOUNT") ? variables.at("GOMP_SPINCOUNT") : "none", wanted);
        return;
    }
    const std::string self = fs::read_symlink("/proc/self/exe").string() +
                             " --gtest_filter=SubprocessTest.spares_a_busy_machine* > /dev/null";
    EXPECT_EQ(
        std::system(("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT FIBONAQI_TEST_SPINS=1000 " + self).c_str()),
        0);
    EXPECT_EQ(std::system(("env OMP_WAIT_POLICY=active FIBONAQI_TEST_SPINS=none " + self).c_str()), 0);
    EXPECT_EQ(std::system(("env GOMP_SPINCOUNT=7 FIBONAQI_TEST_SPINS=none " + self).c_str()), 0);
}

TEST_F(SubprocessTest, refuses_a_missing_program_in_one_sentence) {
    ProcessSpec spec = shell("");
    spec.argv = {"no-such-program-of-fibonaqi"};
    try {
        Subprocess child(spec);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "cannot start 'no-such-program-of-fibonaqi' (there is no such program that may be "
                     "executed) install it, or give its full path");
    }
}

TEST_F(SubprocessTest, refuses_a_file_that_is_no_program_and_leaves_no_zombie) {
    write_file_atomically(folder_ / "broken",
                          "\x7f"
                          "ELF damaged");
    fs::permissions(folder_ / "broken", fs::perms::owner_all);
    ProcessSpec spec = shell("");
    spec.argv = {(folder_ / "broken").string()};
    EXPECT_THROW(Subprocess child(spec), Error);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

// Boost 1.74 runs the program in our own directory then, and reports success.
TEST_F(SubprocessTest, refuses_a_bad_working_directory) {
    write_file_atomically(folder_ / "file", "");
    for (const char* name : {"missing", "file"}) {
        ProcessSpec spec = shell("touch was-here");
        spec.directory = folder_ / name;
        EXPECT_THROW(Subprocess child(spec), Error) << name;
    }
    EXPECT_FALSE(fs::exists("was-here"));
}

TEST_F(SubprocessTest, runs_in_its_working_directory_and_truncates_old_output) {
    write_file_atomically(folder_ / "out", std::string(5000, 'x'));
    EXPECT_EQ(Subprocess(shell("pwd -P; cat")).wait().code, 0);  // cat: stdin is empty, not the terminal
    EXPECT_EQ(output(), fs::canonical(folder_).string() + "\n");
}

TEST_F(SubprocessTest, may_send_both_streams_into_one_file) {
    ProcessSpec spec = shell("echo one; echo two >&2; echo three");
    spec.stderr_file = spec.stdout_file;
    Subprocess(spec).wait();
    EXPECT_EQ(output(), "one\ntwo\nthree\n");
}

TEST_F(SubprocessTest, killing_the_group_takes_grandchildren) {
    Subprocess child(shell("sleep 60 & echo $! >grandchild; wait"));
    const int grandchild = std::stoi(line_of(folder_ / "grandchild"));
    EXPECT_TRUE(is_alive(grandchild));
    child.signal_group(SIGKILL);
    EXPECT_TRUE(child.wait().signaled);
    EXPECT_TRUE(dies_soon(grandchild));
}

TEST_F(SubprocessTest, the_end_of_a_child_takes_what_it_left_running) {
    Subprocess child(shell("sleep 60 & echo $! >grandchild; exit 3"));
    EXPECT_EQ(child.wait().code, 3);
    EXPECT_TRUE(dies_soon(std::stoi(line_of(folder_ / "grandchild"))));
}

TEST_F(SubprocessTest, the_destructor_kills_the_group) {
    int grandchild = 0;
    {
        Subprocess child(shell("sleep 60 & echo $! >grandchild; wait"));
        grandchild = std::stoi(line_of(folder_ / "grandchild"));
    }
    EXPECT_TRUE(dies_soon(grandchild));
}

TEST_F(SubprocessTest, a_child_that_ignores_term_is_killed_after_the_grace) {
    Subprocess child(shell("trap '' TERM; echo ready >ready; while :; do sleep 0.05; done"));
    ASSERT_EQ(line_of(folder_ / "ready"), "ready");
    const auto start = std::chrono::steady_clock::now();
    const ProcessEnd end = terminate(child, milliseconds(200));
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_TRUE(end.signaled);
    EXPECT_EQ(end.code, SIGKILL);
    EXPECT_GE(took, milliseconds(200));
    EXPECT_LT(took, milliseconds(3000));
}

TEST_F(SubprocessTest, a_child_that_obeys_term_ends_at_once) {
    Subprocess child(shell("exec sleep 60"));
    const ProcessEnd end = terminate(child, milliseconds(5000));
    EXPECT_TRUE(end.signaled);
    EXPECT_EQ(end.code, SIGTERM);
}

TEST_F(SubprocessTest, hands_no_open_file_to_the_child) {
    const int open_file = ::open("/dev/zero", O_RDONLY);  // on purpose without O_CLOEXEC
    ASSERT_GE(open_file, 3);
    Subprocess(shell("exec ls /proc/self/fd")).wait();
    ::close(open_file);
    EXPECT_EQ(output(), "0\n1\n2\n3\n");  // 3 is the folder that ls itself reads
}

// A descriptor that leaks into a second child keeps the end of the first one's output from its reader: with
// pipes of Boost 1.74 the end of a child of 0.2 s came after 3.0 s, when the other had ended too.
TEST_F(SubprocessTest, children_side_by_side_hold_none_of_each_others_files) {
    const fs::path fifo = folder_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ProcessSpec brief = shell("echo hello; sleep 0.2");
    brief.stdout_file = fifo;
    Subprocess first(brief);
    Subprocess second(shell("exec sleep 60"));
    EXPECT_EQ(first.wait().code, 0);
    char text[16] = {};
    EXPECT_EQ(::read(reader, text, sizeof text), 6);
    EXPECT_EQ(::read(reader, text, sizeof text), 0) << "somebody still holds it open";
    ::close(reader);
}

TEST_F(SubprocessTest, a_child_that_writes_much_waits_for_no_reader) {
    Subprocess child(shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"));
    const auto end = child.wait_for(milliseconds(20000));
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->code, 0);
    EXPECT_EQ(fs::file_size(folder_ / "out"), 3000000u);
    EXPECT_EQ(fs::file_size(folder_ / "err"), 3000000u);
}

// Job managers hand this down: the kernel then throws exit codes away.
TEST_F(SubprocessTest, learns_exit_codes_where_sigchld_is_ignored) {
    ::signal(SIGCHLD, SIG_IGN);
    EXPECT_EQ(Subprocess(shell("exit 7")).wait().code, 7);
    ::signal(SIGCHLD, SIG_DFL);
}

// What we ignore or block, a child would go on ignoring or blocking through exec.
TEST_F(SubprocessTest, gives_the_child_default_signals) {
    sigset_t term, before;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &term, &before);
    const auto ignored = ::signal(SIGINT, SIG_IGN);
    for (const int signal : {SIGTERM, SIGINT}) {
        const ProcessEnd end = Subprocess(shell("kill -" + std::to_string(signal) + " $$; exit 5")).wait();
        EXPECT_TRUE(end.signaled) << signal;
        EXPECT_EQ(end.code, signal);
    }
    ::signal(SIGINT, ignored);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(SubprocessTest, sets_variables_on_top_of_the_filtered_environment) {
    ::setenv("OMPI_COMM_WORLD_RANK", "1", 1);  // as MPI_Init does: too late for what was captured
    ProcessSpec spec = shell("exec env");
    spec.environment = {{"OMP_NUM_THREADS", "1"}, {"OMPI_MCA_ess_singleton_isolated", "1"}};
    Subprocess(spec).wait();
    ::unsetenv("OMPI_COMM_WORLD_RANK");
    EXPECT_EQ(output().find("OMPI_COMM_WORLD_RANK"), std::string::npos);
    EXPECT_NE(output().find("OMP_NUM_THREADS=1\n"), std::string::npos);
    EXPECT_NE(output().find("OMPI_MCA_ess_singleton_isolated=1\n"), std::string::npos);
    EXPECT_NE(output().find("PATH="), std::string::npos);
}

TEST_F(SubprocessTest, drops_the_variables_of_mpi_that_it_was_started_with) {
    // The capture happens at start-up, so this test runs itself once more with such variables set.
    ProcessSpec spec = shell("");
    spec.argv = {fs::read_symlink("/proc/self/exe").string(), "--gtest_also_run_disabled_tests",
                 "--gtest_filter=*DISABLED_prints_its_environment"};
    spec.environment = {{"PMI_RANK", "3"},
                        {"OMPI_MCA_x", "y"},
                        {"HYDI_CONTROL_FD", "7"},
                        {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                        {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"}};
    EXPECT_EQ(Subprocess(spec).wait().code, 0);
    for (const char* dropped : {"PMI_RANK=", "OMPI_MCA_x=", "HYDI_CONTROL_FD="}) {
        EXPECT_EQ(output().find(dropped), std::string::npos) << dropped;
    }
    EXPECT_NE(output().find("OMPI_ALLOW_RUN_AS_ROOT=1"), std::string::npos);
    EXPECT_NE(output().find("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"), std::string::npos);
}

TEST(SubprocessHelper, DISABLED_prints_its_environment) {
    for (const auto& [name, value] : filtered_environment()) {
        printf("%s=%s\n", name.c_str(), value.c_str());
    }
}

// Forks a process that starts `script`, tells us the child's pid by a file, and is then killed with SIGKILL.
int child_of_a_killed_parent(const ProcessSpec& spec, const fs::path& pid_file) {
    const pid_t parent = ::fork();
    if (parent == 0) {
        Subprocess child(spec);
        ::pause();
        ::_exit(0);
    }
    int child = 0;
    for (int attempt = 0; attempt < 500 && child == 0; ++attempt) {
        std::this_thread::sleep_for(milliseconds(10));
        std::ifstream(pid_file) >> child;
    }
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    return child;
}

TEST_F(SubprocessTest, the_death_of_the_parent_kills_the_child) {
    const int child = child_of_a_killed_parent(shell("echo $$ >pid; exec sleep 60"), folder_ / "pid");
    ASSERT_GT(child, 0);
    EXPECT_TRUE(dies_soon(child));
}

TEST_F(SubprocessTest, a_child_may_outlive_its_parent_where_asked) {
    ProcessSpec spec = shell("echo $$ >pid; exec sleep 60");
    spec.die_with_parent = false;
    const int child = child_of_a_killed_parent(spec, folder_ / "pid");
    ASSERT_GT(child, 0);
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_TRUE(is_alive(child));
    ::kill(-child, SIGKILL);
}

TEST_F(SubprocessTest, a_released_child_lives_on) {
    int pid = 0;
    {
        Subprocess child(shell("exec sleep 60"));
        pid = child.pid();
        child.release();
    }
    EXPECT_TRUE(is_alive(pid));
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_F(SubprocessTest, thirty_at_once_all_report_their_own_end_in_time) {
    std::vector<Subprocess> children;
    for (int i = 0; i < 30; ++i) {
        ProcessSpec spec = shell("sleep 0." + std::to_string(1 + i % 4) + "; exit " + std::to_string(i));
        spec.stdout_file = folder_ / ("out" + std::to_string(i));
        spec.stderr_file = spec.stdout_file;
        children.emplace_back(spec);
    }
    for (int i = 0; i < 30; ++i) {
        const auto end = children[static_cast<std::size_t>(i)].wait_for(milliseconds(10000));
        ASSERT_TRUE(end.has_value());
        EXPECT_EQ(end->code, i);
        EXPECT_FALSE(end->signaled);
    }
}

// In Boost 1.74 three threads with a limit of 6 s learnt of their ends after 0.5, 6.0 and 6.0 s.
TEST_F(SubprocessTest, threads_that_wait_at_once_each_learn_of_their_own_child_in_time) {
    std::vector<std::thread> threads;
    for (const double sleeps : {0.5, 1.0, 1.5}) {
        threads.emplace_back([this, sleeps] {
            const std::string seconds = std::to_string(sleeps);
            ProcessSpec spec = shell("sleep " + seconds + "; exit 7");
            spec.stdout_file = spec.stderr_file = folder_ / seconds;
            const auto start = std::chrono::steady_clock::now();
            Subprocess child(spec);
            const auto end = child.wait_for(milliseconds(6000));
            const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
            EXPECT_EQ(end ? end->code : -1, 7);
            EXPECT_GE(waited.count(), sleeps);
            EXPECT_LT(waited.count(), sleeps + 2.0);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_F(SubprocessTest, waiting_with_a_limit_returns_empty_while_the_child_runs) {
    Subprocess child(shell("exec sleep 60"));
    EXPECT_FALSE(child.poll().has_value());
    EXPECT_FALSE(child.wait_for(milliseconds(50)).has_value());
    child.signal_group(SIGKILL);
    EXPECT_TRUE(child.wait_for(milliseconds(5000)).has_value());
}

}  // namespace
}  // namespace fibonaqi
