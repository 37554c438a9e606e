// Finds energy, forces and stress among the keys of a frame. Used by the extxyz reader only.
#pragma once

#include <map>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"

namespace fibonaqi::extxyz {

/// Moves the labels of one frame after the other from info and arrays to Frame::labels, and counts what it
/// meets.
class LabelFinder {
  public:
    /// `place` ("file:line") stands in front of error messages. Throws FormatError for a label that is not
    /// what it should be (not numbers, wrong count, not finite).
    void take_labels(Frame& frame, const std::string& place);

    /// What was met, with notes about what is odd.
    KeyAudit audit() const;

  private:
    void take_energy(Frame& frame, const std::string& place);
    void take_forces(Frame& frame, const std::string& place);
    void take_stress(Frame& frame, const std::string& place);
    void note_oddities(const Frame& frame);

    KeyAudit audit_;
    std::map<std::string, std::size_t> oddities_;  // text after "n frames" -> n
    double largest_free_energy_difference_ = 0.0;  // [eV]
};

}  // namespace fibonaqi::extxyz
