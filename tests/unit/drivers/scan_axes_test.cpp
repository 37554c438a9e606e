// What drivers can be scanned over: each value makes a driver, and another one.
#include "dft_drivers/common/scan_axes.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "tests/support/cp2k_outputs.hpp"
#include "tests/support/nwchem_outputs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Structure& silicon() {
    static const Structure structure = test::two_silicon_atoms().structure;
    return structure;
}

std::vector<std::string> names(const std::vector<ScanAxis>& axes) {
    std::vector<std::string> list;
    for (const ScanAxis& axis : axes) {
        list.push_back(axis.name);
    }
    return list;
}

// Every proposed value is taken by the driver, gives other labels than the others, and is denser than the one
// before.
void expect_sound(const LabelDriver& driver, const ScanAxis& axis) {
    SCOPED_TRACE(axis.name);
    std::set<std::string> fingerprints;
    double density = -1e300;
    for (const std::string& value : axis.values) {
        const ScanPoint point = axis.at(value);
        EXPECT_GT(point.density, density) << value;
        density = point.density;
        EXPECT_TRUE(fingerprints.insert(make_driver(point.configuration, "/")->fingerprint()).second)
            << value;
    }
    EXPECT_EQ(axis.at(axis.own).configuration, driver.configuration()) << "its own value changes nothing";
    EXPECT_EQ(fingerprints.count(driver.fingerprint()), 1u);
    EXPECT_GE(axis.values.size(), 2u);
}

class ScanAxes : public ::testing::Test {
  protected:
    ScanAxes() {
        for (const char* file : {"Si.UPF", "Si.psp8"}) {
            write_file_atomically(folder_ / file, "a file with a content of its own\n");
        }
    }
    std::unique_ptr<LabelDriver> espresso(const Json& changes) const {
        Json config = test::qe_config();
        config["pseudo_dir"] = folder_.path().string();
        config["pseudopotentials"]["Si"] = "Si.UPF";
        config.merge_patch(changes);
        return make_driver(config, "/");
    }
    std::unique_ptr<LabelDriver> abinit(Json config) const {
        config["type"] = "abinit";
        config["pseudo_dir"] = folder_.path().string();
        config["pseudopotentials"] = {{"Si", "Si.psp8"}};
        config["ecut_Ha"] = 12;
        return make_driver(config, "/");
    }
    std::unique_ptr<LabelDriver> cp2k(const Json& changes) const {
        test::write_cp2k_data(folder_.path());
        Json config = test::cp2k_config(folder_.path());
        config.merge_patch(changes);
        return make_driver(config, "/");
    }
    std::unique_ptr<LabelDriver> nwchem(const Json& changes) const {
        test::write_nwchem_library(folder_.path());
        Json config = test::nwchem_config(folder_.path());
        config.merge_patch(changes);
        return make_driver(config, "/");
    }
    test::TemporaryFolder folder_;
};

