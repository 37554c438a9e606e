#include "fibonaqi/label/label_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class Reply : public ::testing::Test {
  protected:
    LabelOutcome collect(const Json& reply) {
        write_json(folder_ / reply_file, reply_record(reply, "code 1.2"));
        return collect_reply(request_, {}, folder_.path());
    }
    LabelFailure failure(const Json& reply) { return std::get<LabelFailure>(collect(reply)); }

    test::TemporaryFolder folder_;
    LabelRequest request_ = test::two_silicon_atoms();
    Json good_{{"id", 0},
               {"ok", true},
               {"converged", true},
               {"energy", -7.25},
               {"forces", {{0.1, 0.0, -0.3}, {-0.1, 0.0, 0.3}}},
               {"stress", {{1, 0, 0}, {0, 2, 0}, {0, 0, 3}}}};
};

TEST_F(Reply, is_a_label_with_its_proof_of_convergence) {
    request_.want_stress = true;
    const auto label = std::get<AcceptedLabel>(collect(good_));
    EXPECT_EQ(label.labels.energy, -7.25);
    EXPECT_EQ(label.labels.forces[1][2], 0.3);
    EXPECT_EQ((*label.labels.stress)[1][1], 2.0);
    EXPECT_EQ(label.code_version, "code 1.2");
}

TEST_F(Reply, without_that_proof_is_none) {
    good_.erase("converged");
    EXPECT_THAT(failure(good_).evidence, HasSubstr("\"converged\": true"));
    good_["converged"] = false;
    EXPECT_EQ(failure(good_).kind, FailureKind::inconsistent);
    good_["converged"] = true;
    good_.erase("ok");
    EXPECT_THAT(failure(good_).evidence, HasSubstr("\"ok\""));
}

TEST_F(Reply, with_missing_or_wrong_values_is_damaged) {
    request_.want_stress = true;
    for (const char* key : {"energy", "forces", "stress"}) {
        Json damaged = good_;
        damaged.erase(key);
        EXPECT_EQ(failure(damaged).kind, FailureKind::inconsistent) << key;
        damaged[key] = "many";
        EXPECT_EQ(failure(damaged).kind, FailureKind::inconsistent) << key;
    }
}

TEST_F(Reply, says_what_failed_in_the_words_of_this_project) {
    const LabelFailure known =
        failure({{"id", 0}, {"ok", false}, {"kind", "scf_not_converged"}, {"error", "100 steps"}});
    EXPECT_EQ(known.kind, FailureKind::scf_not_converged);
    EXPECT_EQ(known.evidence, "100 steps");
    const LabelFailure unknown = failure({{"id", 0}, {"ok", false}, {"kind", "moon"}, {"error", "full"}});
    EXPECT_EQ(unknown.kind, FailureKind::unknown);
    EXPECT_EQ(unknown.evidence, "kind moon: full");
    EXPECT_EQ(failure({{"ok", false}}).kind, FailureKind::unknown);
}

TEST_F(Reply, that_never_came_is_what_the_supervisor_saw) {
    ProcessExit exit;
    exit.how = ProcessExit::How::signaled;
    exit.code = 11;
    const auto crashed = std::get<LabelFailure>(collect_reply(request_, exit, folder_.path()));
    EXPECT_EQ(crashed.kind, FailureKind::signal);
    EXPECT_EQ(crashed.evidence, "ended by signal 11");
}

TEST(ProgramLine, passes_over_what_libraries_print) {
    EXPECT_EQ(read_program_line("Using 1 thread").kind, ProgramLine::Kind::other);
    EXPECT_EQ(read_program_line("[1, 2]").kind, ProgramLine::Kind::other);
    EXPECT_EQ(read_program_line("{\"id\": -1}").kind, ProgramLine::Kind::other);
    EXPECT_EQ(read_program_line(std::string(100000, '[')).kind, ProgramLine::Kind::other);
    EXPECT_EQ(read_program_line("{\"id\": 4, \"ok\": true}").id, 4u);
    EXPECT_EQ(read_program_line("{\"ready\": true, \"protocol\": 1}").kind, ProgramLine::Kind::ready);
}

TEST(ProgramLine, of_another_protocol_is_refused) {
    EXPECT_EQ(ready_problem({{"ready", true}, {"protocol", 1}}), "");
    EXPECT_THAT(ready_problem({{"ready", true}, {"protocol", 2}}), HasSubstr("protocol 2"));
    EXPECT_THAT(ready_problem({{"ready", true}}), HasSubstr("null"));
}

TEST(RequestLine, is_one_line_with_all_that_is_known) {
    LabelRequest request = test::two_silicon_atoms();
    request.want_stress = true;
    request.multiplicity = 3;
    const std::string line = request_line(request, 7, {{"steps", 1}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const Json read = parse_json(line, "line");
    EXPECT_EQ(read["id"], 7);
    EXPECT_EQ(read["symbols"], Json({"Si", "Si"}));
    EXPECT_EQ(read["want"], Json({"energy", "forces", "stress"}));
    EXPECT_EQ(read["multiplicity"], 3);
    EXPECT_EQ(read["changes"]["steps"], 1);
    EXPECT_EQ(read["positions"][1][0].get<double>(), request.structure.positions[1][0]);
    request.structure.pbc = {false, false, false};
    EXPECT_TRUE(parse_json(request_line(request, 0, Json::object()), "line")["cell"].is_null());
}

TEST(RequestLine, is_read_back_by_programs_of_this_project) {
    LabelRequest request = test::two_silicon_atoms(1.0 / 3.0);
    request.charge = -1.0;
    request.multiplicity = 2;
    const ServedRequest served = read_request_line(request_line(request, 7, Json::object()));
    EXPECT_EQ(served.id, 7U);
    EXPECT_EQ(label_key(served.request, ""), label_key(request, ""));
    LabelRequest molecule = request;
    molecule.structure.pbc = {false, false, false};
    molecule.structure.cell = {};
    molecule.want_stress = false;
    molecule.multiplicity.reset();
    EXPECT_EQ(label_key(read_request_line(request_line(molecule, 0, Json::object())).request, ""),
              label_key(molecule, ""));
}

TEST(RequestLine, of_another_kind_is_refused) {
    Json line = Json::parse(request_line(test::two_silicon_atoms(), 0, Json::object()));
    line["positions"].erase(1);
    EXPECT_THROW(read_request_line(line.dump()), FormatError);
    line.erase("positions");
    EXPECT_THROW(read_request_line(line.dump()), FormatError);
    EXPECT_THROW(read_request_line("garbage"), FormatError);
}

}  // namespace
}  // namespace fibonaqi
