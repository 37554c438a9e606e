// What a user can get wrong: one clear error, before anything is computed or written.
#include "fibonaqi/atoms/extxyz.hpp"

#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class BadInput : public FakeCampaign {
  protected:
    // `check` and `run` refuse with this code and text, and nothing is begun.
    void expect_refused(int code, const ::testing::Matcher<const std::string&>& text) {
        const Said checked = fibonaqi({"check", "campaign.json", "--dir", "run"});
        EXPECT_EQ(checked.code, code);
        EXPECT_THAT(checked.err, text);
        const Said said = run();
        EXPECT_EQ(said.code, code);
        EXPECT_THAT(said.err, text);
        EXPECT_EQ(launches("").size(), 0U);
        EXPECT_FALSE(exists("run"));
    }
    void write_structure(const std::string& content) {
        write_file_atomically(folder_ / "start.xyz", content);
        set("/system", Json{{"structure", "start.xyz"}});
    }
};

TEST_F(BadInput, unknown_key_with_the_nearest_one_and_its_line) {
    set("/explore/harvest_every_step", 5);
    expect_refused(
        2, ContainsRegex("campaign.json:[0-9]+: explore.harvest_every_step: unknown key; did you mean "
                         "'harvest_every_steps'"));
}

TEST_F(BadInput, wrong_unit_and_wrong_type) {
    set("/explore/timestep_ps", 0.002);
    expect_refused(2, HasSubstr("its unit is fs, not ps) did you mean 'timestep_fs'? 0.002 ps = 2 fs"));
    config_["explore"].erase("timestep_ps");
    set("/explore/steps", "100");
    expect_refused(2, HasSubstr("explore.steps: is \"100\" (a whole number is expected)"));
}

TEST_F(BadInput, ratio_that_gives_no_whole_superbatch) {
    set("/select/ratio", 0.3);
    expect_refused(2, AllOf(HasSubstr("select.ratio: ratio 0.3 with batch 4 gives a superbatch of 13.3"),
                            HasSubstr("use ratio 0.307692307692 (superbatch of 13) or 0.28")));
}

TEST_F(BadInput, keys_of_the_driver) {
    set("/label/driver/input/system/ecutwf", 24);
    expect_refused(
        2, ContainsRegex("campaign.json:[0-9]+: label.driver.input.system.ecutwf: unknown key of pw.x; "
                         "did you mean 'ecutwfc'"));
    config_["label"]["driver"].erase("input");
    set("/label/driver/type", "qee");
    expect_refused(2, ContainsRegex("campaign.json:[0-9]+: label.driver.type: 'qee' is not a known driver"));
}

TEST_F(BadInput, file_of_a_driver_that_is_not_there_or_wrong) {
    const Json driver = config_["label"]["driver"];
    set("/label/driver", "qe");
    expect_refused(
        2, AllOf(ContainsRegex("campaign.json:[0-9]+: label.driver: is 'qe' \\(there is no such file in"),
                 HasSubstr("write it here: {\"type\": ...}")));
    set("/label/driver", 5);
    expect_refused(2,
                   HasSubstr("is 5 (an object {...} is expected) write it, or in quotes the path of a file"));
    set("/label/driver", "code.json");
    Json wrong = driver;
    wrong["kpoint"] = {2, 2, 2};
    write_json(folder_ / "code.json", wrong);
    expect_refused(
        2, ContainsRegex("campaign.json:[0-9]+: label.driver: .*code.json:[0-9]+: kpoint: unknown key"));
    write_file_atomically(folder_ / "code.json", "{\"type\": ");
    expect_refused(2, ContainsRegex("code.json:[0-9]+: not valid JSON"));
}

TEST_F(BadInput, file_of_a_driver_is_the_driver_itself) {
    const Json driver = config_["label"]["driver"];
    std::filesystem::create_directory(folder_ / "codes");
    std::filesystem::rename(folder_ / "Si.UPF", folder_ / "codes/Si.UPF");
    write_json(folder_ / "codes/qe.json", driver);
    set("/label/driver", "codes/qe.json");
    ASSERT_EQ(run().code, 0);
    const Json record = read_json(layout_->record()).at("config").at("label").at("driver");
    EXPECT_EQ(record.at("type"), "qe");
    EXPECT_EQ(record.at("pseudo_dir"), (folder_ / "codes/").string()) << "paths start at the driver's file";
    std::filesystem::remove(folder_ / "codes/qe.json");
    EXPECT_EQ(resume().code, 0) << "the campaign's folder has the driver";
}

TEST_F(BadInput, keys_of_the_training) {
    set("/train/epoch", 5);
    expect_refused(2, ContainsRegex("campaign.json:[0-9]+: train.epoch: unknown key; did you mean 'epochs'"));
    set("/train", Json{{"batch", 3}, {"selection", {{"ratio", 0.7}}}});
    expect_refused(2, ContainsRegex("campaign.json:[0-9]+: train.selection.ratio: .*must be a whole number"));
}

