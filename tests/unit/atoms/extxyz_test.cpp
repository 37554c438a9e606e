#include "fibonaqi/atoms/extxyz.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

FrameFile read(const std::string& text) {
    std::istringstream stream(text);
    return read_extxyz(stream, "a.xyz");
}

// One hydrogen atom with this comment line.
Frame with_comment(const std::string& comment) {
    return read("1\n" + comment + "\nH 0 0 0\n").frames.at(0);
}

std::string refusal(const std::string& text) {
    try {
        read(text);
    } catch (const FormatError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Extxyz, reads_a_full_frame) {
    const FrameFile file = read(
        "2\n"
        "Lattice=\"5.0 0.0 0.0 0.1 6.0 0.0 0.2 0.3 7.0\" "
        "Properties=species:S:1:pos:R:3:forces:R:3:tags:I:1:name:S:1:move_mask:L:1:momenta:R:3 "
        "energy=-1.5 stress=\"1 2 3 2 4 5 3 5 6\" step=7 temperature_K=300.5 label=first done "
        "pbc=\"T F T\"\n"
        "Si 0.0 0.5 -1e-3 1 2 3 4 a T 7 8 9\n"
        "O 1 2 3 -1 -2 -3 5 b F 0 0 0 trailing words are ignored as ASE does\n");
    ASSERT_EQ(file.frames.size(), 1U);
    const Frame& frame = file.frames[0];
    EXPECT_EQ(frame.structure.atomic_numbers, (std::vector<int>{14, 8}));
    EXPECT_EQ(frame.structure.positions[0], (Vec3{0.0, 0.5, -1e-3}));
    EXPECT_EQ(frame.structure.cell[1], (Vec3{0.1, 6.0, 0.0}));  // rows are vectors
    EXPECT_EQ(frame.structure.pbc, (std::array<bool, 3>{true, false, true}));
    EXPECT_EQ(frame.labels.energy, -1.5);
    EXPECT_EQ(frame.labels.forces[1], (Vec3{-1.0, -2.0, -3.0}));
    EXPECT_EQ((*frame.labels.stress)[0], (Vec3{1.0, 2.0, 3.0}));
    EXPECT_EQ(frame.arrays.at("tags"), (std::vector<double>{4.0, 5.0}));
    EXPECT_EQ(frame.arrays.at("move_mask"), (std::vector<double>{1.0, 0.0}));
    EXPECT_EQ(frame.arrays.at("momenta").size(), 6U);
    EXPECT_FALSE(frame.arrays.contains("name"));
    EXPECT_EQ(frame.info.at("step"), InfoValue(7L));
    EXPECT_EQ(frame.info.at("temperature_K"), InfoValue(300.5));
    EXPECT_EQ(frame.info.at("label"), InfoValue(std::string("first")));
    EXPECT_EQ(frame.info.at("done"), InfoValue(true));
    EXPECT_FALSE(frame.info.contains("energy"));
}

TEST(Extxyz, takes_values_in_every_kind_of_quotes) {
    const Frame frame = with_comment(
        R"(a="two words" b={1 2 3} c=[1, 2, 3] d='x "y"' e="say \"hi\" \\ there" f = 5 "g h"=6 )"
        R"(i="_JSON [[1, 2], [3.5, 4]]" j="_JSON \"12\"" k="_JSON {\"x\": 1}" l=a=b m=True n=F uid=123 o=+1.5)");
    const auto text = [&frame](const char* key) { return std::get<std::string>(frame.info.at(key)); };
    const auto vector = [&frame](const char* key) {
        return std::get<std::vector<double>>(frame.info.at(key));
    };
    EXPECT_EQ(text("a"), "two words");
    EXPECT_EQ(vector("b"), (std::vector<double>{1, 2, 3}));
    EXPECT_EQ(vector("c"), (std::vector<double>{1, 2, 3}));
    EXPECT_EQ(text("d"), "x \"y\"");
    EXPECT_EQ(text("e"), "say \"hi\" \\ there");
    EXPECT_EQ(frame.info.at("f"), InfoValue(5L));
    EXPECT_EQ(frame.info.at("g h"), InfoValue(6L));
    EXPECT_EQ(vector("i"), (std::vector<double>{1, 2, 3.5, 4}));
    EXPECT_EQ(text("j"), "12");
    EXPECT_EQ(text("k"), "_JSON {\"x\": 1}");
    EXPECT_EQ(text("l"), "a=b");
    EXPECT_EQ(frame.info.at("m"), InfoValue(true));
    EXPECT_EQ(frame.info.at("n"), InfoValue(false));
    EXPECT_EQ(text("uid"), "123");
    EXPECT_EQ(frame.info.at("o"), InfoValue(1.5));
}

