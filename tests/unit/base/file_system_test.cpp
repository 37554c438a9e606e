#include "fibonaqi/base/file_system.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

class FileSystem : public testing::Test {
  protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("fibonaqi_file_system_test_" + std::to_string(::getpid()));
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }
    fs::path folder;
};

TEST_F(FileSystem, writes_and_replaces_whole_files) {
    const fs::path path = folder / "a.txt";
    std::string content("first\0second\n", 13);
    write_file_atomically(path, content);
    EXPECT_EQ(read_file(path), content);
    content.assign(5'000'000, 'x');
    write_file_atomically(path, content);
    EXPECT_EQ(read_file(path), content);
    write_file_atomically(path, "");
    EXPECT_EQ(read_file(path), "");
    EXPECT_EQ(files(), 1U);  // no temporary file is left
}

TEST_F(FileSystem, full_storage_keeps_the_old_content_and_says_so) {
    if (!fs::exists("/dev/full")) {
        GTEST_SKIP() << "this system has no /dev/full";
    }
    const fs::path path = folder / "a.txt";
    write_file_atomically(path, "old");
    // The temporary file becomes a storage that is always full.
    fs::create_symlink("/dev/full", folder / (".a.txt.tmp" + std::to_string(::getpid())));
    try {
        write_file_atomically(path, "new");
        FAIL() << "not noticed";
    } catch (const DiskFullError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("No space left"));
        EXPECT_EQ(error.exit_code(), ExitCode::stopped);
    }
    EXPECT_EQ(read_file(path), "old");
    EXPECT_EQ(files(), 1U);
}

TEST_F(FileSystem, names_path_and_reason_of_what_fails) {
    const auto message = [](auto function) {
        try {
            function();
        } catch (const FileError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    const fs::path missing = folder / "missing" / "a.txt";
    EXPECT_THAT(message([&] { read_file(missing); }),
                testing::AllOf(testing::HasSubstr(missing.string()), testing::HasSubstr("No such file")));
    EXPECT_THAT(message([&] { read_file(folder); }), testing::HasSubstr("Is a directory"));
    EXPECT_THAT(message([&] { write_file_atomically(missing, "x"); }), testing::HasSubstr("No such file"));
    EXPECT_THAT(message([&] { free_bytes(missing); }), testing::HasSubstr("No such file"));
    write_file_atomically(folder / "file", "x");
    EXPECT_THAT(message([&] { make_directories(folder / "file" / "sub"); }),
                testing::HasSubstr("Not a directory"));
    fs::create_directories(folder / "sub");
    EXPECT_THAT(message([&] { write_file_atomically(folder / "sub", "x"); }),
                testing::HasSubstr("replacing"));
    EXPECT_EQ(files(), 2U);  // the failed replacement left nothing behind
}

TEST_F(FileSystem, makes_folders_and_knows_the_free_space) {
    make_directories(folder / "a" / "b");
    make_directories(folder / "a" / "b");  // again does no harm
    EXPECT_TRUE(fs::is_directory(folder / "a" / "b"));
    EXPECT_GT(free_bytes(folder), 0U);
}

TEST_F(FileSystem, finds_programs_that_may_be_run) {
    EXPECT_TRUE(find_program("sh").is_absolute());
    EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
    EXPECT_EQ(find_program("no-such-program-here"), "");
    EXPECT_EQ(find_program(""), "");
    write_file_atomically(folder / "data", "x");
    EXPECT_EQ(find_program((folder / "data").string()), "");  // not executable
    EXPECT_EQ(find_program((folder / "data" / "sub").string()), "");
    EXPECT_TRUE(fs::exists(executable_directory()));
}

}  // namespace
}  // namespace fibonaqi
