#include "fibonaqi/campaign/pretrained.hpp"

#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/campaign/candidate_pool.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// Candidates of the test set that were not taken: the test set must stay unseen.
std::vector<Frame> frames_of_md(const Workplace& place) {
    std::set<std::string> taken;
    const std::vector<Frame> picks = read_extxyz(place.layout.picks(0)).frames;
    for (const Frame& frame : picks) {
        taken.insert(structure_hash(frame.structure));
    }
    std::vector<Frame> free = read_extxyz(place.layout.candidates(0)).frames;
    std::erase_if(free, [&](const Frame& frame) { return taken.contains(structure_hash(frame.structure)); });
    std::vector<Frame> chosen;
    for (const std::size_t index : evenly_spread(free.size(), place.options.pretrained.md_frames)) {
        chosen.push_back(free[index]);
    }
    return chosen;
}

std::vector<Frame> replay_frames(const Workplace& place) {
    const PretrainedOptions& pretrained = place.options.pretrained;
    std::vector<Frame> frames;
    if (!pretrained.replay.empty()) {
        frames = read_extxyz(place.layout.replay()).frames;
    }
    if (pretrained.md_frames > 0) {
        const std::vector<Frame> of_md = frames_of_md(place);
        frames.insert(frames.end(), of_md.begin(), of_md.end());
    }
    return frames;
}

}  // namespace

void add_pretrained(const Workplace& place, const fs::path& folder, Json& task) {
    const std::vector<Frame> replay = replay_frames(place);
    if (!replay.empty()) {
        const fs::path file = training_files(folder).replay;
        write_extxyz(file, replay);
        task["replay"] = file.string();
    }
    if (!place.options.pretrained.forgetting.empty()) {
        task["forgetting"] = place.layout.forgetting().string();
    }
    if (task.contains("replay") || task.contains("forgetting")) {
        task["initial_model"] = place.layout.start_model().string();
    }
}

bool is_alarming(const Json& forgetting) {
    return forgetting.is_object() && forgetting.value("is_alarming", false);
}

bool keeps_from_promotion(const Workplace& place, const Json& forgetting) {
    if (!is_alarming(forgetting)) {
        return false;
    }
    const bool has_gate = place.options.pretrained.has_gate;
    log::warning(
        "the new model forgets what the starting model was good at: " + forgetting.value("finding", "") +
        (has_gate ? " (it is not promoted: pretrained.gate)" : " (it may go on: pretrained.gate)"));
    return has_gate;
}

Json pretrained_force_rmse(const Json& forgetting, const std::string& model) {
    const Json::json_pointer pointer("/" + model + "/forces/rmse_eV_per_A");
    return forgetting.is_object() && forgetting.contains(pointer) ? forgetting.at(pointer) : Json(nullptr);
}

}  // namespace fibonaqi
