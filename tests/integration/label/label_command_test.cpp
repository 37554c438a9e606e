// `fibonaqi label` as a user runs it, with a script in the place of pw.x that answers for one structure.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class LabelCommand : public ::testing::Test {
  protected:
    LabelCommand() {
        write_file_atomically(folder_ / "Si.UPF", "<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\"/></UPF>");
        set_program("");
        write_frames(6);
    }

    // A program that takes 0.2 s, counts its runs, and answers with the kept output, into which it writes
    // the geometry that it was asked for: input_writer's atoms in angstrom become bohr.
    void set_program(const std::string& before) {
        const std::string xml = (test::qe_data() / "converged/fb.xml").string();
        write_file_atomically(folder_ / "pw",
                              "echo '     Program PWSCF v.0'\necho run >> " + (folder_ / "runs").string() +
                                  "\n" + before +
                                  "\nsleep 0.2\nmkdir -p out\n"
                                  "x=$(awk '/^ATOMIC_POSITIONS/{getline; getline; printf \"%.15e\", "
                                  "$2/0.529177210903}' pw.in)\n"
                                  "sed \"/<output>/,/<forces/s/\\(index=.2.>\\)[^ ]*/\\1$x/\" '" +
                                  xml + "' > out/fb.xml\necho '   JOB DONE.'\n");
        Json config = test::qe_config();
        config["command"] = {"/bin/sh", (folder_ / "pw").string()};
        config["pseudo_dir"] = ".";  // relative to the configuration
        config["pseudopotentials"]["Si"] = "Si.UPF";
        write_json(folder_ / "D.json", config);
    }
    void write_frames(int count, bool with_overlap = false) {
        std::vector<Frame> frames(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i].structure = test::two_silicon_atoms(0.1 + 0.01 * static_cast<double>(i)).structure;
            frames[i].info["number"] = static_cast<long>(i);
        }
        if (with_overlap) {
            frames[1].structure.positions[1] = {0.3, 0.0, 0.0};
        }
        write_extxyz(folder_ / "in.xyz", frames);
    }
    ProcessSpec command(std::vector<std::string> more = {}) {
        ProcessSpec spec;
        spec.argv = {test::program("fibonaqi"), "label", "--driver",         folder_ / "D.json", "--data",
                     folder_ / "in.xyz",        "-o",    folder_ / "out.xyz"};
        spec.argv.insert(spec.argv.end(), more.begin(), more.end());
        spec.stdout_file = folder_ / "stdout";
        spec.stderr_file = folder_ / "stderr";
        return spec;
    }
    int run(const std::vector<std::string>& more = {}) { return Subprocess(command(more)).wait().code; }
    std::string said() const { return read_file(folder_ / "stdout") + read_file(folder_ / "stderr"); }
    std::size_t runs() const {
        if (!std::filesystem::exists(folder_ / "runs")) {
            return 0;
        }
        const std::string text = read_file(folder_ / "runs");
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    test::TemporaryFolder folder_;
};

TEST_F(LabelCommand, labels_all_frames_in_order_and_keeps_their_comments) {
    EXPECT_EQ(run({"--slots", "3"}), 0) << said();
    const std::vector<Frame> frames = read_extxyz(folder_ / "out.xyz").frames;
    ASSERT_EQ(frames.size(), 6u);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_EQ(std::get<long>(frames[i].info.at("number")), static_cast<long>(i));
        EXPECT_TRUE(frames[i].labels.energy && frames[i].labels.stress);
        EXPECT_EQ(frames[i].labels.forces.size(), 2u);
    }
    EXPECT_EQ(run(), 0);
    EXPECT_THAT(said(), HasSubstr("0 labelled now, 6 were there, 0 failed"));
    EXPECT_EQ(runs(), 6u);
}

TEST_F(LabelCommand, leaves_failed_frames_out_and_lists_them) {
    write_frames(3, true);
    EXPECT_EQ(run(), 6);
    EXPECT_THAT(said(), HasSubstr("frame 1 (Si2): bad_geometry: two atoms are"));
    EXPECT_EQ(read_extxyz(folder_ / "out.xyz").frames.size(), 2u);
    EXPECT_EQ(runs(), 2u);
}

