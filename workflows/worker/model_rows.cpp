#include "workflows/worker/model_rows.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/atom_gradients.hpp"

#include "workflows/worker/posterior_labels.hpp"
#include "workflows/worker/progress.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// Who answers for labels and for uncertainties; null: the frames' own labels, and nobody. May be the same.
struct Authorities {
    std::shared_ptr<const PseudoLabels> labels, spread;
};

// Computed when their superbatch is due.
class ModelRows : public RowSource {
  public:
    ModelRows(FeaturePool pool, const FeatureSettings& settings, const RowNeeds& needs, const Json& task)
        : pool_(std::move(pool)),
          settings_(settings),
          needs_(needs),
          featurizer_(settings, pool_),
          progress_("features") {
        if (needs.scores && needs.scores->kind == ScoreKind::loss) {
            losses_.emplace(*needs.scores, settings, pool_, task);
        }
    }

    /// Labels and uncertainties come from these.
    void follow(Authorities authorities) { authorities_ = std::move(authorities); }
    const FeaturePool& pool() const { return pool_; }

    std::size_t size() const override { return pool_.frames.size(); }

    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t superbatch) override {
        if (!needs_.features) {
            return at::empty({static_cast<std::int64_t>(ids.size()), 0}, at::kDouble);
        }
        const auto blocks = blocks_of({pool_.frames, ids}, superbatch, [&](std::size_t done, std::size_t) {
            progress_.report(done_ + done, size());
        });
        done_ += ids.size();
        treatment_.emplace(blocks, settings_.rows);
        return treatment_->apply(blocks);
    }
    FrameScores scores(const std::vector<std::uint64_t>& ids, std::size_t superbatch) override {
        const SomeFrames frames{pool_.frames, ids};
        if (losses_) {
            return losses_->of(frames, labels_of(frames, superbatch));
        }
        return needs_.scores ? deviation_scores(needs_.scores->kind, spread(ids)) : FrameScores();
    }
    at::Tensor labelled_rows(std::size_t superbatch) override {
        FIBONAQI_EXPECT(treatment_ && pool_.labelled);
        // The frames' own labels, and so their rows, are the same for all superbatches.
        if (!labelled_ || authorities_.labels) {
            try {
                labelled_ = blocks_of(all_of(*pool_.labelled), superbatch, {});
            } catch (const Error&) {
                rethrow_with_context("labelled");
            }
        }
        return treatment_->apply(*labelled_);
    }
    std::optional<at::Tensor> atom_rows(std::uint64_t id, std::size_t superbatch) override {
        nn::FeatureOptions options = featurizer_.options();
        options.kind = settings_.blocks[0].kind;
        const bool is_final = settings_.readouts == nn::ReadoutSet::final_linear;
        if (settings_.blocks.size() > 1 || !settings_.blocks[0].file.empty() || !is_final ||
            !nn::is_sum_over_atoms(options.kind)) {
            return std::nullopt;
        }
        const std::vector<Labels> labels = labels_of({pool_.frames, {id}}, superbatch);
        return nn::atom_gradients(*pool_.network, pool_.frames.graphs[id], labels[0], options);
    }
    const FrameSet* frames() const override { return &pool_.frames; }

    std::vector<FrameSpread> spread(const std::vector<std::uint64_t>& ids) const override {
        return authorities_.spread && !ids.empty() ? authorities_.spread->spread({pool_.frames, ids})
                                                   : std::vector<FrameSpread>();
    }

    Json pseudo_labels() const override {
        return authorities_.labels ? authorities_.labels->report() : Json(nullptr);
    }

  private:
    std::vector<at::Tensor> blocks_of(const SomeFrames& frames, std::size_t superbatch,
                                      const nn::ChunkProgress& progress) const {
        return featurizer_.blocks(frames, labels_of(frames, superbatch), progress);
    }

    // What the loss compares with: pseudo labels where they were asked for, else those that the frames have.
    std::vector<Labels> labels_of(const SomeFrames& frames, std::size_t superbatch) const {
        return authorities_.labels ? authorities_.labels->labels(frames, superbatch,
                                                                 settings_.loss.options.weights.stress != 0.0)
                                   : frames.labels();
    }

    FeaturePool pool_;
    FeatureSettings settings_;
    RowNeeds needs_;
    Featurizer featurizer_;
    Authorities authorities_;
    std::optional<LossScores> losses_;
    std::optional<RowTreatment> treatment_;            // of the last superbatch
    std::optional<std::vector<at::Tensor>> labelled_;  // blocks
    Progress progress_;
    std::size_t done_ = 0;
};