TEST_F(BadInput, all_problems_at_once) {
    set("/explore/step", 5);
    set("/cycles", 0);
    set("/label/driver/kpoints", "3 3 3");
    expect_refused(
        2, AllOf(HasSubstr("explore.step: "), HasSubstr("cycles: "), HasSubstr("label.driver.kpoints: ")));
}

TEST_F(BadInput, two_or_no_structures) {
    set("/system/structure", "start.xyz");
    expect_refused(2, HasSubstr("structure and diamond are both given"));
    set("/system", Json::object());
    expect_refused(2, HasSubstr("there is no structure"));
}

TEST_F(BadInput, missing_pseudopotential_and_program) {
    std::filesystem::remove(folder_ / "Si.UPF");
    set("/label/driver/command", Json{"no-such-program"});
    expect_refused(2, AllOf(HasSubstr("program 'no-such-program' was not found"), HasSubstr("Si.UPF")));
}

TEST_F(BadInput, missing_model_and_missing_file) {
    set("/model/start", "no-such-model");
    expect_refused(2, HasSubstr("model.start: no model 'no-such-model'"));
    const Said said = fibonaqi({"check", "no-such-file.json"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, AllOf(HasSubstr("no-such-file.json"), HasSubstr("No such file")));
}

TEST_F(BadInput, damaged_model) {
    const std::string bytes = read_file(folder_ / "model.safetensors");
    write_file_atomically(folder_ / "model.safetensors", bytes.substr(0, bytes.size() / 2));
    expect_refused(3, HasSubstr("model.start: " + (folder_ / "model.safetensors").string()));
}

TEST_F(BadInput, element_that_the_model_lacks) {
    set("/system/diamond/element", "Ge");
    set("/label/driver/pseudopotentials", Json{{"Ge", "Ge.UPF"}});
    write_file_atomically(folder_ / "Ge.UPF", "<UPF version=\"2.0.1\"><PP_HEADER element=\"Ge\"/></UPF>");
    expect_refused(2, HasSubstr("does not know Ge (it was made for Si)"));
}

TEST_F(BadInput, atoms_on_top_of_each_other) {
    write_structure(
        "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n"
        "Si 0 0 0\nSi 0.1 0 0\n");
    expect_refused(2, HasSubstr("atoms 0 and 1 (counted from 0) are 0.10 A apart"));
}

TEST_F(BadInput, structure_that_cannot_be_read) {
    write_structure(
        "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n"
        "Si 0 0 0\nSi 0.1 zero 0\n");
    expect_refused(2, ContainsRegex("start.xyz:4: "));
    std::filesystem::remove(folder_ / "start.xyz");
    expect_refused(2, AllOf(HasSubstr("start.xyz"), HasSubstr("No such file")));
}

TEST_F(BadInput, structure_that_the_code_cannot_take) {
    write_structure("2\nProperties=species:S:1:pos:R:3\nSi 0 0 0\nSi 2.3 0 0\n");
    set("/explore/ensemble", "npt");
    expect_refused(2, AllOf(HasSubstr("put it into a periodic box"), HasSubstr("explore.ensemble: npt")));
}

TEST_F(BadInput, missing_sister_programs) {
    const TemporaryFolder bin;
    std::filesystem::copy(std::string(FIBONAQI_FAKE_BIN_DIR) + "/fibonaqi", bin / "fibonaqi");
    ProcessSpec alone = spec({"check", "campaign.json"});
    alone.argv[0] = bin / "fibonaqi";
    alone.environment["PATH"] = "/usr/bin:/bin";
    EXPECT_EQ(Subprocess(alone).wait().code, 2);
    EXPECT_THAT(read_file(alone.stderr_file),
                AllOf(HasSubstr("'fibonaqi-md' was not found"), HasSubstr("'fibonaqi-label' was not found")));
}

TEST_F(BadInput, folder_with_other_files_is_left_alone) {
    std::filesystem::create_directory(folder_ / "run");
    write_file_atomically(folder_ / "run/thesis.tex", "x");
    for (const char* command : {"check", "run"}) {
        const Said said = fibonaqi({command, "campaign.json", "--dir", "run"});
        EXPECT_EQ(said.code, 2);
        EXPECT_THAT(said.err, HasSubstr("holds other files ('thesis.tex')"));
    }
    EXPECT_FALSE(exists("run/engine.lock"));
}

TEST_F(BadInput, folder_without_a_campaign) {
    for (const char* command : {"resume", "status", "report"}) {
        const Said said = fibonaqi({command, "nowhere"});
        EXPECT_EQ(said.code, 2) << command;
        EXPECT_THAT(said.err, HasSubstr("no campaign in '" + (folder_ / "nowhere").string() + "'"));
    }
}

TEST_F(BadInput, folder_from_a_newer_format) {
    ASSERT_EQ(run().code, 0);
    Json record = read_json(layout_->record());
    record["version"] = 2;
    write_json(layout_->record(), record);
    const std::string before = read_file(layout_->record());
    for (const std::vector<std::string>& command : {std::vector<std::string>{"resume", "run"},
                                                    {"status", "run"},
                                                    {"report", "run"},
                                                    {"run", "campaign.json", "--dir", "run"},
                                                    {"check", "campaign.json", "--dir", "run"}}) {
        const Said said = fibonaqi(command);
        EXPECT_EQ(said.code, 2) << command[0];
        EXPECT_THAT(said.err, HasSubstr("written by a newer FIBonAQi")) << command[0];
    }
    EXPECT_EQ(read_file(layout_->record()), before);
}

TEST_F(BadInput, folder_that_is_damaged) {
    ASSERT_EQ(run().code, 0);
    const std::string record = read_file(layout_->record());
    write_file_atomically(layout_->record(), record.substr(0, record.size() / 2));
    EXPECT_EQ(resume().code, 2);
    EXPECT_THAT(resume().err, ContainsRegex("campaign.json:[0-9]+: not valid JSON"));
    write_file_atomically(layout_->record(), record);
    std::filesystem::remove(layout_->ledger());
    const Said said = resume();
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("'ledger.sqlite' is gone"));
    EXPECT_EQ(launches("pw ").size(), 12U) << "nothing was paid for again";
}

