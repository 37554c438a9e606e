#include "fibonaqi/select/divbs_selector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/select/candidate_rows.hpp"
#include "fibonaqi/select/keyed_order.hpp"
#include "fibonaqi/select/orthogonal_pursuit.hpp"

namespace fibonaqi {
namespace {

// Scores this close to the largest are ties; the smallest id wins, so that rounding never decides.
constexpr double tie = 1e-12;

// Power of two near the largest entry: dividing by it is exact and keeps squares away from overflow.
double scale_of(const at::Tensor& features) {
    const double largest = features.numel() > 0 ? features.abs().max().item<double>() : 0.0;
    return largest > 0.0 ? std::exp2(std::floor(std::log2(largest))) : 1.0;
}

// One selection in the making.
class Run {
  public:
    Run(const CandidateRows& rows, const SelectionRequest& request, const DivbsOptions& options)
        : rows_(rows),
          request_(request),
          options_(options),
          scale_(scale_of(rows.features)),
          scaled_(rows.features / scale_),
          is_taken_(rows.size(), false) {
        for (const std::uint64_t id : rows.ids) {
            noise_.emplace_back(request.seed, "divbs draw", request.cycle, id);
        }
    }

    Selection finish() {
        selection_.rejected = rows_.rejected;
        pursue(false);
        if (is_complete()) {
            return selection_;
        }
        selection_.reason = SelectionReason::residual_exhausted;
        if (options_.fill == DivbsFill::restart) {
            while (!is_complete() && pursue(true) > 0) {
            }
        }
        if (options_.fill != DivbsFill::stop) {
            fill_uniformly();
        }
        return selection_;
    }

  private:
    bool is_complete() const { return selection_.picks.size() >= request_.batch; }

    // Picks by score until the batch is complete or the residual is spent; returns how many were picked.
    std::size_t pursue(bool is_restart) {
        std::vector<bool> alive(is_taken_);
        alive.flip();
        OrthogonalPursuit pursuit(scaled_, alive);
        const std::size_t before = selection_.picks.size();
        while (!is_complete()) {
            const std::vector<double> score = scores(pursuit, alive);
            const std::optional<std::size_t> row = choose(score);
            if (!row) {
                break;
            }
            alive[*row] = false;
            if (pursuit.take(static_cast<std::int64_t>(*row))) {
                const double residual = is_restart ? residual_ : pursuit.relative_residual();
                add(*row, score[*row] * scale_ * scale_, residual, is_restart);
            }
        }
        if (!is_restart) {
            selection_.condition_number = pursuit.condition_number();
        }
        return selection_.picks.size() - before;
    }

    std::vector<double> scores(const OrthogonalPursuit& pursuit, const std::vector<bool>& alive) const {
        std::vector<double> score = pursuit.weights();
        if (options_.pick == DivbsPick::ols) {
            const std::vector<double> part = pursuit.independent_parts();
            const std::vector<double> square = pursuit.independent_squares();
            for (std::size_t row = 0; row < score.size(); ++row) {
                score[row] = part[row] > 0.0 ? score[row] * score[row] / square[row] : 0.0;
            }
        }
        for (std::size_t row = 0; row < score.size(); ++row) {
            score[row] = alive[row] ? score[row] : 0.0;
        }
        return score;
    }

    // The next row, or nothing when every score is zero. Every step uses one number of every row's own
    // stream.
    std::optional<std::size_t> choose(const std::vector<double>& score) {
        return options_.pick == DivbsPick::draw ? draw(score) : largest(score);
    }

    // argmax of log w + Gumbel noise has exactly the law w / sum(w) (Gumbel-max).
    std::optional<std::size_t> draw(const std::vector<double>& score) {
        std::optional<std::size_t> best;
        double best_value = -std::numeric_limits<double>::infinity();
        for (std::size_t row = 0; row < score.size(); ++row) {
            const double noise = noise_[row].gumbel();
            if (score[row] > 0.0 && std::log(score[row]) + noise > best_value) {
                best = row;
                best_value = std::log(score[row]) + noise;
            }
        }
        return best;
    }

    static std::optional<std::size_t> largest(const std::vector<double>& score) {
        const double most = *std::max_element(score.begin(), score.end());
        if (most <= 0.0) {
            return std::nullopt;
        }
        const auto first = std::find_if(score.begin(), score.end(),
                                        [&](double value) { return value >= most * (1.0 - tie); });
        return static_cast<std::size_t>(first - score.begin());
    }

    void add(std::size_t row, double score, double residual, bool is_fill) {
        is_taken_[row] = true;
        residual_ = residual;
        selection_.picks.push_back({rows_.ids[row], score, residual, is_fill});
    }

    void fill_uniformly() {
        std::vector<std::uint64_t> rest;
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            if (!is_taken_[row]) {
                rest.push_back(rows_.ids[row]);
            }
        }
        for (const std::uint64_t id : keyed_order(rest, {request_.seed, "divbs fill", request_.cycle})) {
            if (is_complete()) {
                return;
            }
            selection_.picks.push_back({id, 0.0, residual_, true});
        }
    }

    const CandidateRows& rows_;
    const SelectionRequest& request_;
    const DivbsOptions& options_;
    double scale_;
    at::Tensor scaled_;
    std::vector<bool> is_taken_;
    std::vector<KeyedRng> noise_;
    double residual_ = 1.0;  // before the first pick
    Selection selection_;
};

template <class Value>
Value choice(const Json& options, const std::string& key, const std::map<std::string, Value>& known) {
    std::vector<std::string> names;
    for (const auto& [name, value] : known) {
        names.push_back(name);
    }
    const Json& given = options.at(key);
    const std::string name = given.is_string() ? given.get<std::string>() : given.dump();
    const auto found = known.find(name);
    if (!given.is_string() || found == known.end()) {
        throw ConfigError("options." + key + " is '" + name + "' (unknown for divbs)" +
                          suggestion(name, names));
    }
    return found->second;
}

}  // namespace

Selection DivbsSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    return Run(rows, request, options_).finish();
}

DivbsOptions divbs_options_from_json(const Json& options) {
    DivbsOptions result;
    for (const auto& [key, value] : options.items()) {
        if (key == "pick") {
            result.pick = choice<DivbsPick>(
                options, key,
                {{"draw", DivbsPick::draw}, {"argmax", DivbsPick::argmax}, {"ols", DivbsPick::ols}});
        } else if (key == "fill") {
            result.fill = choice<DivbsFill>(options, key,
                                            {{"uniform", DivbsFill::uniform},
                                             {"restart", DivbsFill::restart},
                                             {"stop", DivbsFill::stop}});
        } else {
            throw ConfigError("options." + key + " is unknown (of the divbs selector)" +
                              suggestion(key, {"pick", "fill"}));
        }
    }
    return result;
}

}  // namespace fibonaqi
