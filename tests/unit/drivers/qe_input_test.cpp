#include <cmath>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/quantum_espresso/input_writer.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Options options(Json config = test::qe_config()) {
    return options_from_json(config, "/");
}

LabelRequest silicon_carbide() {
    LabelRequest request = test::two_silicon_atoms();
    request.structure.atomic_numbers = {14, 6};
    return request;
}

// The whole text, as pw.x 6.7 read it for the outputs in tests/data/qe.
TEST(QeInput, is_what_pw_x_reads) {
    EXPECT_EQ(make_input(options(), test::two_silicon_atoms(), 540.0), R"(&CONTROL
  calculation = 'scf'
  prefix = 'fb'
  outdir = './out'
  pseudo_dir = '/usr/share/espresso/pseudo'
  tprnfor = .true.
  tstress = .true.
  disk_io = 'low'
  max_seconds = 5.4d+02
/
&SYSTEM
  ibrav = 0
  nat = 2
  ntyp = 1
  ecutwfc = 24
  occupations = 'smearing'
  smearing = 'mv'
  degauss = 1d-02
/
&ELECTRONS
  conv_thr = 1d-09
  electron_maxstep = 100
/
ATOMIC_SPECIES
Si 2.8085d+01 Si.pbe-rrkj.UPF
CELL_PARAMETERS angstrom
0.0000000000000000e+00 2.7300000000000000e+00 2.7300000000000000e+00
2.7300000000000000e+00 0.0000000000000000e+00 2.7300000000000000e+00
2.7300000000000000e+00 2.7300000000000000e+00 0.0000000000000000e+00
ATOMIC_POSITIONS angstrom
Si 0.0000000000000000e+00 0.0000000000000000e+00 0.0000000000000000e+00
Si 1.4650000000000001e+00 1.3650000000000000e+00 1.3650000000000000e+00
K_POINTS automatic
2 2 2  0 0 0
)");
}

TEST(QeInput, writes_what_was_asked_of_this_label) {
    LabelRequest request = test::two_silicon_atoms();
    request.charge = -1.0;
    request.want_stress = false;
    const std::string text = make_input(options(), request, 0.0);
    EXPECT_THAT(text, HasSubstr("tot_charge = -1d+00"));
    EXPECT_THAT(text, HasSubstr("tstress = .false."));
    EXPECT_THAT(text, Not(HasSubstr("max_seconds")));
}

TEST(QeInput, numbers_species_by_atomic_number_and_keys_go_with_them) {
    Json config = test::qe_config();
    config["pseudopotentials"]["C"] = "C.UPF";
    config["input"]["system"]["nspin"] = 2;
    config["input"]["system"]["starting_magnetization"] = {{"Si", 0.25}, {"Fe", 1.0}};
    config["input"]["system"]["nosym"] = true;
    config["input"]["system"]["input_dft"] = "it's";
    const std::string text = make_input(options(config), silicon_carbide(), 1.0);
    EXPECT_LT(text.find("\nC 1.2"), text.find("\nSi 2.8"));
    EXPECT_THAT(text, HasSubstr("starting_magnetization(2) = 2.5d-01"));
    EXPECT_THAT(text, HasSubstr("starting_magnetization(1) = 0d+00")) << "pw.x wants at least one";
    EXPECT_THAT(text, Not(HasSubstr("starting_magnetization(3)")));
    EXPECT_THAT(text, HasSubstr("nosym = .true."));
    EXPECT_THAT(text, HasSubstr("input_dft = 'it''s'"));
    // Atoms keep their order.
    EXPECT_LT(text.find("\nSi 0.0000"), text.find("\nC 1.4650"));
}

TEST(QeInput, takes_the_mesh_from_a_spacing) {
    Json config = test::qe_config();
    config.erase("kpoints");
    config["kspacing_per_A"] = 0.4;
    LabelRequest request;
    request.structure.atomic_numbers = {14};
    request.structure.positions = {{0.0, 0.0, 0.0}};
    request.structure.cell = {{{4.0, 0.0, 0.0}, {0.0, 8.0, 0.0}, {0.0, 0.0, 40.0}}};
    request.structure.pbc = {true, true, true};
    // |b| = 2 pi / 4 = 1.571 -> 3.93; 1.96; 0.39
    EXPECT_EQ(kpoint_mesh(options(config), request.structure), (std::array<int, 3>{4, 2, 1}));
    // A plane is not added by rounding where the quotient is whole.
    config["kspacing_per_A"] = 2.0 * std::numbers::pi / 4.0 / 3.0;
    EXPECT_EQ(kpoint_mesh(options(config), request.structure)[0], 3);
    // Oblique: |b| of the primitive diamond cell is 2 pi sqrt(3) / a.
    const double a = 5.46;
    config["kspacing_per_A"] = 2.0 * std::numbers::pi * std::sqrt(3.0) / a / 3.5;
    EXPECT_EQ(kpoint_mesh(options(config), test::two_silicon_atoms().structure),
              (std::array<int, 3>{4, 4, 4}));
}

TEST(QeInput, halves_the_mesh_where_the_cell_is_doubled) {
    Json config = test::qe_config();
    config.erase("kpoints");
    Structure cell = test::two_silicon_atoms().structure;
    for (const double spacing : {0.7, 0.35, 0.21, 0.1}) {
        config["kspacing_per_A"] = spacing;
        const std::array<int, 3> whole = kpoint_mesh(options(config), cell);
        for (std::size_t axis = 0; axis < 3; ++axis) {
            Structure longer = cell;
            for (double& component : longer.cell[axis]) {
                component *= 2.0;
            }
            std::array<int, 3> expected = whole;
            expected[axis] = (whole[axis] + 1) / 2;  // ceil(x / 2) out of ceil(x)
            EXPECT_EQ(kpoint_mesh(options(config), longer), expected) << spacing << " " << axis;
        }
        EXPECT_GT(whole[0], 1) << "nothing to halve";
    }
}

TEST(QeInput, refuses_what_pw_x_cannot_do) {
    EXPECT_THROW(make_input(options(), silicon_carbide(), 1.0), DriverError);
    LabelRequest molecule = test::two_silicon_atoms();
    molecule.structure.pbc = {false, false, false};
    EXPECT_THROW(make_input(options(), molecule, 1.0), DriverError);
    Json config = test::qe_config();
    config["pseudo_dir"] = "/" + std::string(250, 'x');
    EXPECT_THROW(make_input(options(config), test::two_silicon_atoms(), 1.0), DriverError);
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
