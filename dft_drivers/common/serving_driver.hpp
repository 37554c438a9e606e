// A driver whose program answers request lines by reply lines (label_protocol.hpp): what all such drivers do.
#pragma once

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

class ServingDriver : public LabelDriver {
  public:
    /// Reads the reply that the supervisor put into the directory.
    LabelOutcome collect(const LabelRequest& request, const ProcessExit& exit,
                         const std::filesystem::path& directory) const final;

  protected:
    /// The program in its folder, its lines and messages going to files there.
    static LabelJob serving_job(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                                const std::filesystem::path& directory);
};

}  // namespace fibonaqi
