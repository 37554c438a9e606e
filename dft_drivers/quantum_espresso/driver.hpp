// Quantum ESPRESSO's pw.x as a label driver: single points with forces and stress.
//
// Written against 6.7 (Debian 12) and the sources of 7.0 to 7.5. Exit codes and "JOB DONE." of pw.x mean
// little: a label is accepted on its XML file alone, after the texts were searched for known failures.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/quantum_espresso/options.hpp"

namespace fibonaqi::quantum_espresso {

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options);

    std::string name() const override { return "Quantum ESPRESSO"; }
    /// Fully periodic structures only; a molecule needs a box.
    DriverCapabilities capabilities() const override;
    Json configuration() const override;

    /// Executable found; for each element a pseudopotential that exists, is whole and is for that element.
    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override;

    /// Code, namelists without numerical details, mesh, and the sha256 of every configured pseudopotential.
    /// Throws DriverError when a pseudopotential cannot be read.
    std::string fingerprint() const override;

    /// Charge and multiplicity against the electrons of the pseudopotentials (electrons.hpp).
    std::optional<LabelFailure> problem_with(const LabelRequest& request) const override;

    /// Writes pw.in; takes up what the attempt before left, if the remedy says so (remedies.hpp).
    /// Environment: one thread per rank, no daemon of Open MPI, unbuffered messages; the user's variables on
    /// top. soft_seconds becomes max_seconds of pw.x.
    LabelJob prepare(const LabelRequest& request, const LabelAttempt& attempt,
                     const std::filesystem::path& directory, double soft_seconds) const override;

    /// Order: what the supervisor saw, known messages, XML file (output_parser.hpp). A run that was over time
    /// but stopped in good order when it was asked to counts as walltime: it can go on.
    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const std::filesystem::path& directory) const override;

    /// remedies.hpp has the ladders.
    std::optional<Json> remedy(const LabelAttempt& attempt, const LabelFailure& failure) const override;
    /// One step of the self-consistent field.
    std::optional<Json> spoiled() const override;
    /// K-points, ecutwfc (ecutrho keeps its ratio), degauss where there is smearing, conv_thr.
    std::vector<ScanAxis> scan_axes(const Structure& example) const override;
    /// pw.x looks for out/fb.EXIT after every step and k-point.
    bool request_stop(const std::filesystem::path& directory) const override;

  private:
    Options options_;
};

/// Reads the configuration {"type": "qe", ...}; errors as options_from_json.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::quantum_espresso