// What an axis says to a value that it does not take.
std::string refusal_of(const ScanAxis& axis, const std::string& value) {
    try {
        (void)axis.at(value);
        return "accepted";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

TEST_F(ScanAxes, of_quantum_espresso_are_sound) {
    const auto driver = espresso({{"input", {{"system", {{"ecutrho", 192}}}}}});
    const auto axes = driver->scan_axes(silicon());
    EXPECT_THAT(names(axes), ElementsAre("kpoints", "ecutwfc", "conv_thr", "degauss"));
    for (const ScanAxis& axis : axes) {
        expect_sound(*driver, axis);
    }
    EXPECT_THAT(axes[0].values, ElementsAre("1x1x1", "2x2x2s", "2x2x2", "3x3x3", "4x4x4"));
    EXPECT_THAT(axes[1].values, ElementsAre("19.2", "24", "30", "36"));
    EXPECT_EQ(axes[1].at("30").configuration.at("input").at("system").at("ecutrho"), 240.0)
        << "both cut-offs are raised together";
    const auto fixed = espresso({{"input", {{"system", {{"occupations", "fixed"}}}}}});
    EXPECT_THAT(names(fixed->scan_axes(silicon())), ElementsAre("kpoints", "ecutwfc", "conv_thr"));
}

TEST_F(ScanAxes, of_abinit_are_sound) {
    const auto driver = abinit({{"kspacing_per_A", 0.8}});
    const auto axes = driver->scan_axes(silicon());
    EXPECT_THAT(names(axes), ElementsAre("kspacing", "ecut_Ha", "tolvrs", "smearing_width_Ha"));
    for (const ScanAxis& axis : axes) {
        expect_sound(*driver, axis);
    }
    const ScanPoint shifted = axes[0].at("0.8s");
    EXPECT_EQ(shifted.configuration.at("kpoint_shift"), (Json{0.5, 0.5, 0.5}));
    EXPECT_EQ(shifted.configuration.at("kspacing_per_A"), 0.8);
    const auto insulator = abinit({{"kpoints", {3, 3, 3}}, {"smearing", "none"}});
    EXPECT_THAT(names(insulator->scan_axes(silicon())), ElementsAre("kpoints", "ecut_Ha", "tolvrs"));
}

TEST_F(ScanAxes, of_xtb_are_sound) {
    const auto driver = make_driver({{"type", "xtb"}, {"accuracy", 0.5}}, "/");
    const auto axes = driver->scan_axes(silicon());
    ASSERT_THAT(names(axes), ElementsAre("accuracy"));
    expect_sound(*driver, axes[0]);
    EXPECT_THAT(axes[0].values, ElementsAre("50", "5", "0.5", "0.05"));
}

TEST_F(ScanAxes, of_cp2k_are_sound) {
    const auto driver = cp2k({{"smearing_K", 500},
                              {"added_mos", 4},
                              {"input", {{"KPOINTS", {{"SCHEME", "MONKHORST-PACK  2 2 1"}}}}}});
    const auto axes = driver->scan_axes(silicon());
    EXPECT_THAT(names(axes), ElementsAre("cutoff_Ry", "eps_scf", "kpoints", "smearing_K"));
    for (const ScanAxis& axis : axes) {
        expect_sound(*driver, axis);
    }
    const Json denser = axes[0].at("600").configuration;
    EXPECT_EQ(denser.at("cutoff_Ry"), 600);
    EXPECT_EQ(denser.at("rel_cutoff_Ry"), 90.0) << "both cut-offs are raised together";
    EXPECT_THAT(axes[2].values, ElementsAre("1x1x1", "2x2x1", "3x3x2", "4x4x3"));
    EXPECT_EQ(axes[2].at("3x3x2").configuration.at("input").at("KPOINTS").at("SCHEME"),
              "MONKHORST-PACK 3 3 2");
    for (const char* value : {"", "3x3", "3x3x0", "3x3x3s"}) {
        EXPECT_THAT(
            refusal_of(axes[2], value),
            HasSubstr("'" + std::string(value) + "' is no mesh such as 3x3x3 (it cannot be shifted)"));
    }
}

TEST_F(ScanAxes, of_cp2k_have_a_mesh_where_one_is_configured) {
    for (const char* scheme : {"GAMMA", "MACDONALD 2 2 2 0.5 0.5 0.5", "MONKHORST-PACK 2 2"}) {
        const auto driver = cp2k({{"input", {{"KPOINTS", {{"SCHEME", scheme}}}}}});
        EXPECT_THAT(names(driver->scan_axes(silicon())), ElementsAre("cutoff_Ry", "eps_scf")) << scheme;
    }
    EXPECT_THAT(names(cp2k(Json::object())->scan_axes(silicon())), ElementsAre("cutoff_Ry", "eps_scf"));
}

TEST_F(ScanAxes, of_nwchem_are_sound) {
    const auto driver = nwchem(Json::object());
    const auto axes = driver->scan_axes(silicon());
    EXPECT_THAT(names(axes), ElementsAre("grid", "convergence_density"));
    for (const ScanAxis& axis : axes) {
        expect_sound(*driver, axis);
    }
    EXPECT_THAT(axes[0].values, ElementsAre("coarse", "medium", "fine", "xfine", "huge"));
    EXPECT_EQ(axes[0].at("xcoarse").configuration.at("grid"), "xcoarse");
    EXPECT_THAT(refusal_of(axes[0], "finer"),
                HasSubstr("axis grid: 'finer' is none of its words (xcoarse, "));
    const Json loose = axes[1].at("1e-06").configuration;
    EXPECT_EQ(loose.at("convergence_energy"), 1e-7);
    EXPECT_EQ(loose.at("convergence_gradient"), 1e-5);
}

TEST_F(ScanAxes, words_at_the_end_of_what_a_driver_takes_have_neighbours_on_one_side) {
    const auto values = [&](const char* grid) {
        const auto driver = nwchem({{"grid", grid}});
        const ScanAxis axis = driver->scan_axes(silicon())[0];
        expect_sound(*driver, axis);
        return axis.values;
    };
    EXPECT_THAT(values("xcoarse"), ElementsAre("xcoarse", "coarse", "medium"));
    EXPECT_THAT(values("huge"), ElementsAre("fine", "xfine", "huge"));
}

TEST_F(ScanAxes, values_at_the_end_of_what_a_driver_takes_are_not_proposed) {
    for (const double accuracy : {1e-4, 1000.0}) {
        const auto driver = make_driver({{"type", "xtb"}, {"accuracy", accuracy}}, "/");
        expect_sound(*driver, driver->scan_axes(silicon()).at(0));
    }
}

// |b| of the primitive cell of silicon is 1.993 1/A: 0.8 means 3 points, 1.04 means 2, 0.64 means 4. Of four
// times that cell it is 0.498: 0.8 to 0.56 mean 1 point, 0.48 means 2, 0.24 means 3.
TEST_F(ScanAxes, spacings_that_mean_the_same_mesh_are_proposed_once) {
    const auto axes = espresso({{"kpoints", nullptr}, {"kspacing_per_A", 0.8}})->scan_axes(silicon());
    EXPECT_THAT(axes[0].values, ElementsAre("1.04", "0.8s", "0.8", "0.64", "0.48"));
    Structure large = silicon();
    for (Vec3& vector : large.cell) {
        for (double& x : vector) {
            x *= 4.0;
        }
    }
    EXPECT_THAT(espresso({{"kpoints", nullptr}, {"kspacing_per_A", 0.8}})->scan_axes(large)[0].values,
                ElementsAre("0.8s", "0.8", "0.48", "0.24"))
        << "one point is enough there: nothing is sparser";
}

TEST_F(ScanAxes, the_shift_of_a_mesh_is_set_by_a_letter) {
    const auto shift = [&](const Json& own, const std::string& value) {
        return espresso({{"kpoint_shift", own}})
            ->scan_axes(silicon())[0]
            .at(value)
            .configuration.at("kpoint_shift");
    };
    EXPECT_EQ(shift({0, 0, 0}, "3x3x3s"), (Json{1, 1, 1}));
    EXPECT_EQ(shift({0, 0, 0}, "3x3x3g"), (Json{0, 0, 0}));
    EXPECT_EQ(shift({1, 1, 0}, "3x3x3"), (Json{1, 1, 0})) << "without one it stays";
    EXPECT_EQ(shift({1, 1, 0}, "3x3x3g"), (Json{0, 0, 0}));
    EXPECT_THAT(espresso({{"kpoint_shift", {1, 1, 1}}})->scan_axes(silicon())[0].values,
                ElementsAre("1x1x1", "2x2x2", "2x2x2g", "3x3x3", "4x4x4"));
}

TEST_F(ScanAxes, refuse_what_is_no_value) {
    const auto axes = espresso(Json::object())->scan_axes(silicon());
    for (const char* value : {"", "3", "3x3", "3x3x3x3", "3x3x0", "3x3x2.5", "axbxc", "s"}) {
        EXPECT_THAT(refusal_of(axes[0], value),
                    HasSubstr("axis kpoints: '" + std::string(value) + "' is no mesh"));
    }
    for (const char* value : {"", "much", "-3", "0", "nan", "1 2"}) {
        EXPECT_THAT(refusal_of(axes[1], value),
                    HasSubstr("axis ecutwfc: '" + std::string(value) + "' is no number"));
    }
}

TEST_F(ScanAxes, drivers_that_know_nothing_to_scan_say_so) {
    const auto driver = make_driver({{"type", "external"}, {"command", {"/bin/true"}}}, "/");
    EXPECT_TRUE(driver->scan_axes(silicon()).empty());
}

}  // namespace
}  // namespace fibonaqi
