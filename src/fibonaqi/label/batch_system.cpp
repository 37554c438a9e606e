#include "fibonaqi/label/batch_system.hpp"

#include <cmath>
#include <cstdio>
#include <sstream>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {

std::unique_ptr<BatchSystem> make_batch_system(const std::string& name) {
    FIBONAQI_EXPECT(name == "slurm" || name == "pbs" || name == "lsf");
    return name == "slurm" ? make_slurm() : name == "pbs" ? make_pbs() : make_lsf();
}

std::string hours_minutes(double minutes, bool has_seconds) {
    const auto whole = static_cast<long>(std::ceil(minutes));
    char text[48];
    std::snprintf(text, sizeof text, has_seconds ? "%ld:%02ld:00" : "%ld:%02ld", whole / 60, whole % 60);
    return text;
}

std::vector<std::string> split_text(const std::string& text, char separator) {
    constexpr const char* blanks = " \t\r\n";
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) {
        const std::size_t begin = part.find_first_not_of(blanks);
        parts.push_back(
            begin == std::string::npos ? "" : part.substr(begin, part.find_last_not_of(blanks) - begin + 1));
    }
    return parts;
}

std::vector<std::string> with_script(std::vector<std::string> argv, const BatchJob& job) {
    argv.insert(argv.end(), job.resources.extra.begin(), job.resources.extra.end());
    argv.push_back(job.script.string());
    return argv;
}

std::vector<BatchStatus> read_status_lines(const std::string& output,
                                           BatchPhase (*phase_of)(const std::string& state),
                                           const std::string& no_reason) {
    std::vector<BatchStatus> jobs;
    for (const std::string& line : split_text(output, '\n')) {
        const std::vector<std::string> fields = split_text(line, '|');
        if (fields.size() >= 3) {
            jobs.push_back({fields[0], fields[2], phase_of(fields[1]), fields[1],
                            fields.size() > 3 && fields[3] != no_reason ? fields[3] : ""});
        }
    }
    return jobs;
}

}  // namespace fibonaqi