TEST(Extxyz, takes_plain_xyz) {
    const FrameFile file = read(
        "2\nwater without hydrogen\nO 0 0 0\nSI 1 1 1\n\n \n"
        "1\n\n14 0 0 0\n");
    ASSERT_EQ(file.frames.size(), 2U);
    EXPECT_EQ(file.frames[0].info.at("comment"), InfoValue(std::string("water without hydrogen")));
    EXPECT_EQ(file.frames[0].structure.atomic_numbers[1], 14);
    EXPECT_FALSE(file.frames[0].structure.is_periodic());
    EXPECT_EQ(file.frames[1].structure.atomic_numbers[0], 14);
    EXPECT_TRUE(file.frames[1].info.empty());
    EXPECT_TRUE(read("").frames.empty());
}

TEST(Extxyz, takes_windows_line_ends_tabs_and_a_missing_last_one) {
    const FrameFile file = read("1\r\nLattice=\"1 0 0 0 1 0 0 0 1\" energy=2\r\nH\t0.5 0\t0");
    EXPECT_EQ(file.frames[0].structure.positions[0][0], 0.5);
    EXPECT_EQ(file.frames[0].labels.energy, 2.0);
    EXPECT_TRUE(file.frames[0].structure.is_fully_periodic());  // ASE's rule: a Lattice alone is periodic
}

TEST(Extxyz, takes_pbc_in_every_spelling) {
    const auto pbc = [](const std::string& value) {
        return with_comment("Lattice=\"1 0 0 0 1 0 0 0 1\" pbc=" + value).structure.pbc;
    };
    const std::array<bool, 3> ttf{true, true, false};
    EXPECT_EQ(pbc("\"T T F\""), ttf);
    EXPECT_EQ(pbc("\"1 1 0\""), ttf);
    EXPECT_EQ(pbc("[True, True, False]"), ttf);
    EXPECT_EQ(pbc("\"_JSON [true, true, false]\""), ttf);
    EXPECT_EQ(pbc("F"), (std::array<bool, 3>{}));
    EXPECT_THAT(refusal("1\npbc=\"T T\"\nH 0 0 0\n"), HasSubstr("a.xyz:2: pbc is 'T T'"));
    EXPECT_THAT(refusal("1\npbc=maybe\nH 0 0 0\n"), HasSubstr("pbc is 'maybe'"));
}

TEST(Extxyz, takes_elements_by_number) {
    const FrameFile file = read("2\nProperties=Z:I:1:pos:R:3\n14 0 0 0\n8 1 1 1\n");
    EXPECT_EQ(file.frames[0].structure.atomic_numbers, (std::vector<int>{14, 8}));
    const FrameFile both = read("1\nProperties=species:S:1:Z:I:1:pos:R:3\nH 14 0 0 0\n");
    EXPECT_EQ(both.frames[0].structure.atomic_numbers[0], 14);  // the number wins, as in ASE
}

TEST(ExtxyzLabels, reference_keys_win) {
    const FrameFile file = read(
        "1\nProperties=species:S:1:pos:R:3:forces:R:3:REF_forces:R:3 energy=1 REF_energy=2 free_energy=3 "
        "stress=\"1 0 0 0 1 0 0 0 1\" REF_stress=\"2 2 2 0.4 0.5 0.6\" Lattice=\"2 0 0 0 2 0 0 0 2\"\n"
        "H 0 0 0 1 1 1 2 2 2\n");
    const Frame& frame = file.frames[0];
    EXPECT_EQ(frame.labels.energy, 2.0);
    EXPECT_EQ(frame.labels.forces[0], (Vec3{2.0, 2.0, 2.0}));
    // Voigt xx yy zz yz xz xy
    EXPECT_EQ(*frame.labels.stress, (Mat3{{{2.0, 0.6, 0.5}, {0.6, 2.0, 0.4}, {0.5, 0.4, 2.0}}}));
    EXPECT_EQ(frame.info.at("energy"), InfoValue(1L));  // the others are kept as they are
    EXPECT_EQ(frame.arrays.at("forces").size(), 3U);
    EXPECT_EQ(file.audit.energy_keys.at("REF_energy"), 1U);
    EXPECT_EQ(file.audit.forces_keys.size(), 1U);
}

