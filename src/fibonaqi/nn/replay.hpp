// Replay: frames of the domain that a model was pretrained on, in every batch of a fine-tuning, so that what
// the new labels do not show stays as it was.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/model/model_card.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Reference energies by atomic number [eV].
using ElementEnergies = std::map<int, double>;
ElementEnergies e0_of(const ModelCard& card);

/// Gives frames the network's own energies, forces and (periodic ones) stresses, in place of any labels.
/// Throws ModelError for an element that it lacks, Error for a value that is not finite; both name the frame.
void label_by_network(const Network& network, std::vector<Frame>& frames);

/// Frames whose energies are relative to the reference energies `e0`: those of the model that made the
/// labels, or that was trained on them. A fine-tuning moves E0 to another code's constants; without moving
/// these energies too, replay would pull every atom's energy back by that constant.
struct ReplayFrames {
    std::vector<Frame> frames;
    ElementEnergies e0;
};

/// The frames with energies as a model with this card's E0 would have them: moved by the change of E0 of
/// every atom's element. Elements that `replay.e0` lacks do not move.
std::vector<Frame> with_e0_of(const ModelCard& card, const ReplayFrames& replay);

/// Which replay frames go into the batch of a step: the next of an endless row of passes, each of which has
/// every frame once in an order keyed by (seed, pass). A function of the number of the step alone.
class ReplayDraw {
  public:
    /// `share` of a batch of `batch` new frames and its replay frames together; at least one frame a batch,
    /// none where `frames` is 0.
    ReplayDraw(std::size_t frames, std::size_t batch, double share, std::uint64_t seed);

    /// Positions in the replay frames for the step with this number, from 0.
    std::vector<std::uint64_t> frames_of_step(std::uint64_t step);
    std::size_t per_batch() const { return per_batch_; }

  private:
    void shuffle(std::uint64_t pass);

    std::size_t frames_, per_batch_ = 0;
    std::uint64_t seed_, pass_ = 0;
    std::vector<std::uint64_t> order_;  // of pass_
};

}  // namespace fibonaqi::nn
