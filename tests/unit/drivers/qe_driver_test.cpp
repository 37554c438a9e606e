#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/quantum_espresso/pseudopotential.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* upf_2 =
    "<UPF version=\"2.0.1\">\n<PP_HEADER\n generated=\"x\"\n element=\"Si\"\n/>\n</UPF>\n";
constexpr const char* upf_1 =
    "<PP_HEADER>\n   0  Version Number\n  Si  Element\n  NC  "
    "Norm\n</PP_HEADER>\n<PP_RHOATOM>\n</PP_RHOATOM>\n";

class QeDriver : public ::testing::Test {
  protected:
    QeDriver() {
        write_file_atomically(folder_ / "Si.UPF", upf_2);
        config_ = test::qe_config();
        config_["command"] = {"/bin/sh"};  // any program that is there
        config_["pseudo_dir"] = folder_.path().string();
        config_["pseudopotentials"]["Si"] = "Si.UPF";
    }
    std::string fingerprint() const { return make_driver(config_, "/")->fingerprint(); }
    std::string problem(const std::string& content) {
        write_file_atomically(folder_ / "x.UPF", content);
        return pseudopotential_problem(folder_ / "x.UPF", "Si");
    }
    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(QeDriver, check_finds_program_and_pseudopotentials) {
    EXPECT_THAT(make_driver(config_, "/")->check({14}), IsEmpty());
    EXPECT_THAT(make_driver(config_, "/")->check({14, 6}),
                ElementsAre(HasSubstr("no pseudopotential for C")));
    config_["command"] = {"no-such-pw.x"};
    config_["pseudopotentials"]["C"] = "gone.UPF";
    EXPECT_THAT(make_driver(config_, "/")->check({6, 14}),
                ElementsAre(HasSubstr("program 'no-such-pw.x' was not found"),
                            HasSubstr("pseudopotential of C: reading")));
}

TEST_F(QeDriver, looks_into_pseudopotentials) {
    EXPECT_EQ(problem(upf_2), "");
    EXPECT_EQ(problem(upf_1), "");
    EXPECT_THAT(problem(test::replaced(upf_2, "\"Si\"", "\" O\"")), HasSubstr("is for O"));
    EXPECT_THAT(problem(test::replaced(upf_1, "  Si  Element", "  Al  Element")), HasSubstr("is for Al"));
    EXPECT_THAT(problem(test::replaced(upf_2, "</UPF>", "")), HasSubstr("cut off"));
    EXPECT_THAT(problem(test::replaced(upf_1, "</PP_RHOATOM>", "")), HasSubstr("cut off"));
    EXPECT_THAT(problem("garbage"), HasSubstr("no UPF file"));
    EXPECT_THAT(problem("<PP_HEADER"), HasSubstr("cut off"));
}

TEST_F(QeDriver, fingerprint_follows_the_physics_and_nothing_else) {
    const std::string before = fingerprint();
    const auto changed = [&](const std::string& pointer, const Json& value) {
        const Json kept = config_;
        config_[Json::json_pointer(pointer)] = value;
        const bool differs = fingerprint() != before;
        config_ = kept;
        return differs;
    };
    EXPECT_FALSE(changed("/command", {"/bin/sh", "-nk", "2"}));
    EXPECT_FALSE(changed("/environment/OMP_NUM_THREADS", "2"));
    EXPECT_FALSE(changed("/input/electrons/mixing_beta", 0.3));
    EXPECT_FALSE(changed("/input/electrons/electron_maxstep", 200));
    EXPECT_FALSE(changed("/input/system/smearing", "mv")) << "the default written out";
    EXPECT_TRUE(changed("/input/system/ecutwfc", 25));
    EXPECT_TRUE(changed("/input/system/degauss", 0.02));
    EXPECT_TRUE(changed("/input/electrons/conv_thr", 1e-10));
    EXPECT_TRUE(changed("/kpoints", {2, 2, 3}));
    EXPECT_TRUE(changed("/kpoint_shift", {1, 1, 1}));

    write_file_atomically(folder_ / "other.UPF", upf_2);
    EXPECT_FALSE(changed("/pseudopotentials/Si", "other.UPF")) << "same content, other name";
    write_file_atomically(folder_ / "Si.UPF", std::string(upf_2) + "\n");
    EXPECT_NE(fingerprint(), before) << "other content, same name";
    std::filesystem::remove(folder_ / "Si.UPF");
    EXPECT_THROW(fingerprint(), DriverError);
}

TEST_F(QeDriver, prepares_a_run_without_shell_in_its_own_folder) {
    config_["environment"] = {{"OMP_NUM_THREADS", "2"}, {"MY", "1"}};
    const LabelJob job =
        make_driver(config_, "/")->prepare(test::two_silicon_atoms(), {}, folder_.path(), 60.0);
    EXPECT_THAT(job.argv, ElementsAre("/bin/sh", "-in", "pw.in"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "pw.in"));
    EXPECT_EQ(job.directory, folder_.path());
    EXPECT_EQ(job.environment.at("OMP_NUM_THREADS"), "2");
    EXPECT_EQ(job.environment.at("OMPI_MCA_ess_singleton_isolated"), "1");
    EXPECT_EQ(job.environment.at("GFORTRAN_UNBUFFERED_PRECONNECTED"), "y");
    EXPECT_EQ(job.environment.at("MY"), "1");
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
