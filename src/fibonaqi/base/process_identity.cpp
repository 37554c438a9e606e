#include "fibonaqi/base/process_identity.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace fibonaqi {
namespace {

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

// State letter and start time out of /proc/<pid>/stat (proc(5): fields 3 and 22). The name in field 2 may
// hold blanks and brackets, so counting starts behind the last bracket. Empty when there is no such process.
std::optional<std::pair<char, std::string>> state_and_start(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(file, text) || text.rfind(')') == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string state;
    std::string field;
    fields >> state;
    for (int number = 4; number <= 22; ++number) {
        fields >> field;
    }
    return std::pair{state.empty() ? '?' : state[0], field};
}

}  // namespace

ProcessIdentity identify(pid_t pid) {
    const auto found = state_and_start(pid);
    return {pid, found ? found->second : "gone", boot_id()};
}

bool is_alive(const ProcessIdentity& process) {
    if (process.pid <= 0 || process.boot_id != boot_id()) {
        return false;
    }
    const auto found = state_and_start(process.pid);
    return found && found->second == process.start_time && found->first != 'Z' && found->first != 'X';
}

}  // namespace fibonaqi