TEST_F(LabelCommand, stops_after_the_running_ones_on_ctrl_c_and_goes_on_later) {
    Subprocess label(command({"--slots", "2"}));
    ASSERT_TRUE(test::becomes_true([this] { return runs() >= 2; }));
    label.signal_group(SIGINT);
    EXPECT_EQ(label.wait().code, 5);
    EXPECT_THAT(said(), HasSubstr("run the same command again to go on"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.xyz"));
    EXPECT_LT(runs(), 6u);
    EXPECT_EQ(run({"--slots", "2"}), 0);
    EXPECT_EQ(runs(), 6u) << "a label was computed twice";
}

TEST_F(LabelCommand, stops_at_once_on_two_ctrl_c) {
    set_program("sleep 30");
    Subprocess label(command({"--slots", "2"}));
    ASSERT_TRUE(test::becomes_true([this] { return runs() >= 2; }));
    ::kill(label.pid(), SIGINT);
    ASSERT_TRUE(test::becomes_true([this] { return said().find("again stops now") != std::string::npos; }));
    ::kill(label.pid(), SIGINT);
    const auto end = label.wait_for(std::chrono::seconds(15));
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->code, 130);
    set_program("");
    EXPECT_EQ(run(), 0) << said();
    EXPECT_EQ(read_extxyz(folder_ / "out.xyz").frames.size(), 6u);
}

TEST_F(LabelCommand, survives_kill_9_without_computing_anything_twice) {
    for (const int milliseconds : {30, 150, 250, 350}) {
        Subprocess label(command({"--slots", "2"}));
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        ::kill(label.pid(), SIGKILL);
        label.wait();
    }
    EXPECT_EQ(run({"--slots", "2"}), 0) << said();
    EXPECT_EQ(read_extxyz(folder_ / "out.xyz").frames.size(), 6u);
    EXPECT_EQ(runs(), 6u) << "a label was computed twice";
    const Ledger ledger(folder_ / "out.xyz.labels/ledger.sqlite", Ledger::Access::read);
    EXPECT_EQ(ledger.counts().at(LabelState::accepted), 6u);
    EXPECT_EQ(ledger.integrity_problem(), "");
}

TEST_F(LabelCommand, refuses_a_second_one_on_the_same_folder) {
    set_program("sleep 2");
    Subprocess first(command());
    ASSERT_TRUE(test::becomes_true([this] { return runs() >= 1; }));
    ProcessSpec second = command();
    second.stderr_file = folder_ / "stderr2";
    EXPECT_EQ(Subprocess(second).wait().code, 4);
    EXPECT_THAT(read_file(folder_ / "stderr2"), HasSubstr("is in use by another running fibonaqi"));
    ::kill(first.pid(), SIGINT);
    EXPECT_EQ(first.wait().code, 5);
}

TEST_F(LabelCommand, says_clearly_what_is_wrong_and_leaves_no_folder) {
    const auto changed = [this](const std::string& pointer, const Json& value) {
        set_program("");
        Json config = read_json(folder_ / "D.json");
        config[Json::json_pointer(pointer)] = value;
        write_json(folder_ / "D.json", config);
        EXPECT_EQ(run(), 2);
        return said();
    };
    EXPECT_THAT(changed("/command", {"no-such-pw.x"}), HasSubstr("program 'no-such-pw.x' was not found"));
    EXPECT_THAT(changed("/pseudopotentials/Si", "Nope.UPF"), HasSubstr("pseudopotential of Si"));
    const std::string unknown = changed("/input/system/ecutwf", 3);
    EXPECT_THAT(unknown, HasSubstr("D.json:"));
    EXPECT_THAT(unknown, HasSubstr("input.system.ecutwf: unknown key of pw.x; did you mean 'ecutwfc'?"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.xyz.labels"));
    EXPECT_EQ(runs(), 0u);
}

}  // namespace
}  // namespace fibonaqi
