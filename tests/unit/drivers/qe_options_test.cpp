#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "dft_drivers/quantum_espresso/options.hpp"
#include "tests/support/qe_outputs.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::HasSubstr;

std::string refusal(const Json& config) {
    try {
        fibonaqi::make_driver(config, "/base");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

Json with(const std::string& pointer, const Json& value) {
    Json config = test::qe_config();
    config[Json::json_pointer(pointer)] = value;
    return config;
}

Json without(const std::string& key) {
    Json config = test::qe_config();
    config.erase(key);
    return config;
}

TEST(QeOptions, refuses_every_mistake_with_its_key) {
    EXPECT_EQ(refusal(test::qe_config()), "accepted");
    EXPECT_EQ(refusal(with("/kpoint", 1)), "driver.kpoint: unknown key; did you mean 'kpoints'?");
    EXPECT_THAT(refusal(with("/input/system/ecutwf", 1)), HasSubstr("did you mean 'ecutwfc'?"));
    EXPECT_THAT(refusal(with("/input/sistem", Json::object())), HasSubstr("did you mean 'system'?"));
    EXPECT_THAT(refusal(with("/kspacing_per_A", 0.2)), HasSubstr("exactly one of"));
    EXPECT_THAT(refusal(without("kpoints")), HasSubstr("exactly one of"));
    EXPECT_THAT(refusal(without("pseudopotentials")), HasSubstr("driver: 'pseudopotentials' is missing"));
    EXPECT_THAT(refusal(without("input")), HasSubstr("driver.input.system.ecutwfc: is missing"));
    EXPECT_THAT(refusal(without("type")), HasSubstr("driver.type: is missing"));
    EXPECT_THAT(refusal(with("/type", "qee")),
                HasSubstr("driver.type: 'qee' is not a known driver; did you mean 'qe'?"));
    EXPECT_THAT(refusal(with("/kpoints", {2, 2})), HasSubstr("driver.kpoints"));
    EXPECT_THAT(refusal(with("/kpoints", {2, 2, 2.5})), HasSubstr("driver.kpoints"));
    EXPECT_THAT(refusal(with("/kpoints", {2, 2, 0})), HasSubstr("driver.kpoints"));
    EXPECT_THAT(refusal(with("/kpoint_shift", {0, 0, 2})), HasSubstr("driver.kpoint_shift"));
    EXPECT_THAT(refusal(with("/command", "pw.x")), HasSubstr("driver.command: is \"pw.x\" (a list of texts"));
    EXPECT_THAT(refusal(with("/command", Json::array())), HasSubstr("driver.command: has 0 entries"));
    EXPECT_THAT(refusal(with("/pseudopotentials/Sj", "a")), HasSubstr("is not a chemical symbol"));
    EXPECT_THAT(refusal(with("/pseudopotentials/Si", "../a")), HasSubstr("is not a file name"));
    EXPECT_THAT(refusal(with("/pseudopotentials/Si", 3)), HasSubstr("is not a file name"));
    EXPECT_THAT(refusal(with("/kpoints", {2, 2, 2, 2})), HasSubstr("driver.kpoints"));
    EXPECT_THAT(refusal(with("/input/electrons/electron_maxstep", "many")), HasSubstr("has the wrong type"));
    EXPECT_THAT(refusal(with("/input/electrons/startingpot", "file")), HasSubstr("fresh folder"));
    EXPECT_THAT(refusal(with("/input/system/occupations", "from_input")), HasSubstr("card OCCUPATIONS"));
    EXPECT_THAT(refusal(with("/environment", 3)), HasSubstr("driver.environment"));
    EXPECT_THAT(refusal(with("/input/system/nbnd", Json::array({1}))), HasSubstr("driver.input.system.nbnd"));
    EXPECT_THAT(refusal(with("/input/system/starting_magnetization(1)", 0.5)), HasSubstr("species"));
}

TEST(QeOptions, refuses_keys_that_the_driver_owns_whatever_their_case) {
    for (const char* pointer :
         {"/input/control/calculation", "/input/control/outdir", "/input/control/max_seconds",
          "/input/control/disk_io", "/input/system/nat", "/input/system/IBRAV", "/input/system/celldm(1)",
          "/input/system/tot_charge", "/input/electrons/scf_must_converge"}) {
        EXPECT_THAT(refusal(with(pointer, 1)), HasSubstr("is set by the driver")) << pointer;
    }
}

TEST(QeOptions, refuses_spins_that_contradict_each_other) {
    EXPECT_THAT(refusal(with("/input/system/nspin", 4)), HasSubstr("noncolin = true makes four"));
    EXPECT_THAT(refusal(with("/input/system/tot_magnetization", 1)), HasSubstr("needs nspin = 2"));
    EXPECT_THAT(refusal(with("/input/system/starting_magnetization", {{"Si", 0.5}})),
                HasSubstr("needs nspin = 2 or noncolin"));
    const Json polarised = with("/input/system/nspin", 2);
    EXPECT_EQ(refusal(polarised), "accepted");
    const auto also = [&](const char* key, const Json& value) {
        Json config = polarised;
        config["input"]["system"][key] = value;
        return refusal(config);
    };
    EXPECT_THAT(also("noncolin", true), HasSubstr("exclude each other"));
    EXPECT_THAT(also("starting_magnetization", 0.5), HasSubstr("goes by species"));
    EXPECT_EQ(also("starting_magnetization", {{"Si", 0.5}}), "accepted");
    EXPECT_EQ(also("tot_magnetization", 2), "accepted");
}

TEST(QeOptions, survives_a_round_trip_with_absolute_paths) {
    Json config = with("/command", {"bin/pw.x", "-nk", "2"});
    config["pseudo_dir"] = "pseudo/../files";
    config["environment"] = {{"OMP_NUM_THREADS", "2"}};
    const Options options = options_from_json(config, "/base");
    EXPECT_EQ(options.command[0], "/base/bin/pw.x");
    EXPECT_EQ(options.pseudo_dir, "/base/files");
    const Json written = to_json(options);
    EXPECT_EQ(to_json(options_from_json(written, "/elsewhere")), written);
}

TEST(QeOptions, fills_in_safe_defaults) {
    const Options options = options_from_json(test::qe_config(), "/");
    EXPECT_EQ(options.namelists.at("system").at("smearing"), "mv");
    EXPECT_EQ(options.namelists.at("system").at("degauss"), 0.01);
    EXPECT_EQ(options.namelists.at("electrons").at("electron_maxstep"), 100);
    const Options fixed = options_from_json(with("/input/system/occupations", "fixed"), "/");
    EXPECT_FALSE(fixed.namelists.at("system").contains("smearing"));
}

TEST(BuiltinDrivers, know_quantum_espresso) {
    EXPECT_THAT(driver_types(), ::testing::Contains("qe"));
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
