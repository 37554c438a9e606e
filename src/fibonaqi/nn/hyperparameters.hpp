// Reads the hyperparameters of a model card, checked, for any architecture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/model/irreps.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// Every failure is a ModelError that names the model and the key. The card must outlive the reader.
class HyperparameterReader {
  public:
    explicit HyperparameterReader(const ModelCard& card) : card_(card) {}

    /// "model 'NAME': problem".
    [[noreturn]] void fail(const std::string& problem) const;
    /// The file is sound, but this program's network lacks `feature` (exit code usage).
    [[noreturn]] void refuse(const std::string& feature) const;
    /// The value of `key` cannot be meant.
    [[noreturn]] void senseless(const char* key, const Json& value) const;

    /// The key is there, whatever its value.
    bool has(const char* key) const { return card_.hyperparameters.contains(key); }
    /// Any value; fails where the key is missing, as do all below but flag_or, text_or and one_of.
    const Json& member(const char* key) const;
    /// Finite.
    double number(const char* key) const { return number(key, member(key)); }
    double number(const char* key, const Json& value) const;
    /// Between least and most.
    std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) const {
        return integer(key, member(key), least, most);
    }
    std::int64_t integer(const char* key, const Json& value, std::int64_t least, std::int64_t most) const;
    bool flag_or(const char* key, bool otherwise) const;
    std::string text(const char* key) const;
    std::string text_or(const char* key, const std::string& otherwise) const;
    /// One of these texts; the first of them where the key is missing.
    std::string one_of(const char* key, const std::vector<std::string>& texts) const;

  private:
    const ModelCard& card_;
};

}  // namespace fibonaqi::nn
