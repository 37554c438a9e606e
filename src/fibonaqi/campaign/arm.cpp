#include "fibonaqi/campaign/arm.hpp"

#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {
namespace {

constexpr const char* control_prefix = "control-";

}  // namespace

std::vector<Arm> control_arms(const CampaignOptions& options, const CampaignLayout& layout) {
    std::vector<Arm> arms;
    for (std::size_t i = 1; i <= options.control.seeds; ++i) {
        Arm arm{options, layout.of_arm(control_prefix + std::to_string(i))};
        arm.options.seed = static_cast<std::uint64_t>(task_seed(options.seed, "control", 0, i));
        if (options.control.strategy != options.select.strategy()) {
            arm.options.select.choice["strategy"] = options.control.strategy;
            arm.options.select.choice["options"] = Json::object();
        }
        arms.push_back(std::move(arm));
    }
    return arms;
}

std::string stage_key(const CampaignLayout& layout, const std::string& stage) {
    return layout.arm().empty() ? stage : layout.arm() + "/" + stage;
}

std::string label_purpose(const CampaignLayout& layout) {
    return layout.arm().empty() ? "train" : layout.arm();
}

bool is_of_control(const std::string& purpose) {
    return purpose.starts_with(control_prefix);
}

}  // namespace fibonaqi
