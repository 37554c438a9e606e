#include "fibonaqi/campaign/layout.hpp"

#include <cstdio>

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

std::string numbered(const char* format, int number) {
    char text[32];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

}  // namespace

CampaignLayout::CampaignLayout(const fs::path& root) : root_(fs::absolute(root).lexically_normal()) {
    if (!root_.has_filename()) {
        root_ = root_.parent_path();  // "runs/silicon/" names the same folder
    }
    line_ = root_;
}

CampaignLayout CampaignLayout::of_arm(const std::string& name) const {
    CampaignLayout other(root_);
    other.arm_ = name;
    other.line_ = name.empty() ? root_ : root_ / name;
    return other;
}

fs::path CampaignLayout::record() const {
    return root_ / "campaign.json";
}
fs::path CampaignLayout::ledger() const {
    return root_ / "ledger.sqlite";
}
fs::path CampaignLayout::lock() const {
    return root_ / "engine.lock";
}
fs::path CampaignLayout::progress() const {
    return root_ / "progress.json";
}
fs::path CampaignLayout::log() const {
    return root_ / "engine.log";
}
fs::path CampaignLayout::report() const {
    return root_ / "report.html";
}
fs::path CampaignLayout::summary() const {
    return root_ / "summary.json";
}
fs::path CampaignLayout::start_structure() const {
    return root_ / "start.xyz";
}
fs::path CampaignLayout::start_model() const {
    return root_ / "models" / "start.safetensors";
}
fs::path CampaignLayout::model(int cycle) const {
    return cycle == 0 ? start_model() : line_ / "models" / numbered("cycle-%03d.safetensors", cycle);
}
fs::path CampaignLayout::labels() const {
    return root_ / "labels";
}

fs::path CampaignLayout::queue() const {
    return root_ / "queue";
}
fs::path CampaignLayout::pretrained() const {
    return root_ / "pretrained";
}
fs::path CampaignLayout::replay() const {
    return pretrained() / "replay.xyz";
}
fs::path CampaignLayout::forgetting() const {
    return pretrained() / "forgetting.xyz";
}

fs::path CampaignLayout::cycle(int cycle) const {
    return root_ / (cycle == 0 ? "test" : numbered("cycle-%03d", cycle));
}
fs::path CampaignLayout::cycle_of_line(int cycle_number) const {
    return cycle_number == 0 ? cycle(0) : line_ / numbered("cycle-%03d", cycle_number);
}
fs::path CampaignLayout::walker(int cycle_number, std::size_t walker) const {
    return cycle(cycle_number) / numbered("walker-%02d", static_cast<int>(walker));
}
fs::path CampaignLayout::candidates(int cycle_number) const {
    return cycle(cycle_number) / "candidates.xyz";
}
fs::path CampaignLayout::select(int cycle_number) const {
    return cycle_of_line(cycle_number) / "select";
}
fs::path CampaignLayout::picks(int cycle_number) const {
    return cycle_of_line(cycle_number) / "picks.xyz";
}
fs::path CampaignLayout::labelled_before(int cycle_number) const {
    return select(cycle_number) / "labelled.xyz";
}
fs::path CampaignLayout::train(int cycle_number) const {
    return cycle_of_line(cycle_number) / "train";
}
fs::path CampaignLayout::check(int cycle_number) const {
    return cycle_of_line(cycle_number) / "check";
}
fs::path CampaignLayout::check_model(int cycle_number) const {
    return check(cycle_number) / "model.safetensors";
}
fs::path CampaignLayout::physics(int cycle_number) const {
    return cycle_of_line(cycle_number) / "physics";
}
fs::path CampaignLayout::evaluate(int cycle_number) const {
    return cycle_of_line(cycle_number) / "evaluate";
}
fs::path CampaignLayout::predictions(int cycle_number) const {
    return evaluate(cycle_number) / "predictions.xyz";
}
fs::path CampaignLayout::test_data() const {
    return cycle(0) / "test.xyz";
}

WalkerFiles walker_files(const fs::path& folder) {
    return {folder / "start.xyz", folder / "candidates.xyz", folder / "log.lammps"};
}

TrainingFiles training_files(const fs::path& folder) {
    return {folder / "train.xyz", folder / "validation.xyz", folder / "replay.xyz"};
}

TaskFiles task_files(const fs::path& folder) {
    return {folder / "task.json", folder / "result.json", folder / "progress.jsonl",
            folder / "log",       folder / "usage.json",  folder / "job"};
}

}  // namespace fibonaqi
