// A second implementation of DivBS in plain doubles, by another route: the Gram matrix and its pivoted
// Cholesky factor instead of features and Gram-Schmidt. Same keyed noise. For tests only.
#pragma once

#include <cmath>
#include <string>

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi::test {

enum class OraclePick { draw, argmax, ols };

struct OracleStep {
    std::size_t row;
    std::vector<double> scores;  // of all rows before the pick, masked
    double residual;             // |rho|^2 after the pick
};

class GramOracle {
  public:
    GramOracle(const Rows& rows, const SelectionRequest& request) : request_(request), count_(rows.size()) {
        for (std::size_t i = 0; i < count_; ++i) {
            gram_.emplace_back();
            for (std::size_t j = 0; j < count_; ++j) {
                gram_[i].push_back(std::inner_product(rows[i].begin(), rows[i].end(), rows[j].begin(), 0.0));
            }
            noise_.emplace_back(request.seed, "divbs draw", request.cycle, request.ids[i]);
            alive_.push_back(true);
            diagonal_.push_back(gram_[i][i]);
            against_rho_.push_back(std::accumulate(gram_[i].begin(), gram_[i].end(), 0.0) /
                                   static_cast<double>(count_));
        }
        residual_ =
            std::accumulate(against_rho_.begin(), against_rho_.end(), 0.0) / static_cast<double>(count_);
        first_residual_ = residual_;
    }

    std::vector<OracleStep> run(OraclePick pick) {
        std::vector<OracleStep> steps;
        while (steps.size() < request_.batch) {
            const std::vector<double> score = scores(pick);
            const std::ptrdiff_t row = choose(pick, score);
            if (row < 0) {
                break;
            }
            eliminate(static_cast<std::size_t>(row));
            steps.push_back({static_cast<std::size_t>(row), score, residual_});
        }
        return steps;
    }

    double first_residual() const { return first_residual_; }

  private:
    std::vector<double> scores(OraclePick pick) const {
        std::vector<double> score(count_, 0.0);
        for (std::size_t i = 0; i < count_; ++i) {
            const double tolerance = 1e-8 * std::sqrt(gram_[i][i] * first_residual_);
            if (!alive_[i] || std::abs(against_rho_[i]) <= tolerance || diagonal_[i] <= 1e-12 * gram_[i][i]) {
                continue;
            }
            score[i] = pick == OraclePick::ols ? against_rho_[i] * against_rho_[i] / diagonal_[i]
                                               : std::abs(against_rho_[i]);
        }
        return score;
    }

    std::ptrdiff_t choose(OraclePick pick, const std::vector<double>& score) {
        std::ptrdiff_t best = -1;
        double best_value = 0.0;
        for (std::size_t i = 0; i < count_; ++i) {
            const double noise = noise_[i].gumbel();
            const double value = std::log(score[i]) + (pick == OraclePick::draw ? noise : 0.0);
            if (score[i] > 0.0 && (best < 0 || value > best_value)) {
                best = static_cast<std::ptrdiff_t>(i);
                best_value = value;
            }
        }
        return best;
    }

    void eliminate(std::size_t pivot) {
        std::vector<double> column(count_);
        const double root = std::sqrt(diagonal_[pivot]);
        for (std::size_t i = 0; i < count_; ++i) {
            double value = gram_[i][pivot];
            for (const std::vector<double>& earlier : columns_) {
                value -= earlier[i] * earlier[pivot];
            }
            column[i] = value / root;
        }
        const double amount = against_rho_[pivot] / root;
        for (std::size_t i = 0; i < count_; ++i) {
            against_rho_[i] -= amount * column[i];
            diagonal_[i] = std::max(0.0, diagonal_[i] - column[i] * column[i]);
        }
        residual_ -= amount * amount;
        alive_[pivot] = false;
        columns_.push_back(column);
    }

    SelectionRequest request_;
    std::size_t count_;
    Rows gram_, columns_;
    std::vector<KeyedRng> noise_;
    std::vector<bool> alive_;
    std::vector<double> diagonal_, against_rho_;
    double residual_ = 0.0, first_residual_ = 0.0;
};

}  // namespace fibonaqi::test