TEST(ExtxyzLabels, plain_energy_wins_over_the_free_energy_and_the_audit_says_so) {
    const FrameFile file = read("1\nenergy=1.0 free_energy=1.25\nH 0 0 0\n1\nfree_energy=4\nH 0 0 0\n");
    EXPECT_EQ(file.frames[0].labels.energy, 1.0);
    EXPECT_EQ(file.frames[1].labels.energy, 4.0);
    const std::string report = file.audit.report();
    EXPECT_THAT(report, HasSubstr("1 frame have a free_energy that differs"));
    EXPECT_THAT(report, HasSubstr("up to 0.25 eV"));
    EXPECT_THAT(report, HasSubstr("energy comes from different keys: energy (1) free_energy (1)"));
}

TEST(ExtxyzLabels, virial_becomes_stress) {
    for (const char* key : {"virial", "virials", "REF_virials"}) {
        const Frame frame =
            with_comment(std::string("Lattice=\"2 0 0 0 2 0 0 0 2\" ") + key + "=\"8 16 0 16 8 0 0 0 -8\"");
        ASSERT_TRUE(frame.labels.stress) << key;
        EXPECT_EQ(*frame.labels.stress, (Mat3{{{-1.0, -2.0, 0.0}, {-2.0, -1.0, 0.0}, {0.0, 0.0, 1.0}}}));
    }
    const FrameFile file = read("1\nvirial=\"8 0 0 0 8 0 0 0 8\"\nH 0 0 0\n");
    EXPECT_FALSE(file.frames[0].labels.stress);
    EXPECT_THAT(file.audit.report(), HasSubstr("virial without a cell"));
    const Frame json = with_comment("REF_stress=\"_JSON [[1, 2, 3], [2, 4, 5], [3, 5, 6]]\"");
    EXPECT_EQ((*json.labels.stress)[1], (Vec3{2.0, 4.0, 5.0}));
    const Frame libatoms = with_comment("stress=[[1, 2, 3], [2, 4, 5], [3, 5, 6]]");
    EXPECT_EQ((*libatoms.labels.stress)[1], (Vec3{2.0, 4.0, 5.0}));
}

TEST(ExtxyzLabels, audit_notes_what_is_odd) {
    const std::string zero = "Properties=species:S:1:pos:R:3:forces:R:3";
    const FrameFile file =
        read("2\nenergy=1 " + zero + "\nH 0 0 0 0 0 0\nH 1 1 1 0 0 0\n" + "1\nREF_energy=1\nH 0 0 0\n" +
             "1\ndft_energy=1 Properties=species:S:1:pos:R:3:dft_forces:R:3\n" + "H 0 0 0 1 1 1\n" + "1\n" +
             zero + "\nH 0 0 0 1 1 1\n" + "1\npbc=T stress=\"1 5 0 0 1 0 0 0 1\"\nH 0 0 0\n");
    const std::string report = file.audit.report();
    EXPECT_THAT(report, HasSubstr("5 frames"));
    EXPECT_THAT(report, HasSubstr("energy: REF_energy (1) energy (1)"));
    EXPECT_THAT(report, HasSubstr("1 frame have forces that are all zero"));
    EXPECT_THAT(report, HasSubstr("1 frame have an energy but no forces"));
    EXPECT_THAT(report, HasSubstr("2 frames have labels but no energy"));
    EXPECT_THAT(report, HasSubstr("1 frame have no labels"));
    EXPECT_THAT(report, HasSubstr("'dft_energy' (rename it to REF_energy)"));
    EXPECT_THAT(report, HasSubstr("'dft_forces' (rename it to REF_forces)"));
    EXPECT_THAT(report, HasSubstr("pbc but no cell"));
    EXPECT_THAT(report, HasSubstr("stress that is not symmetric"));
    EXPECT_TRUE(read("1\nenergy=1 " + zero + "\nH 0 0 0 1 1 1\n").audit.notes.empty());
}