bool needs_labels(const FeatureSettings& settings, const RowNeeds& needs) {
    return (needs.features && settings.needs_labels()) ||
           (needs.scores && needs.scores->kind == ScoreKind::loss);
}

bool needs_spread(const RowNeeds& needs) {
    return needs.scores && needs.scores->kind != ScoreKind::loss;
}

void check_uses(const std::optional<PseudoLabelOptions>& pseudo, bool has_others, bool is_labelling,
                bool is_comparing) {
    const bool is_posterior = pseudo && pseudo->kind == PseudoLabelKind::posterior;
    const bool is_committee = pseudo && pseudo->kind == PseudoLabelKind::committee;
    if (is_comparing && !has_others && !is_posterior) {
        throw ConfigError(
            "scores of this kind compare models (neither a committee nor pseudo_labels of kind posterior is "
            "given) name a committee, or use pseudo_labels of kind posterior");
    }
    if (pseudo && !is_labelling && !(is_posterior && is_comparing && !has_others)) {
        throw ConfigError(
            "pseudo_labels are given, and nothing uses labels (of all kinds of features only loss_gradient "
            "does) leave them out");
    }
    if (has_others && !is_committee && !is_comparing) {
        throw ConfigError(
            "a committee is given, and nothing asks it (pseudo_labels of kind committee do, and scores of "
            "kind deviation) leave it out");
    }
}

std::shared_ptr<const PseudoLabels> make_labels(const PseudoLabelOptions& options, const FeaturePool& pool,
                                                const Json& task) {
    log::info("labels of the candidates, if any, are not used: pseudo labels");
    switch (options.kind) {
        case PseudoLabelKind::posterior:
            return std::make_shared<PosteriorLabels>(*pool.network, pool.frames, options, task);
        case PseudoLabelKind::teacher:
            return std::make_shared<TeacherLabels>(
                OtherModel(options.teacher, "pseudo_labels.teacher", pool, task));
        case PseudoLabelKind::committee:
            break;
    }
    return std::make_shared<CommitteeLabels>(pool, task);
}

Authorities make_authorities(const std::optional<PseudoLabelOptions>& pseudo, const FeaturePool& pool,
                             const Json& task) {
    Authorities authorities;
    if (pseudo) {
        authorities.labels = make_labels(*pseudo, pool, task);
    }
    const bool is_committee = pseudo && pseudo->kind == PseudoLabelKind::committee;
    authorities.spread = !is_committee && has_committee(task) ? std::make_shared<CommitteeLabels>(pool, task)
                                                              : authorities.labels;
    return authorities;
}

}  // namespace

std::unique_ptr<RowSource> model_rows(const Json& task, const RowNeeds& needs) {
    const FeatureSettings settings = feature_settings(task, "loss_gradient");
    const auto pseudo = pseudo_label_options(task, settings.loss.options.weights);
    const bool is_labelling = needs_labels(settings, needs);
    check_uses(pseudo, has_committee(task), is_labelling, needs_spread(needs));
    const bool needs_model = (needs.features && settings.needs_model()) || needs.scores;
    FeaturePool pool = open_pool(task, {needs_model, needs.labelled});
    if (is_labelling && !pseudo) {
        refuse_own_predictions(pool.frames.frames, pool.frames.audit,
                               "use pseudo labels, or the kind prediction_gradient");
        if (settings.loss.fit_e0) {
            refit_e0(*pool.network, pool.frames);
        }
    }
    auto source = std::make_unique<ModelRows>(std::move(pool), settings, needs, task);
    if (source->size() > 0) {
        source->follow(make_authorities(pseudo, source->pool(), task));
    }
    return source;
}

}  // namespace fibonaqi::worker
