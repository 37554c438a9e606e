#include "fibonaqi/model/feature_matrix.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/stored_matrix.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

FeatureMatrix small_matrix() {
    return {2, 3, {1.0 / 3.0, -0.0, 1e-300, 2.5, std::numeric_limits<double>::infinity(), -7.0}, {0, 1}};
}

// As numpy 1.24 writes np.arange(6, dtype='<f4').reshape(2, 3), C or Fortran order.
std::string numpy_bytes(bool is_fortran, const std::string& shape = "(2, 3)",
                        const std::string& type = "<f4") {
    std::string dictionary = "{'descr': '" + type + "', 'fortran_order': " + (is_fortran ? "True" : "False") +
                             ", 'shape': " + shape + ", }";
    dictionary.append(118 - 1 - dictionary.size(), ' ');
    std::string bytes = "\x93NUMPY";
    bytes += {'\x01', '\x00', '\x76', '\x00'};
    bytes += dictionary + "\n";
    for (const float value : {0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f}) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
}

class FeatureMatrixFile : public testing::Test {
  protected:
    FeatureMatrix read(const std::string& bytes) {
        write_file_atomically(folder_ / "a.npy", bytes);
        return read_npy(folder_ / "a.npy");
    }
    test::TemporaryFolder folder_;
};

TEST_F(FeatureMatrixFile, survives_writing_and_reading_bit_for_bit) {
    write_npy(folder_ / "m.npy", small_matrix());
    const FeatureMatrix matrix = read_npy(folder_ / "m.npy");
    EXPECT_EQ(matrix.rows, 2u);
    EXPECT_EQ(matrix.columns, 3u);
    EXPECT_EQ(matrix.values, small_matrix().values);
    EXPECT_TRUE(std::signbit(matrix.values[1]));
    EXPECT_THAT(matrix.ids, testing::ElementsAre(0, 1));
}

TEST_F(FeatureMatrixFile, begins_its_numbers_on_a_multiple_of_64_bytes) {
    write_npy(folder_ / "m.npy", small_matrix());
    EXPECT_EQ((read_file(folder_ / "m.npy").size() - 6 * 8) % 64, 0u);
}

TEST_F(FeatureMatrixFile, reads_both_orders_of_float32) {
    EXPECT_THAT(read(numpy_bytes(false)).values, testing::ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(read(numpy_bytes(true)).values, testing::ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST_F(FeatureMatrixFile, reads_a_list_as_a_column) {
    const FeatureMatrix matrix = read(numpy_bytes(false, "(6,)"));
    EXPECT_EQ(matrix.rows, 6u);
    EXPECT_EQ(matrix.columns, 1u);
    EXPECT_THAT(matrix.values, testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(FeatureMatrixFile, keeps_an_empty_matrix) {
    write_npy(folder_ / "m.npy", {0, 4, {}, {}});
    EXPECT_EQ(read_npy(folder_ / "m.npy").columns, 4u);
}

TEST_F(FeatureMatrixFile, refuses_what_is_not_a_matrix_of_reals) {
    for (const auto& [shape, type] :
         std::vector<std::pair<std::string, std::string>>{{"(1, 2, 3)", "<f4"},
                                                          {"(6", "<f4"},
                                                          {"(2, 3)", "<i4"},
                                                          {"(2, 3)", ">f4"},
                                                          {"(2, 4)", "<f4"},
                                                          {"(2, -3)", "<f4"},
                                                          {"(99999999999999999999, 3)", "<f4"},
                                                          {"(1099511627776, 1099511627776)", "<f4"}}) {
        EXPECT_THROW(read(numpy_bytes(false, shape, type)), FormatError) << shape << " " << type;
    }
    EXPECT_THROW(read("PK\x03\x04 something else"), FormatError);
    EXPECT_THROW(read_npy(folder_ / "absent.npy"), FileError);
}

TEST_F(FeatureMatrixFile, refuses_every_truncation) {
    const std::string whole = numpy_bytes(false);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_THROW(read(whole.substr(0, length)), FormatError) << length;
    }
}

TEST_F(FeatureMatrixFile, is_what_numpy_reads_and_writes) {
    if (std::system("/usr/bin/python3 -c 'import numpy' 2> /dev/null") != 0) {
        GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
    }
    write_npy(folder_ / "m.npy", small_matrix());
    const std::string command =
        "cd " + folder_.path().string() +
        " && /usr/bin/python3 -c \"import numpy as n; a=n.load('m.npy'); assert a.shape==(2,3); "
        "n.save('c.npy', a*2); n.save('f.npy', n.asfortranarray(a.astype('<f4')))\"";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(read_npy(folder_ / "c.npy").values[0], 2.0 / 3.0);
    EXPECT_EQ(read_npy(folder_ / "f.npy").values[3], 2.5);
}

TEST(StoredMatrix, reads_the_rows_that_are_wanted) {
    const test::TemporaryFolder folder;
    FeatureMatrix matrix;
    matrix.rows = 5;
    matrix.columns = 2;
    matrix.values = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
    write_npy(folder / "F.npy", matrix);
    const StoredMatrix stored(folder / "F.npy");
    EXPECT_EQ(stored.rows(), 5u);
    EXPECT_EQ(stored.columns(), 2u);
    const FeatureMatrix some = stored.read({4, 1, 4});
    EXPECT_EQ(some.values, (std::vector<double>{40, 41, 10, 11, 40, 41}));
    EXPECT_EQ(some.ids, (std::vector<std::uint64_t>{4, 1, 4}));
    EXPECT_THROW((void)stored.read({5}), ContractError);
    EXPECT_THROW(StoredMatrix(folder / "nowhere.npy"), FileError);
    write_file_atomically(folder / "empty.npy", "");
    EXPECT_THROW(StoredMatrix(folder / "empty.npy"), FormatError);
}

}  // namespace
}  // namespace fibonaqi
