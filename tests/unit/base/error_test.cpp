#include "fibonaqi/base/error.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

template <class Thrown>
void expect_context_kept(const Thrown& thrown) {
    try {
        try {
            throw thrown;
        } catch (const Error&) {
            rethrow_with_context("cycle 2");
        }
    } catch (const Thrown& error) {
        EXPECT_EQ(std::string(error.what()), "cycle 2: problem");
        EXPECT_EQ(error.exit_code(), thrown.exit_code());
        EXPECT_EQ(typeid(error), typeid(Thrown));
        return;
    }
    FAIL() << "the class was lost";
}

TEST(Error, keeps_class_and_exit_code_when_context_is_added) {
    expect_context_kept(Error("problem", ExitCode::too_many_failures));
    expect_context_kept(ConfigError("problem"));
    expect_context_kept(FileError("problem", ExitCode::stopped));
    expect_context_kept(DiskFullError("problem"));
    expect_context_kept(FormatError("problem"));
    expect_context_kept(ModelError("problem", ExitCode::usage));
    expect_context_kept(ExploreError("problem"));
    expect_context_kept(DriverError("problem"));
    expect_context_kept(LockedError("problem"));
}

TEST(Error, leaves_other_exceptions_alone) {
    const auto rethrow = [] {
        try {
            throw std::out_of_range("other");
        } catch (const std::exception&) {
            rethrow_with_context("cycle 2");
        }
    };
    EXPECT_THROW(rethrow(), std::out_of_range);
}

TEST(Contract, names_condition_and_place) {
    try {
        FIBONAQI_EXPECT(1 > 2);
        FAIL() << "not noticed";
    } catch (const ContractError& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("expectation failed: 1 > 2"), std::string::npos);
        EXPECT_NE(text.find("error_test.cpp:"), std::string::npos);
    }
    EXPECT_THROW(FIBONAQI_ENSURE(false), ContractError);
    EXPECT_NO_THROW(FIBONAQI_EXPECT(true));
}

}  // namespace
}  // namespace fibonaqi
