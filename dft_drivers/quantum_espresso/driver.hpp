// Quantum ESPRESSO's pw.x as a label driver.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/quantum_espresso/options.hpp"

namespace fibonaqi::quantum_espresso {

class Driver : public LabelDriver {
  public:
    explicit Driver(Options options);

    std::string name() const override { return "Quantum ESPRESSO"; }
    DriverCapabilities capabilities() const override;
    Json configuration() const override;
    std::vector<std::string> check(const std::vector<int>& atomic_numbers) const override;

    /// Code, namelists without numerical details, mesh, and the sha256 of every configured pseudopotential.
    /// Throws DriverError when a pseudopotential cannot be read.
    std::string fingerprint() const override;

    LabelJob prepare(const LabelRequest& request, const std::filesystem::path& directory,
                     double soft_seconds) const override;
    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const std::filesystem::path& directory) const override;

  private:
    Options options_;
};

/// Reads the configuration {"type": "qe", ...}; errors as options_from_json.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::quantum_espresso
