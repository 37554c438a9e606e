// A pool of 20 structures and a tiny model, and commands that work on them.
#pragma once

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/features.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi::test {

/// Every structure is one of ten atoms; each third is periodic. Without labels until write_labelled is
/// called.
class SelectWithModel : public testing::Test {
  protected:
    SelectWithModel() {
        write_model_file(folder_ / "tiny.safetensors", tiny_model());
        for (std::uint64_t i = 0; i < 20; ++i) {
            Frame frame;
            frame.structure = disordered_structure(i % 3 == 0, i);
            pool_.push_back(std::move(frame));
        }
        write_extxyz(folder_ / "pool.xyz", pool_);
    }

    // Three of ten from the pool with the tiny model, where the arguments don't say otherwise.
    Json select(const std::vector<std::string>& arguments) {
        std::vector<std::string> all{"select", "--json", "S.json"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const std::pair<std::string, std::string> defaults[] = {
            {"--model", "tiny.safetensors"}, {"--data", "pool.xyz"}, {"--batch", "3"}, {"--ratio", "0.3"}};
        for (const auto& [option, value] : defaults) {
            if (std::find(arguments.begin(), arguments.end(), option) == arguments.end()) {
                all.insert(all.end(), {option, value});
            }
        }
        const auto result = run_command(folder_, "fibonaqi", all);
        EXPECT_EQ(result.code, 0) << result.err;
        return read_json(folder_ / "S.json");
    }

    at::Tensor features(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"features", "--data", "pool.xyz", "-o", "F.npy"});
        const auto result = run_command(folder_, "fibonaqi", arguments);
        EXPECT_EQ(result.code, 0) << result.err;
        return nn::to_tensor(read_npy(folder_ / "F.npy"));
    }

    // The pool with energies and forces that differ from the model's.
    void write_labelled(const std::string& name) {
        const auto result =
            run_command(folder_, "fibonaqi",
                        {"evaluate", "--model", "tiny.safetensors", "--data", "pool.xyz", "--write", name});
        ASSERT_EQ(result.code, 0) << result.err;
        std::vector<Frame> frames = read_extxyz(folder_ / name).frames;
        KeyedRng rng(3, "label noise");
        for (Frame& frame : frames) {
            for (Vec3& force : frame.labels.forces) {
                force[0] += 0.2 * rng.normal();
            }
        }
        write_extxyz(folder_ / name, frames);
    }

    TemporaryFolder folder_;
    std::vector<Frame> pool_;
};

}  // namespace fibonaqi::test
