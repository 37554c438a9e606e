// Files of `fibonaqi pseudo` in the real pw.x, against ABINIT with the same parameters.
#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/geometry.hpp"

#include "dft_drivers/pseudo/gth.hpp"
#include "dft_drivers/pseudo/psp8.hpp"
#include "tests/support/command_run.hpp"
#include "tests/support/label_runs.hpp"

namespace fibonaqi {
namespace {

/// What ABINIT 9.6.2 (Debian) computes with the same parameters: read from a .gth file of `fibonaqi pseudo`,
/// or the psp8 file itself. Cut-off and mesh as below, tolvrs 1e-16, no symmetry.
struct Reference {
    const char* element;
    const char* kind;
    double cutoff_Ry;
    double shear_cutoff_Ry;  ///< where the energy is smooth enough to be differentiated
    double energy_eV;
    Vec3 force;   ///< on the second atom
    Mat3 stress;  ///< tension positive
};

const Reference references[] = {
    {"Si",
     "gth",
     30,
     30,
     -211.80060090552655,
     {-0.8828929663814429, 0.0944390801334144, 0.2829282868118817},
     {{{-0.042020283597470634, -0.0040995744945259704, -0.0014144644851733015},
       {-0.0040995744945259704, -0.04320650667375362, 0.01274373623256245},
       {-0.0014144644851733015, 0.01274373623256245, -0.04309580090566047}}}},
    {"Si",
     "psp8",
     40,
     40,
     -227.7363233826493,
     {-0.8888030734336565, 0.09491827568558732, 0.2847826307624439},
     {{{-0.04585070222154783, -0.004238929429170242, -0.0014618631268983838},
       {-0.004238929429170242, -0.0470611742480447, 0.013177341118778576},
       {-0.0014618631268983838, 0.013177341118778576, -0.04694819774011601}}}},
    {"Al",
     "gth",
     30,
     60,
     -113.38004558514628,
     {-0.04110356492881742, 0.03443332619120581, 0.010569111989877422},
     {{{-0.026703490743563672, -0.004042733361163344, -0.0010373975520990622},
       {-0.004042733361163344, -0.04543800896912389, -0.002744551942021352},
       {-0.0010373975520990622, -0.002744551942021352, 0.09647831743128867}}}},
    {"Al",
     "psp8",
     40,
     40,
     -126.6465488354659,
     {-0.04062133716182144, 0.03369651880073911, 0.012087847584823464},
     {{{-0.026119810478898987, -0.0039500450996449435, -0.0009571291583703273},
       {-0.0039500450996449435, -0.044938751439481846, -0.0026558088187793524},
       {-0.0009571291583703273, -0.0026558088187793524, 0.09680161017701513}}}},
};

class RealPseudo : public ::testing::TestWithParam<Reference> {
  protected:
    void SetUp() override {
        const bool is_gth = GetParam().kind == std::string("gth");
        const std::string data = is_gth ? pseudo::debian_gth_file : pseudo::debian_dojo_pbe;
        if (find_program("pw.x").empty() || !std::filesystem::exists(data)) {
            GTEST_SKIP() << "pw.x or " << data
                         << " is not installed (Debian: quantum-espresso, cp2k-data, abinit-data)";
        }
        const test::CommandResult made =
            test::run_command(folder_, "fibonaqi", {"pseudo", GetParam().kind, GetParam().element});
        ASSERT_EQ(made.code, 0) << made.err;
    }
    LabelRequest request() const {
        const double half = 5.47 / 2.0;
        const bool is_silicon = GetParam().element == std::string("Si");
        LabelRequest two;
        two.structure.atomic_numbers.assign(2, is_silicon ? 14 : 13);
        two.structure.cell = is_silicon ? Mat3{{{0, half, half}, {half, 0, half}, {half, half, 0}}}
                                        : Mat3{{{2.88, 0.03, 0}, {0, 2.85, 0.04}, {0.02, 0, 4.05}}};
        two.structure.positions = {{0, 0, 0}, is_silicon ? Vec3{1.42, 1.36, 1.35} : Vec3{1.5, 1.4, 2.0}};
        two.structure.pbc = {true, true, true};
        two.want_stress = true;
        return two;
    }
    Labels labels(const LabelRequest& what, double cutoff_Ry) const {
        const std::string element = GetParam().element;
        const bool is_gth = GetParam().kind == std::string("gth");
        Json config = Json::parse(R"({"type": "qe", "kpoints": [2, 2, 2],
            "input": {"system": {"smearing": "fd", "degauss": 0.02}, "electrons": {"conv_thr": 1e-12}}})");
        config["pseudo_dir"] = (folder_ / "pseudo").string();
        config["pseudopotentials"][element] = element + (is_gth ? ".GTH-PBE.UPF" : ".psp8.UPF");
        config["input"]["system"]["ecutwfc"] = cutoff_Ry;
        if (element == "Si") {
            config["input"]["system"] = {{"ecutwfc", cutoff_Ry}, {"occupations", "fixed"}};
        }
        const test::TemporaryFolder folder;
        const LabelResult result = test::run_task(test::make_task(folder.path(), config, what));
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome).labels;
    }
    test::TemporaryFolder folder_;
};

// Measured: energies within 1.1e-5 eV (ABINIT has older constants of nature), forces within 3e-5
// eV/angstrom, stresses within 7e-7 eV/angstrom^3.
TEST_P(RealPseudo, gives_the_numbers_of_abinit) {
    const Reference& reference = GetParam();
    const Labels here = labels(request(), reference.cutoff_Ry);
    EXPECT_NEAR(*here.energy, reference.energy_eV, 5.0e-5);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        EXPECT_NEAR(here.forces[1][axis], reference.force[axis], 1.0e-4);
        EXPECT_NEAR(here.forces[0][axis], -reference.force[axis], 1.0e-4);
        for (std::size_t other = 0; other < 3; ++other) {
            EXPECT_NEAR((*here.stress)[axis][other], reference.stress[axis][other], 3.0e-6);
        }
    }
}

// Shear: the number of plane waves changes with the cell, and with it the energy; least where the volume
// stays.
TEST_P(RealPseudo, stress_is_the_strain_derivative_of_the_energy) {
    const double cutoff_Ry = GetParam().shear_cutoff_Ry;
    const double h = 0.004;
    const auto energy = [&](double strain) {
        LabelRequest sheared = request();
        sheared.want_stress = false;
        sheared.structure = strained(sheared.structure, {{{0, 0, 0}, {0, 0, strain}, {0, strain, 0}}});
        return *labels(sheared, cutoff_Ry).energy;
    };
    const double by_strain = (energy(h) - energy(-h)) / (2.0 * h) / 2.0 / volume(request().structure);
    const Labels here = labels(request(), cutoff_Ry);
    EXPECT_NEAR((*here.stress)[1][2], by_strain, 2.0e-5 + 0.005 * std::abs(by_strain));
    EXPECT_GT(std::abs(by_strain), 1.0e-3) << "nothing to compare";
}

INSTANTIATE_TEST_SUITE_P(Debian, RealPseudo, ::testing::ValuesIn(references), [](const auto& one) {
    return std::string(one.param.element) + "_" + one.param.kind;
});

}  // namespace
}  // namespace fibonaqi
