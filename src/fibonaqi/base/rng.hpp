// Counter-based random numbers: every draw is a pure function of its key.
//
// A key is (campaign seed, purpose, cycle, item) and a draw number. There is no state to save, so a resumed
// run makes the same choices, bit for bit, as an unbroken one, whatever the order of threads or chunks.
#pragma once

#include <cstdint>
#include <string_view>

namespace fibonaqi {

/// One stream of random numbers. Copying it copies the position. The law is that of Philox 4x32-10
/// (Salmon et al., SC11), keyed by a SHA-256 of the four parts of the key.
class KeyedRng {
  public:
    KeyedRng(std::uint64_t seed, std::string_view purpose, std::uint64_t cycle = 0, std::uint64_t item = 0);

    std::uint64_t bits();  ///< 64 random bits
    double uniform();      ///< in the open interval (0, 1), 52 bits
    double normal();       ///< mean 0, variance 1 (Box-Muller, one value of the pair per call)
    double gumbel();       ///< standard Gumbel: -log(-log(uniform))
    std::uint64_t below(std::uint64_t n);  ///< uniform in 0..n-1 without bias; n > 0

  private:
    std::uint32_t key_[2];
    std::uint64_t high_;  // the upper half of the Philox counter: also from the key
    std::uint64_t draw_ = 0;
};

}  // namespace fibonaqi
