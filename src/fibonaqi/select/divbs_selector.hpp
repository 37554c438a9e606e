// DivBS: Diversified Batch Selection (Hong et al., ICML 2024, arXiv 2406.04872), on any feature matrix.
//
// The mean feature gbar of the superbatch is what training on all of it would follow. DivBS looks for few
// rows whose span holds gbar: with rho = gbar minus its part in the span of the rows chosen so far, the next
// row i is drawn with probability proportional to |g_i . rho| and made orthogonal to its predecessors. It is
// an orthogonal matching pursuit of gbar with a randomised choice.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// How the next row is chosen from its weight.
enum class DivbsPick {
    draw,    ///< with probability |g_i . rho| / sum: the law of the published code
    argmax,  ///< the largest |g_i . rho|
    ols      ///< the largest (g_i . rho)^2 / |P g_i|^2, P = projector off the chosen rows: exact greedy step
};

/// What to do when gbar is spanned by fewer rows than asked for (at most rank(G) picks have a meaning).
enum class DivbsFill {
    uniform,  ///< the rest at random, as the published code
    restart,  ///< begin again with the mean of the remaining rows
    stop      ///< return fewer
};

struct DivbsOptions {
    DivbsPick pick = DivbsPick::draw;
    DivbsFill fill = DivbsFill::uniform;
};

/// Throws ConfigError naming the key for anything but {"pick", "fill"} with known values.
DivbsOptions divbs_options_from_json(const Json& options);

/// Differences from the published code, none of which changes its law: draws are by noise keyed with (seed,
/// cycle, step, id), which has the multinomial law exactly; chosen rows are masked; every new direction is
/// orthogonalised twice where once is not enough; rows that depend on the chosen ones (less than 1e-6 of
/// their length is new) cannot be chosen by score; a spent residual is recognised by a relative test instead
/// of an exact zero; rows with non-finite entries are rejected alone and do not make the whole batch random.
/// Cost: of a draw beta n random numbers and few rows; of argmax beta n d multiplications, of ols twice that.
/// Score: the weight at the time of the pick.
class DivbsSelector : public Selector {
  public:
    explicit DivbsSelector(const DivbsOptions& options) : options_(options) {}
    std::string name() const override { return "divbs"; }
    bool needs_features() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    DivbsOptions options_;
};

}  // namespace fibonaqi
