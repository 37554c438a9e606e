// Stands in for fibonaqi-md: frames with random displacements, the same for the same seed.
// FAKE_MD_CRASH_AT_K     the walker at this temperature ends by a signal, half of its frames written
// FAKE_MD_REFUSE         every walker refuses its task
// FAKE_MD_FROZEN         atoms of every frame on top of each other
#include <cmath>
#include <csignal>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/rng.hpp"

#include "tests/campaign/fakes/fake_program.hpp"

namespace fibonaqi::fake {
namespace {

Frame frame_at(const Structure& start, const Json& task, long step) {
    const double temperature = task.at("temperature_K").get<double>();
    KeyedRng random(task.at("seed").get<std::uint64_t>(), "fake md", 0, static_cast<std::uint64_t>(step));
    Frame frame;
    frame.structure = start;
    for (Vec3& position : frame.structure.positions) {
        for (double& value : position) {
            value += 0.002 * std::sqrt(temperature) * random.normal();
        }
    }
    if (!setting("FAKE_MD_FROZEN").empty()) {
        frame.structure.positions[1] = frame.structure.positions[0];
    }
    frame.labels.energy = -1.0;
    frame.labels.forces.resize(start.size());
    frame.info["cycle"] = task.at("cycle").get<long>();
    frame.info["walker"] = task.at("walker").get<long>();
    frame.info["step"] = step;
    frame.info["target_temperature_K"] = temperature;
    frame.info["temperature_K"] = temperature + 1.0;
    frame.info["reason"] = std::string("harvest");
    return frame;
}

Json walk(const Json& task) {
    note_launch("md " + task.at("cycle").dump() + " " + task.at("walker").dump());
    take_time();
    if (!setting("FAKE_MD_REFUSE").empty()) {
        throw ModelError("the model does not know this element (it was refused) choose another");
    }
    const Structure start = read_extxyz(task.at("structure").get<std::string>()).frames.at(0).structure;
    const long steps = task.at("steps").get<long>();
    const Json& harvest = task.at("harvest");
    std::vector<Frame> frames;
    for (long step = harvest.at("first_step"); step <= steps; step += harvest.at("every_steps").get<long>()) {
        frames.push_back(frame_at(start, task, step));
        say_progress("md", static_cast<std::size_t>(step), static_cast<std::size_t>(steps));
    }
    const std::string file = task.at("candidates").get<std::string>();
    const bool is_doomed =
        setting("FAKE_MD_CRASH_AT_K") == std::to_string(std::lround(task.at("temperature_K").get<double>()));
    if (is_doomed) {
        frames.resize(frames.size() / 2);
    }
    write_extxyz(file, frames, {""});
    if (is_doomed) {
        std::cerr << "about to crash\n";
        std::raise(SIGSEGV);
    }
    return {{"status", "completed"},
            {"steps", steps},
            {"candidates", frames.size()},
            {"events", Json::array()},
            {"steps_per_second", 50.0}};
}

}  // namespace
}  // namespace fibonaqi::fake

int main(int argc, char** argv) {
    return fibonaqi::fake::run_task(argc, argv, fibonaqi::fake::walk);
}
