// Labels of the real pw.x for tests; skipped by name where Quantum ESPRESSO is not installed.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

class RealQe : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!has_quantum_espresso()) {
            GTEST_SKIP() << "pw.x or its pseudopotentials are not installed (Debian: quantum-espresso, "
                            "quantum-espresso-data)";
        }
    }

    /// One label, with remedies if more than one launch is allowed. Its folder is gone afterwards.
    static LabelResult run(const LabelRequest& request, const Json& config = qe_config(), int launches = 1) {
        const TemporaryFolder folder;
        LabelTask task = make_task(folder.path(), config, request);
        task.limits.max_attempts = launches;
        return run_task(task);
    }
    static Labels labels(const LabelRequest& request, const Json& config = qe_config()) {
        return accepted(run(request, config)).labels;
    }
    static AcceptedLabel accepted(const LabelResult& result) {
        EXPECT_EQ(kind_of(result), "accepted") << evidence_of(result);
        const auto* label = std::get_if<AcceptedLabel>(&result.outcome);
        return label == nullptr ? odd_label(0.0) : *label;
    }

    /// The settings of the kept outputs with one value changed, by its JSON pointer.
    static Json with(const std::string& pointer, const Json& value, Json config = qe_config()) {
        config[Json::json_pointer(pointer)] = value;
        return config;
    }
    /// Two silicon atoms, the second one moved [angstrom].
    static LabelRequest moved(double dx, double dy) {
        LabelRequest request = two_silicon_atoms();
        request.structure.positions[1][0] += dx;
        request.structure.positions[1][1] += dy;
        return request;
    }
    /// Runs `first` in the attempt directory before pw.x: a shell, to spoil what pw.x needs.
    static Json after_shell(const std::filesystem::path& folder, const std::string& first,
                            Json config = qe_config()) {
        write_file_atomically(folder / "launch", first + "\nexec pw.x \"$@\"\n");
        config["command"] = {"/bin/sh", (folder / "launch").string()};
        return config;
    }
};

}  // namespace fibonaqi::test
