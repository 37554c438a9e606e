// The conformance kit: does a label driver tell the truth?
//
// From one example structure follow some labels to compute (runs), and from their outcomes findings: units,
// signs and order by finite differences of the energy, symmetry, honesty. Nothing is known of the driver but
// its interface. How the runs are computed is the caller's business.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// A label that the kit wants, under a name of its own.
struct ConformanceRun {
    std::string name;
    LabelRequest request;
    Json changes = Json::object();  ///< LabelAttempt::changes
};

/// What one check found. `unproven`: neither right nor wrong could be shown, and why.
struct ConformanceFinding {
    enum class Verdict { passed, failed, unproven };
    std::string check;
    Verdict verdict = Verdict::passed;
    std::string text;  ///< what was measured; for a failure with the likely cause
};
std::string to_string(ConformanceFinding::Verdict verdict);

/// Sizes of displacements and what is let pass, each time an error plus a share of the largest force or
/// stress. Forces and energies of one program agree to 6e-5 eV/angstrom or better in all shipped examples;
/// grids that do not move along with the atoms, and plane waves that change with the cell, cost more.
struct ConformanceOptions {
    double displacement_A = 0.005;
    double strain = 0.003;
    double force_error_eV_per_A = 5.0e-4;  ///< against differences of energies
    double relative_force_error = 0.001;
    double moved_force_error_eV_per_A = 0.003;  ///< of a moved, turned or repeated structure
    double stress_error_eV_per_A3 = 3.0e-4;     ///< 0.05 GPa
    double relative_error = 0.01;               ///< of stress, and of forces of a moved structure
    double energy_error_eV_per_atom = 2.0e-4;   ///< of a moved, turned or repeated structure
};

using ConformanceOutcomes = std::map<std::string, LabelOutcome>;  ///< by the name of the run

class ConformanceKit {
  public:
    /// `example`: a structure out of equilibrium, of low symmetry, that the driver labels in little time;
    /// with want_stress where the driver gives one for it.
    ConformanceKit(const LabelDriver& driver, LabelRequest example, ConformanceOptions options);

    /// Every label that judge() looks at. "example" is the structure itself.
    const std::vector<ConformanceRun>& runs() const { return runs_; }

    /// One finding per check, in the order in which a user reads them; where the example itself has no label,
    /// that alone. `outcomes` holds every run.
    std::vector<ConformanceFinding> judge(const ConformanceOutcomes& outcomes) const;

  private:
    void add(const std::string& name, LabelRequest request, Json changes = Json::object());
    void add_displacements();
    void add_strains();

    const LabelDriver& driver_;
    LabelRequest example_;
    ConformanceOptions options_;
    std::vector<ConformanceRun> runs_;
};

/// Whether an output that was cut in the middle, or is for another structure, is taken for a label: findings
/// "half an output" and "another structure". `directory` holds the output of the example's run and is
/// changed.
std::vector<ConformanceFinding> judge_damaged_output(const LabelDriver& driver, const LabelRequest& example,
                                                     const std::filesystem::path& directory);

}  // namespace fibonaqi
