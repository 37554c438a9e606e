// What tasks work on: a network, and frames with their graphs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::worker {

/// The model of the task's "model" (a file, or an installed one's name) in its "dtype" (float64 by default).
std::unique_ptr<nn::Network> open_network(const Json& task);

/// Frames of a file with what a network needs of them, all in the same order.
struct FrameSet {
    std::vector<Frame> frames;
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;
    KeyAudit audit;

    std::size_t size() const { return frames.size(); }
};

/// Reads an extxyz file and builds graphs with this cutoff [angstrom]. Logs which keys labels came from.
FrameSet read_frames(const std::string& path, double cutoff);

/// fibonaqi-md writes the model's own prediction into candidates. Taken for labels they would teach nothing,
/// and gradients from them are rounding. Throws ConfigError naming the first such frame, with this advice.
void refuse_own_predictions(const std::vector<Frame>& frames, const KeyAudit& audit,
                            const std::string& advice);

/// What an audit says, without its last line break.
std::string brief(const KeyAudit& audit);

/// Moves the network's E0 to the labels of these frames by least squares (energies only). Logs the shift.
void refit_e0(nn::Network& network, const FrameSet& frames);

}  // namespace fibonaqi::worker
