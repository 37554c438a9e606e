// One LAMMPS in this process, through its C library.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"

#include "lammps_plugin/style_services.hpp"

namespace fibonaqi::lammps {

/// Whether the log file of LAMMPS is begun anew or continued.
enum class LogMode { begin, append };

/// RAII. Every call asks LAMMPS afterwards whether it failed: its C library swallows errors, and a run that
/// lost every atom would look like a success. Not thread-safe. MPI is started by the first session of the
/// process.
class LammpsSession {
  public:
    /// Opens an instance that knows pair_style fibonaqi and fix fibonaqi; nothing goes to the screen. Throws
    /// ExploreError when the log cannot be written, or when LAMMPS was built without exceptions (an error
    /// would end the process).
    LammpsSession(const std::filesystem::path& log, LogMode mode, StyleServices services);
    ~LammpsSession();
    LammpsSession(const LammpsSession&) = delete;
    LammpsSession& operator=(const LammpsSession&) = delete;

    /// One line of LAMMPS's input. Throws ExploreError with LAMMPS's own words, its file and line taken off.
    void command(const std::string& line);

    /// Atoms with ids 1..n in a box without atoms (and with `atom_modify map`). `types` from 1; positions
    /// [angstrom], also outside of a periodic box; velocities [angstrom/ps] or empty. Throws ExploreError
    /// when some lie outside of another.
    void create_atoms(const std::vector<int>& types, const std::vector<Vec3>& positions,
                      const std::vector<Vec3>& velocities);

    double thermo(const std::string& keyword);  ///< value of a thermo keyword, e.g. "press" [bar]

    void* handle() const { return handle_; }

  private:
    void check() const;
    void count_images(const std::vector<double>& given);
    void close();

    void* handle_ = nullptr;
};

/// Ends MPI at the end of main, if a session has begun it. No session may be alive.
class MpiEnd {
  public:
    MpiEnd() = default;
    ~MpiEnd();
    MpiEnd(const MpiEnd&) = delete;
    MpiEnd& operator=(const MpiEnd&) = delete;
};

}  // namespace fibonaqi::lammps
