// What a user writes beside a TorchScript file: read, checked, and written again from the card.
#include "fibonaqi/model/script_description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/program_trust.hpp"

namespace fibonaqi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ModelFile described(const std::string& description) {
    return described_script("the program", "folder/mine.pt", description, "mine.json");
}

std::string refusal_of(const std::string& description) {
    try {
        described(description);
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
        return error.what();
    }
    return "accepted";
}

const std::string full = R"({
    // comments are allowed
    "elements": ["Si", "O"], "cutoff_A": 5.5, "last_layer": "readout.weight", "layers": 3,
    "e0_eV": {"O": -4.25}, "licence": "MIT"
})";

TEST(ScriptDescription, becomes_a_card_with_the_program) {
    const ModelFile model = described(full);
    EXPECT_EQ(model.card.name, "mine");
    EXPECT_EQ(model.card.architecture, script_architecture);
    EXPECT_THAT(model.card.species, ElementsAre(14, 8));  // in the order of the file
    EXPECT_THAT(model.card.e0, ElementsAre(0.0, -4.25));
    EXPECT_EQ(model.card.cutoff, 5.5);
    EXPECT_EQ(model.card.layers, 3);
    EXPECT_EQ(model.card.provenance.at("source_sha256"), sha256_hex("the program"));
    EXPECT_EQ(program_of_model(model), "the program");
}

TEST(ScriptDescription, comes_back_from_the_card) {
    const ModelCard card = described(full).card;
    const ModelCard again = described(description_of(card).dump()).card;
    EXPECT_EQ(to_json(again), to_json(card));
}

TEST(ScriptDescription, names_everything_that_is_wrong_at_once) {
    EXPECT_THAT(
        refusal_of(R"({"elements": ["Si"], "cutoff": 5.5, "layers": 0})"),
        AllOf(HasSubstr("mine.json:1"), HasSubstr("cutoff_A"), HasSubstr("last_layer"), HasSubstr("layers")));
    const std::string head = R"({"cutoff_A": 5, "last_layer": "w", )";
    EXPECT_THAT(refusal_of(head + R"("elements": ["Sj"]})"), HasSubstr("no element has the symbol 'Sj'"));
    EXPECT_THAT(refusal_of(head + R"("elements": ["Si", "Si"]})"), HasSubstr("'Si' is listed twice"));
    EXPECT_THAT(refusal_of(head + R"("elements": ["Si"], "e0_eV": {"O": 1}})"),
                HasSubstr("'O' is none of the 'elements'"));
    EXPECT_THAT(refusal_of(head + R"("elements": ["Si"], "e0_eV": {"Si": "1"}})"), HasSubstr("is no number"));
}

TEST(ScriptDescription, of_a_model_without_a_program_is_a_damaged_file) {
    ModelFile model = described(full);
    model.tensors.clear();
    EXPECT_THROW(program_of_model(model), ModelError);
}

}  // namespace
}  // namespace fibonaqi
