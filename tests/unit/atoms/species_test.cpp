#include "fibonaqi/atoms/species.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

TEST(Species, symbol_and_number_are_inverse) {
    for (int number = 1; number <= largest_atomic_number; ++number) {
        EXPECT_EQ(atomic_number(symbol(number)), number);
    }
    EXPECT_EQ(symbol(14), "Si");
    EXPECT_EQ(symbol(118), "Og");
}

TEST(Species, unknown_names_are_empty) {
    for (const char* name : {"", "X", "si", "SI", "Sii", "D", "Si "}) {
        EXPECT_FALSE(atomic_number(name)) << name;
    }
    EXPECT_THROW(symbol(0), ContractError);
    EXPECT_THROW(symbol(119), ContractError);
    EXPECT_THROW(atomic_mass(-1), ContractError);
}

TEST(Species, knows_masses_and_radii) {
    EXPECT_DOUBLE_EQ(atomic_mass(1), 1.008);
    EXPECT_DOUBLE_EQ(atomic_mass(14), 28.085);
    EXPECT_DOUBLE_EQ(atomic_mass(92), 238.02891);
    EXPECT_DOUBLE_EQ(covalent_radius(1), 0.31);
    EXPECT_DOUBLE_EQ(covalent_radius(6), 0.76);
    EXPECT_DOUBLE_EQ(covalent_radius(14), 1.11);
    EXPECT_DOUBLE_EQ(covalent_radius(118), 0.2);  // unknown
    for (int number = 2; number <= largest_atomic_number; ++number) {
        // masses grow with few exceptions, never by much against the order (Ar-K, Co-Ni, Te-I, ...)
        EXPECT_GT(atomic_mass(number), atomic_mass(number - 1) - 6.0) << symbol(number);
    }
}

}  // namespace
}  // namespace fibonaqi
