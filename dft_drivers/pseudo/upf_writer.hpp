// Pseudopotentials as UPF version 2, which Quantum ESPRESSO reads.
#pragma once

#include <string>

#include "dft_drivers/pseudo/radial_table.hpp"

namespace fibonaqi::pseudo {

/// Text of a UPF 2.0.1 file (format: Quantum ESPRESSO, upflib/upf.xsd). Numbers have 17 digits: they
/// read back as the same doubles. There are no atomic wave functions in it: pw.x starts from random ones.
std::string upf_text(const RadialTable& table);

}  // namespace fibonaqi::pseudo
