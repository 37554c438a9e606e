#include "fibonaqi/label/sanity.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/support/silicon.hpp"

namespace fibonaqi {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string kind_of(const std::optional<LabelFailure>& problem) {
    return problem ? to_string(problem->kind) : "fine";
}

Labels good_labels() {
    Labels labels;
    labels.energy = -215.0;
    labels.forces = {{1.0, 2.0, -3.0}, {-1.0, -2.0, 3.0}};
    labels.stress = Mat3{};
    return labels;
}

TEST(GeometryProblem, finds_atoms_that_are_too_close) {
    // Covalent radius of silicon 1.11 angstrom (Cordero 2008): the limit of 0.6 is 1.332 angstrom.
    LabelRequest request = test::two_silicon_atoms();
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "fine");
    request.structure.positions = {{0.0, 0.0, 0.0}, {1.34, 0.0, 0.0}};
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "fine");
    request.structure.positions = {{0.0, 0.0, 0.0}, {1.32, 0.0, 0.0}};
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
    request.structure.positions[1] = request.structure.positions[0];
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
    // An atom upon another one's periodic image.
    request = test::two_silicon_atoms();
    for (std::size_t axis = 0; axis < 3; ++axis) {
        request.structure.positions[1][axis] = request.structure.cell[0][axis] + 0.1;
    }
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
}

TEST(GeometryProblem, finds_what_is_no_structure) {
    LabelRequest request = test::two_silicon_atoms();
    request.structure.positions[1][0] = nan;
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
    request = test::two_silicon_atoms();
    request.structure.cell[0][0] = nan;
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
    request = test::two_silicon_atoms();
    request.structure.cell[2] = request.structure.cell[1];
    EXPECT_EQ(kind_of(geometry_problem(request, {})), "bad_geometry");
    EXPECT_EQ(kind_of(geometry_problem(LabelRequest(), {})), "bad_geometry");
}

TEST(LabelProblem, accepts_what_is_sane) {
    EXPECT_EQ(kind_of(label_problem(test::two_silicon_atoms(), good_labels(), {})), "fine");
}

TEST(LabelProblem, finds_missing_values) {
    const LabelRequest request = test::two_silicon_atoms();
    Labels labels = good_labels();
    labels.energy.reset();
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "inconsistent");
    labels = good_labels();
    labels.forces.pop_back();
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "inconsistent");
    labels = good_labels();
    labels.stress.reset();
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "inconsistent");
}

TEST(LabelProblem, finds_numbers_that_are_none) {
    const LabelRequest request = test::two_silicon_atoms();
    Labels labels = good_labels();
    labels.energy = nan;
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "non_finite");
    labels = good_labels();
    labels.forces[1][2] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "non_finite");
    labels = good_labels();
    (*labels.stress)[2][2] = nan;
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "non_finite");
}

TEST(LabelProblem, holds_the_limits_of_forces) {
    const LabelRequest request = test::two_silicon_atoms();
    Labels labels = good_labels();
    labels.forces = {{0.0, 59.9, 0.0}, {0.0, -59.9, 0.0}};
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "fine");
    labels.forces = {{0.0, 60.1, 0.0}, {0.0, -60.1, 0.0}};
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "inconsistent");
    labels.forces = {{1.0, 0.0, 0.0}, {-0.92, 0.0, 0.0}};  // net 0.04 per atom
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "fine");
    labels.forces = {{1.0, 0.0, 0.0}, {-0.88, 0.0, 0.0}};  // net 0.06 per atom
    EXPECT_EQ(kind_of(label_problem(request, labels, {})), "inconsistent");
}

}  // namespace
}  // namespace fibonaqi
