#include "fibonaqi/base/json.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

std::string refusal(const std::string& text) {
    try {
        parse_json(text, "x.json");
    } catch (const FormatError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Json, keeps_order_and_takes_comments) {
    const Json value = parse_json("// first\n{\"b\": 1, /* between */ \"a\": [1.5, true, null]}", "x.json");
    EXPECT_EQ(value.begin().key(), "b");
    EXPECT_EQ(value.at("a")[0], 1.5);
}

TEST(Json, names_the_line_of_bad_syntax) {
    EXPECT_THAT(refusal("{\n\"a\": 1,\n\"b\" 2}"), testing::StartsWith("x.json:3: not valid JSON"));
    EXPECT_THAT(refusal(""), testing::StartsWith("x.json"));
    EXPECT_THAT(refusal("{\"a\": 1} x"), testing::HasSubstr("not valid JSON"));
    EXPECT_THAT(refusal("{\"a\": 1e999}"), testing::HasSubstr("not valid JSON"));
    EXPECT_THAT(refusal("{\"a\": NaN}"), testing::HasSubstr("not valid JSON"));
}

TEST(Json, refuses_a_key_that_occurs_twice) {
    EXPECT_THAT(refusal("{\"a\": 1,\n \"b\": {\"a\": 2}, \"a\": 3}"),
                testing::HasSubstr("key 'a' occurs twice"));
    EXPECT_EQ(refusal("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}"), "no error");
}

TEST(Json, refuses_what_is_too_deep_or_too_long) {
    EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "no error");
    EXPECT_THAT(refusal(std::string(65, '[') + std::string(65, ']')), testing::HasSubstr("64 levels"));
    EXPECT_THAT(refusal(std::string(1'000'000, '[')), testing::HasSubstr("64 levels"));
    EXPECT_THAT(refusal(std::string(10'000'001, ' ')), testing::HasSubstr("at most 10 MB"));
}

TEST(Json, finds_the_line_of_a_key) {
    const std::string text =
        "{ // \"md\": not here\n"
        "  \"name\": \"md\",\n"
        "  /* \"md\" */ \"md\": {\n"
        "    \"steps\": [1, {\"x\": 2}],\n"
        "    \"timestep_fs\"\n: 1}\n,"
        "  \"walkers\": [\n    {\"t\": 300},\n    {\"t\": 600}\n  ]\n}";
    EXPECT_EQ(line_of_key(text, "/name"), 2);
    EXPECT_EQ(line_of_key(text, "/md"), 3);
    EXPECT_EQ(line_of_key(text, "/md/steps"), 4);
    EXPECT_EQ(line_of_key(text, "/md/steps/1/x"), 4);
    EXPECT_EQ(line_of_key(text, "/md/timestep_fs"), 5);
    EXPECT_EQ(line_of_key(text, "/walkers/1/t"), 9);
    EXPECT_EQ(line_of_key(text, "/timestep_fs"), 0);
    for (std::size_t size = 0; size < text.size(); ++size) {  // half a text does no harm
        EXPECT_EQ(line_of_key(std::string_view(text).substr(0, size), "/none"), 0);
    }
}

TEST(Json, writes_what_it_reads) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fibonaqi_json_test_" + std::to_string(::getpid()));
    const Json value{{"z", 0.1}, {"a", {1, -2}}, {"text", "line\nbreak \"quoted\""}};
    write_json(path, value);
    EXPECT_EQ(read_json(path), value);
    EXPECT_THROW(write_json(path, Json{{"a", {1.0, std::numeric_limits<double>::quiet_NaN()}}}),
                 ContractError);
    EXPECT_EQ(read_json(path), value);
    std::filesystem::remove(path);
    EXPECT_THROW(read_json(path), FileError);
}

TEST(Json, checks_the_stamp_of_a_record) {
    const Json record = make_record("task", 2);
    EXPECT_NO_THROW(check_record(record, "task", 2, "a.json"));
    EXPECT_NO_THROW(check_record(record, "task", 3, "a.json"));
    EXPECT_THROW(check_record(record, "task", 1, "a.json"), FormatError);
    EXPECT_THROW(check_record(record, "result", 2, "a.json"), FormatError);
    EXPECT_THROW(check_record(Json::array(), "task", 2, "a.json"), FormatError);
    EXPECT_THROW(check_record(Json{{"format", "fibonaqi-task"}, {"version", "2"}}, "task", 2, "a.json"),
                 FormatError);
}

}  // namespace
}  // namespace fibonaqi