TEST(ExtxyzErrors, name_the_line_and_what_is_wrong) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"two\n\nH 0 0 0\n", "a.xyz:1: expected a number of atoms, found 'two'"},
        {"0\n\n", "a.xyz:1: frame of 0 atoms"},
        {"-3\n\n", "a.xyz:1: frame of -3 atoms"},
        {"1", "a.xyz:1: file ends after the number of atoms"},
        {"2\n\nH 0.00000 0.00000 0.00000\n", "a.xyz:3: file ends after 1 of 2 atoms"},
        {"1\n\nH 0 0 0\nH 1 1 1\n", "a.xyz:4: expected a number of atoms, found 'H 1 1 1'"},
        {"2\n\nH 0 0 0\n1\n\nH 0 0 0\n",
         "a.xyz:4: atom line ends before column 'pos' (the frame may have fewer"},
        {"1000000000\n\nH 0 0 0\n", "a.xyz:1: frame of 1000000000 atoms (at most"},
        {"1000000\n\nH 0 0 0\n", "a.xyz:1: frame says 1000000 atoms (only 9 bytes follow)"},
        {"99999999999999999999999\n\n", "a.xyz:1: expected a number of atoms"},
        {"1\n\nH 0 0\n", "a.xyz:3: atom line ends before column 'pos'"},
        {"1\n\nH 0 0 x\n", "a.xyz:3: coordinate 'x' is not a finite number"},
        {"1\n\nH 0 0 nan\n", "a.xyz:3: coordinate 'nan' is not a finite number"},
        {"1\n\nH 0 0 inf\n", "coordinate 'inf'"},
        {"1\n\nH 0 0 1e999\n", "coordinate '1e999'"},
        {"1\n\nH 0 0 1.0D+00\n", "coordinate '1.0D+00'"},
        {"1\n\nH 0 0 1,5\n", "coordinate '1,5'"},
        {"1\n\nXx 0 0 0\n", "a.xyz:3: unknown element 'Xx'"},
        {"1\n\n119 0 0 0\n", "a.xyz:3: unknown atomic number '119'"},
        {"1\nLattice=\"1 2 3\"\nH 0 0 0\n", "a.xyz:2: Lattice is not 9 numbers but '1 2 3'"},
        {"1\nLattice=\"nan 0 0 0 1 0 0 0 1\"\nH 0 0 0\n", "a.xyz:2: Lattice holds"},
        {"1\nProperties=species:S:1\nH\n       ", "a.xyz:2: Properties lacks positions"},
        {"1\nProperties=pos:R:3\n0 0 0\n      ", "a.xyz:2: Properties lacks elements"},
        {"1\nProperties=species:S:1:pos:R:2\nH 0 0\n", "Properties gives 'pos' 2 columns"},
        {"1\nProperties=species:S:1:pos:R\nH 0 0\n", "Properties cannot be read at 'pos'"},
        {"1\nProperties=species:S:1:pos:Q:3\nH 0 0 0\n", "Properties cannot be read at 'pos'"},
        {"1\nProperties=species:S:1:pos:R:3:a:R:2000000000\nH 0 0 0\n", "cannot be read at 'a'"},
        {"1\nProperties=species:S:1:pos:R:3:a:R:9999\nH 0 0 0\n", "more than 10000 columns"},
        {"1\nProperties=species:S:1:pos:R:3:a:R:1:a:R:1\nH 0 0 0 1 1\n", "names 'a' twice"},
        {"1\nProperties=species:S:1:pos:R:3:a:R:1\nH 0 0 0 x\n", "a.xyz:3: value 'x' in column 'a'"},
        {"1\nProperties=species:S:1:pos:R:3:a:L:1\nH 0 0 0 2\n", "value '2' in column 'a'"},
        {"1\nProperties=\"species:S:1:pos:R:3:a b:R:1\"\nH 0 0 0 1\n", "cannot be read at 'a b'"},
        {"1\nvirial=\"1e300 0 0 0 1 0 0 0 1\" Lattice=\"1e-9 0 0 0 1e-9 0 0 0 1\"\nH 0 0 0\n",
         "virial gives a stress that is not finite"},
        {"1\nenergy=none\nH 0 0 0\n", "a.xyz:2: energy is not one finite number"},
        {"1\nREF_energy=nan\nH 0 0 0\n", "a.xyz:2: REF_energy is not one finite number"},
        {"1\nstress=\"1 2 3\"\nH 0 0 0\n", "a.xyz:2: stress is not 6"},
        {"1\nProperties=species:S:1:pos:R:3:forces:R:2\nH 0 0 0 1 1\n", "forces has 2 columns"},
        {"1\nProperties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 1 nan 1\n", "forces holds a value"},
    };
    for (const auto& [text, message] : cases) {
        EXPECT_THAT(refusal(text), HasSubstr(message)) << text;
    }
}

TEST(ExtxyzErrors, of_files_give_the_reason) {
    EXPECT_THROW(read_extxyz("/no/such/file.xyz"), FileError);
    EXPECT_THROW(read_extxyz("/"), FileError);
}

}  // namespace
}  // namespace fibonaqi
