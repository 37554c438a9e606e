// Extended XYZ: what ASE 3.22 to 3.29, MACE and others write, and what they can read.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"

namespace fibonaqi {

/// Which keys the labels of a file came from, and what was odd: shown to the user before anything is
/// computed.
struct KeyAudit {
    std::size_t frames = 0;
    std::map<std::string, std::size_t> energy_keys;  ///< key -> number of frames
    std::map<std::string, std::size_t> forces_keys;
    std::map<std::string, std::size_t> stress_keys;  ///< stress, virial (converted: stress = -virial/V)
    std::vector<std::string> notes;                  ///< e.g. "12 frames have forces that are all zero"

    std::string report() const;  ///< a few lines for people
};

struct FrameFile {
    std::vector<Frame> frames;
    KeyAudit audit;
};

/// Reads all frames. REF_energy, REF_forces, REF_stress (REF_virials) win over energy (free_energy), forces
/// (force), stress (virial, virials). Plain energy wins over free_energy, as in MACE and ASE; the audit notes
/// where both differ (forces follow the free energy). Stress of 6 numbers is Voigt xx yy zz yz xz xy, of 9 a
/// matrix. Throws FileError, and FormatError "file:line: problem" for a line that cannot be read.
FrameFile read_extxyz(const std::filesystem::path& path);

/// As read_extxyz from a stream; `name` is used in messages.
FrameFile read_extxyz(std::istream& input, const std::string& name);

/// Prefix of the label keys: "REF_" for data sets (survives ASE >= 3.23), "" for predictions.
struct ExtxyzOptions {
    std::string label_prefix = "REF_";
};

/// One frame as text: Lattice, Properties (species:S:1:pos:R:3[:forces...]), labels, info, pbc. Numbers have
/// as many digits as they need to survive a round trip bit for bit (at most 17).
std::string to_extxyz(const Frame& frame, const ExtxyzOptions& options = {});

/// Writes atomically (write_file_atomically).
void write_extxyz(const std::filesystem::path& path, const std::vector<Frame>& frames,
                  const ExtxyzOptions& options = {});

}  // namespace fibonaqi
