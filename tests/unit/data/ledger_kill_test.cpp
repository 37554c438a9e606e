// A writer that is killed with SIGKILL at random moments: what it said is stored, is stored.
#include <csignal>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

std::string key_of(int round, int number) {
    return "k" + std::to_string(round) + "-" + std::to_string(number);
}

// Takes labels through their life for ever, and says each one's number aloud once it is accepted.
[[noreturn]] void write_for_ever(const std::filesystem::path& path, int round, int pipe) {
    Ledger ledger(path);
    for (int number = 0;; ++number) {
        const std::string key = key_of(round, number);
        ledger.plan({{key, test::two_silicon_atoms(0.001 * number), "f", LabelOrigin{}}});
        ledger.record_intent(key, "/attempt");
        ledger.record_started(key, "handle");
        ledger.record_accepted(key, test::odd_label(number), {});
        if (::write(pipe, &number, sizeof number) != sizeof number) {
            ::_exit(1);
        }
    }
}

// Waits for the next number; -1: there is none any more.
int next_number(int pipe) {
    int number = 0;
    return ::read(pipe, &number, sizeof number) == sizeof number ? number : -1;
}

int last_number_heard(int pipe, int last) {
    for (int number = next_number(pipe); number >= 0; number = next_number(pipe)) {
        last = number;
    }
    return last;
}

TEST(LedgerKill, loses_nothing_that_was_acknowledged_in_50_kills) {
    const test::TemporaryFolder folder;
    const std::filesystem::path path = folder / "ledger.sqlite";
    { Ledger create(path); }
    KeyedRng rng(1, "kill times");
    int total = 0;
    for (int round = 0; round < 50; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(pipe[0]);
            write_for_ever(path, round, pipe[1]);
        }
        ::close(pipe[1]);
        // Every second time the first label is waited for, however slow the machine is.
        const int first = round % 2 == 1 ? next_number(pipe[0]) : -1;
        ::usleep(static_cast<useconds_t>(2000 + rng.below(15000)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const int last = last_number_heard(pipe[0], first);
        ::close(pipe[0]);

        // A reader comes first, as `status` after a crash does; then the next engine.
        EXPECT_EQ(Ledger(path, Ledger::Access::read).integrity_problem(), "");
        const Ledger ledger(path);
        for (int number = 0; number <= last; ++number) {
            const auto stored = ledger.find(key_of(round, number));
            ASSERT_TRUE(stored.has_value());
            ASSERT_EQ(stored->state, LabelState::accepted);
            ASSERT_EQ(stored->label->labels.energy, test::odd_label(number).labels.energy);
        }
        total += last + 1;
    }
    EXPECT_GT(total, 20) << "the kills came before anything was written";
}

}  // namespace
}  // namespace fibonaqi
