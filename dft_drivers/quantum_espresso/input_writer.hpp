// The input file of pw.x for one label.
#pragma once

#include <string>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/quantum_espresso/options.hpp"

namespace fibonaqi::quantum_espresso {

/// File names inside an attempt directory.
inline constexpr const char* input_file = "pw.in";
inline constexpr const char* stdout_file = "pw.out";
inline constexpr const char* stderr_file = "pw.err";
inline constexpr const char* crash_file = "CRASH";
inline constexpr const char* xml_file = "out/fb.xml";
inline constexpr const char* early_xml_file = "out/fb.save/data-file-schema.xml";
inline constexpr const char* out_folder = "out";
inline constexpr const char* save_folder = "out/fb.save";
inline constexpr const char* density_file = "out/fb.save/charge-density.dat";
inline constexpr const char* restart_file = "out/fb.restart_scf";  ///< there after pw.x stopped itself
inline constexpr const char* stop_file = "out/fb.EXIT";            ///< pw.x stops itself where it is there

/// Text of the input: species in the order of their atomic numbers, atoms in the order of the request,
/// lengths in angstrom with 16 digits. soft_seconds <= 0: no time limit of pw.x's own. Throws DriverError for
/// an element without a pseudopotential or a structure that is not periodic in all three directions.
std::string make_input(const Options& options, const LabelRequest& request, double soft_seconds);

/// The mesh for this cell: the given one, or n_i = ceil(|b_i| / spacing), b_i with the factor 2 pi.
std::array<int, 3> kpoint_mesh(const Options& options, const Structure& structure);

}  // namespace fibonaqi::quantum_espresso
