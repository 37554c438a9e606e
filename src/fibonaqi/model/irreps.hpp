// Kinds of features that rotations and reflections act on, in the notation of e3nn: "128x0e+64x1o".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi {

/// Irreducible representation of O(3): order l with 2l + 1 components, and how they behave under inversion.
struct Irrep {
    int l = 0;
    int parity = 1;  ///< 1: even ("e"), -1: odd ("o")

    std::int64_t components() const { return 2 * l + 1; }
    bool operator==(const Irrep&) const = default;
    /// The order of e3nn: by l, and in one l odd before even.
    bool operator<(const Irrep& other) const;
};

/// (-1)^l: the parity of spherical harmonics.
int natural_parity(int l);

/// `channels` copies of one irrep: "128x0e".
struct IrrepBlock {
    std::int64_t channels = 0;
    Irrep irrep;
    bool operator==(const IrrepBlock&) const = default;
};

/// Blocks in the order in which features are stored.
using Irreps = std::vector<IrrepBlock>;

/// Widest layer that a model may ask for.
inline constexpr std::int64_t most_channels = 4096;

/// Highest l that this program's tensors of coupling and spherical harmonics go to.
inline constexpr int highest_order = 4;

/// "128x0e + 64x1o", "0e" (one channel); blanks do not count. Empty for anything else, for l above
/// highest_order, no channels, or more than most_channels of them.
std::optional<Irreps> irreps_from(std::string_view text);

/// "128x0e+64x1o".
std::string text_of(const Irreps& irreps);

/// All channels of one irrep, over all its blocks.
std::int64_t channels_of(const Irreps& irreps, const Irrep& irrep);

/// Irreps of spherical harmonics up to max_ell, one channel each: "1x0e+1x1o+1x2e ...", or all even where
/// parity is not followed.
Irreps harmonics_irreps(int max_ell, bool follow_parity = true);

}  // namespace fibonaqi
