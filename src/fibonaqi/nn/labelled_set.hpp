// Frames that a network is trained on or judged by, with everything that is computed once per frame.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/model/model_card.hpp"
#include "fibonaqi/nn/loss_options.hpp"

namespace fibonaqi::nn {

/// All in the order of the frames, which must outlive it. After an `append` there are more graphs than
/// frames.
struct LabelledSet {
    std::span<const Frame> frames;
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;

    std::size_t size() const { return labels.size(); }

    /// Graphs and labels of another set behind its own; `frames` stays.
    void append(const LabelledSet& other);
};

/// Those of some frames, by their positions in the set, in this order.
std::vector<AtomGraph> graphs_of(const LabelledSet& set, const std::vector<std::uint64_t>& ids);
std::vector<Labels> labels_of(const LabelledSet& set, const std::vector<std::uint64_t>& ids);

/// Info key of frames of a part of a file: their number there, from 0.
inline constexpr const char* file_frame_key = "file_frame";

/// The number by which people know a frame: that of file_frame_key, else its position.
std::size_t frame_number(std::span<const Frame> frames, std::size_t position);

/// Builds the graphs (once for all epochs). Every message starts with "<what> frame <frame_number>".
/// Throws ModelError for an element that the card does not list, ConfigError for a frame without any label
/// that the loss uses, and for a label that is not finite. Logs a warning that counts frames which lack one
/// of the labels: their terms are left out.
LabelledSet make_labelled_set(std::span<const Frame> frames, const ModelCard& card,
                              const LossWeights& weights, const std::string& what);

}  // namespace fibonaqi::nn
