// Any cell in LAMMPS's axes, and back.
//
// LAMMPS wants a = (lx, 0, 0), b = (xy, ly, 0), c = (xz, yz, lz) with positive lengths, tilts of at most half
// a length, and no tilt towards a direction that is not periodic. Every cell has such a description of the
// same lattice: periodic vectors first, combined with whole numbers (which also turns a left-handed cell into
// a right-handed one of the same crystal), then a proper rotation. Nothing is mirrored.
#pragma once

#include <array>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi::lammps {

/// Made from one structure; holds for every frame that started from it, also when the cell breathes.
class LammpsAxes {
  public:
    /// Throws ConfigError when a periodic direction has no cell vector, or the vectors are (nearly) parallel.
    explicit LammpsAxes(const Structure& structure);

    /// Which directions of LAMMPS are periodic: those come first.
    const std::array<bool, 3>& pbc() const { return pbc_; }
    /// Cell rows in LAMMPS's axes, lower triangular; rows of directions that are not periodic are unit
    /// vectors.
    const Mat3& cell() const { return lammps_cell_; }

    Vec3 to_lammps(const Vec3& v) const;
    Vec3 from_lammps(const Vec3& v) const;
    Mat3 tensor_from_lammps(const Mat3& t) const;  ///< R^T t R

    /// The cell as the structure has it, for LAMMPS's present box. Bit for bit the original one while
    /// LAMMPS's box is what cell() says; directions that are not periodic keep their row.
    Mat3 cell_from_lammps(const Mat3& lammps_cell) const;

  private:
    void choose_lattice(const Structure& structure);
    void reduce_tilts();

    std::array<bool, 3> pbc_{};
    std::array<std::size_t, 3> original_{};  // direction of the structure that LAMMPS's direction stands for
    Mat3 original_cell_{};
    Mat3 lattice_{};  // LAMMPS's three vectors in the axes of the structure
    std::array<std::array<long, 3>, 3>
        combination_{};  // lattice row i = sum over j of [i][j] * original row j
    Mat3 rotation_{};    // rows: LAMMPS's axes in the axes of the structure
    Mat3 lammps_cell_{};
};

}  // namespace fibonaqi::lammps
