#include "fibonaqi/base/process_identity.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace fibonaqi {
namespace {

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

// Fields of /proc/<pid>/stat from the state on; empty when there is no such process. The name, field 2, may
// hold blanks and brackets, so reading starts behind the last bracket.
std::vector<std::string> stat_of(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string text;
    if (!std::getline(file, text) || text.rfind(')') == std::string::npos) {
        return {};
    }
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    return {std::istream_iterator<std::string>(fields), {}};
}

// Places of the fields that are looked at (proc(5) counts from 1, and the state is its number 3).
constexpr std::size_t state_field = 0, parent_field = 1, first_time_field = 11, start_field = 19;

// Empty when there is no such process.
std::vector<std::string> whole_stat_of(pid_t pid) {
    std::vector<std::string> fields = stat_of(std::to_string(pid));
    return fields.size() > start_field ? fields : std::vector<std::string>();
}

}  // namespace

ProcessIdentity identify(pid_t pid) {
    const std::vector<std::string> fields = whole_stat_of(pid);
    return {pid, fields.empty() ? "gone" : fields[start_field], boot_id()};
}

bool is_alive(const ProcessIdentity& process) {
    if (process.pid <= 0 || process.boot_id != boot_id()) {
        return false;
    }
    const std::vector<std::string> fields = whole_stat_of(process.pid);
    return !fields.empty() && fields[start_field] == process.start_time && fields[state_field] != "Z" &&
           fields[state_field] != "X";
}

double cpu_seconds_of(pid_t pid) {
    const std::vector<std::string> fields = whole_stat_of(pid);
    double ticks = 0.0;
    for (std::size_t i = 0; i < 4 && !fields.empty(); ++i) {  // own and children's, user and system
        ticks += std::stod(fields[first_time_field + i]);
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const std::vector<std::string> fields = stat_of(name);
        if (fields.size() > parent_field && fields[parent_field] == std::to_string(parent)) {
            children.push_back(static_cast<pid_t>(std::stol(name)));
        }
    }
    return children;
}

}  // namespace fibonaqi
