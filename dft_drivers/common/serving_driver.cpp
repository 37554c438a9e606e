#include "dft_drivers/common/serving_driver.hpp"

#include <utility>

#include "fibonaqi/label/label_protocol.hpp"

namespace fibonaqi {

LabelOutcome ServingDriver::collect(const LabelRequest& request, const ProcessExit& exit,
                                    const std::filesystem::path& directory) const {
    return collect_reply(request, exit, directory);
}

LabelJob ServingDriver::serving_job(std::vector<std::string> argv,
                                    std::map<std::string, std::string> environment,
                                    const std::filesystem::path& directory) {
    LabelJob job;
    job.argv = std::move(argv);
    job.environment = std::move(environment);
    job.directory = directory;
    job.stdout_file = directory / "replies.jsonl";
    job.stderr_file = directory / "stderr";
    return job;
}

}  // namespace fibonaqi
