// What a network says of hyperparameters that make no sense.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network.hpp"

#include "tests/support/random_tensors.hpp"

namespace fibonaqi::test {

/// The message with which this model is not loaded; "accepted" where it is.
inline std::string refusal_of(const ModelFile& model) {
    try {
        nn::load_network(model, float64);
        return "accepted";
    } catch (const ModelError& error) {
        return error.what();
    }
}

/// Each of these, put into the model of this name, must be refused, and the model named.
inline void expect_refused(const ModelFile& right, const std::string& name,
                           const std::vector<std::pair<std::string, Json>>& wrong) {
    for (const auto& [key, value] : wrong) {
        ModelFile model = right;
        model.card.hyperparameters[key] = value;
        const std::string message = refusal_of(model);
        EXPECT_NE(message, "accepted") << key << " " << value;
        EXPECT_NE(message.find("model '" + name + "'"), std::string::npos) << message;
    }
}

}  // namespace fibonaqi::test
