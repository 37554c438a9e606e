// What tasks work on: a network, and frames with their graphs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::worker {

/// A network with the hash of the file that it came from.
struct OpenModel {
    std::unique_ptr<nn::Network> network;
    std::string sha256;
};

/// A model (a file, or an installed one's name) in the task's "dtype" (float64 by default).
OpenModel open_model(const std::string& model, const Json& task);

/// A model in "float32" or "float64". Throws ConfigError for another name.
OpenModel open_model_as(const std::string& model, const std::string& dtype);

/// The model of the task's "model".
std::unique_ptr<nn::Network> open_network(const Json& task);

/// Frames of a file with what a network needs of them, all in the same order.
struct FrameSet {
    std::vector<Frame> frames;
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;
    KeyAudit audit;

    std::size_t size() const { return frames.size(); }
};

/// Some frames of a set, in an order of their own.
struct SomeFrames {
    const FrameSet& set;
    std::vector<std::uint64_t> ids;

    std::vector<AtomGraph> graphs() const;  ///< those of the set
    /// Made anew, for a network with another cutoff [angstrom].
    std::vector<AtomGraph> graphs(double cutoff) const;
    std::vector<Labels> labels() const;
};

/// All of a set.
SomeFrames all_of(const FrameSet& set);

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