TEST_F(BadInput, other_settings_on_a_campaign_that_has_begun) {
    ASSERT_EQ(run().code, 0);
    set("/explore/steps", 200);
    set("/label/driver/kpoints", Json{2, 2, 2});
    for (const char* command : {"run", "check"}) {
        const Said said = fibonaqi({command, "campaign.json", "--dir", "run"});
        EXPECT_EQ(said.code, 2);
        EXPECT_THAT(said.err, AllOf(HasSubstr("begun with other settings (explore.steps, label.driver"),
                                    HasSubstr("--dir")));
    }
}

TEST_F(BadInput, program_that_went_away_shows_before_anything_is_computed) {
    ASSERT_EQ(run().code, 0);
    set("/cycles", 3);
    set("/label/driver/command", Json{"no-such-program"});
    const Said said = run();
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("label.driver: program 'no-such-program' was not found"));
    EXPECT_EQ(launches("md 3").size(), 0U);
    set("/cycles", 2);
    EXPECT_EQ(run().code, 0) << "nothing is left to do, so nothing is missing";
}

TEST_F(BadInput, pseudopotential_that_changed_under_a_campaign) {
    ASSERT_EQ(run().code, 0);
    write_file_atomically(folder_ / "Si.UPF",
                          "<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\" x=\"1\"/></UPF>");
    const Said said = resume();
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("what a pseudopotential file holds"));
}

class GoodInput : public FakeCampaign {};

TEST_F(GoodInput, check_says_what_will_be_done_and_does_nothing) {
    const auto begun = std::chrono::steady_clock::now();
    const Said said = fibonaqi({"check", "campaign.json", "--dir", "run"});
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out,
                AllOf(HasSubstr("Si8, 8 atoms, periodic"), HasSubstr("4 + 2 x 4 = 12 with"),
                      HasSubstr("500 MD steps"), HasSubstr("/run (new)"), HasSubstr("no problem found")));
    EXPECT_FALSE(exists("run"));
    EXPECT_EQ(launches("").size(), 0U);
    ASSERT_EQ(run().code, 0);
    EXPECT_THAT(fibonaqi({"check", "campaign.json", "--dir", "run"}).out, HasSubstr("(has begun"));
}

TEST_F(GoodInput, init_writes_a_campaign_that_check_takes) {
    ASSERT_EQ(fibonaqi({"init", "mine.json"}).code, 0);
    const std::string text = read_file(folder_ / "mine.json");
    EXPECT_THAT(text, AllOf(HasSubstr("\"name\": \"mine\""), HasSubstr("// time step [fs]"),
                            HasSubstr("// \"structure\": \"...\"")));
    const Said again = fibonaqi({"init", "mine.json"});
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("not overwritten"));
    EXPECT_EQ(read_file(folder_ / "mine.json"), text);
    // All that the check may miss is what is not on this machine.
    const Said checked = fibonaqi({"check", "mine.json"});
    EXPECT_THAT(checked.err, ::testing::Not(HasSubstr("mine.json:"))) << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("24 + 3 x 10 = 54"));
}

TEST_F(GoodInput, patience_may_change_while_a_campaign_goes_on) {
    ASSERT_EQ(run().code, 0);
    set("/label/limits/hard_seconds", 60);
    set("/label/driver/input/electrons/mixing_beta", 0.3);
    set("/cycles", 3);
    const Said said = run();
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(status()["labels_total"], 12);
}

}  // namespace
}  // namespace fibonaqi::test
