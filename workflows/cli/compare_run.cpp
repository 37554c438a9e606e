#include "workflows/cli/compare_run.hpp"

#include <algorithm>
#include <numeric>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/number_text.hpp"

#include "workflows/cli/config_file.hpp"
#include "workflows/cli/pool_choice.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

// A line's settings with the content of the models that it names.
Json identity_of(const CompareLine& line) {
    Json select = line.select;
    if (!select.at("teacher").is_null()) {
        select["teacher"] = content_of(select.at("teacher").get<std::string>());
    }
    for (Json& member : select["committee"]) {
        member = content_of(member.get<std::string>());
    }
    return select;
}

class Runner {
  public:
    Runner(const ComparePlan& plan, const ComparePool& frames)
        : plan_(plan), frames_(frames), kept_(plan.output / "runs"), work_(plan.output / "work") {
        make_directories(kept_);
        make_directories(work_);
        write_extxyz(work_ / "test.xyz", frames.test);
        common_ = common();
    }

    Json initial() {
        return kept(common_, [&] { return errors(plan_.values.at("model"), true); });
    }

    Json run(const CompareLine& line, std::size_t seed) {
        const Json same{
            {"common", common_}, {"select", identity_of(line)}, {"seed", seed}, {"rounds", plan_.rounds}};
        return kept(same, [&] { return all_rounds(line, seed); });
    }

    ~Runner() {
        std::error_code ignored;  // nothing is lost with what stays
        fs::remove_all(work_, ignored);
    }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

  private:
    // What decides the result of every run: content of files, and settings.
    Json common() const {
        std::string text;
        for (const std::vector<Frame>* part : {&frames_.pool, &frames_.test}) {
            for (const Frame& frame : *part) {
                text += to_extxyz(frame);
            }
            text += "\n";
        }
        return {{"frames", sha256_hex(text)},
                {"model", content_of(plan_.values.at("model").get<std::string>())},
                {"settings", plan_.values.at("settings")},
                {"dtype", plan_.values.at("dtype")}};
    }

    template <typename Compute>
    Json kept(const Json& same, const Compute& compute) const {
        const fs::path file = kept_ / (sha256_hex(same.dump()).substr(0, 16) + ".json");
        if (!fs::exists(file)) {
            write_json(file, compute());
        }
        return read_json(file);
    }

    Json task(const char* name) const {
        Json record = make_record("worker-task", 1);
        record["task"] = name;
        record["threads"] = plan_.values.at("threads");
        record["dtype"] = plan_.values.at("dtype");
        return record;
    }

    WorkerRun work(const Json& record) const {
        return run_worker_quietly(record, plan_.output / "worker.log");
    }

    Json errors(const Json& model, bool fit_e0) const {
        Json record = task("evaluate");
        record["model"] = model;
        record["data"] = (work_ / "test.xyz").string();
        record["fit_e0"] = fit_e0;
        const Json result = work(record).result;
        return {{"energy", result.at("energy")}, {"forces", result.at("forces")}};
    }

    std::vector<Frame> frames_at(const std::vector<std::size_t>& ids) const {
        std::vector<Frame> some;
        for (const std::size_t id : ids) {
            some.push_back(frames_.pool[id]);
        }
        return some;
    }

    // One run between two rounds.
    struct Course {
        std::vector<std::size_t> left, taken;  // places in the pool, ascending
        Json model;                            // of the round before
        Json record;
    };

    Course beginning(std::size_t seed) const {
        Course course;
        course.left.resize(frames_.pool.size());
        std::iota(course.left.begin(), course.left.end(), std::size_t{0});
        course.model = plan_.values.at("model");
        course.record = {{"seed", seed},
                         {"rounds", Json::array()},
                         {"picks", Json::array()},
                         {"selection_cpu_seconds", 0.0},
                         {"training_cpu_seconds", 0.0}};
        return course;
    }

    static void add(Course& course, const char* key, double seconds) {
        course.record[key] = course.record[key].get<double>() + seconds;
    }

    // Places in course.left, in the order of picking.
    std::vector<std::size_t> chosen(const CompareLine& line, std::size_t seed, Course& course) const {
        const Json labelled = course.taken.empty() ? Json(nullptr) : Json((work_ / "labelled.xyz").string());
        Json record = pool_choice_task(line.select, (work_ / "pool.xyz").string(), course.model, labelled);
        record["threads"] = plan_.values.at("threads");
        if (record.contains("model")) {
            record["dtype"] = plan_.values.at("dtype");
        }
        record["seed"] = seed;
        record["cycle"] = course.record.at("rounds").size();
        const WorkerRun run = work(record);
        add(course, "selection_cpu_seconds", run.cpu_seconds);
        std::vector<std::size_t> places;
        for (const Json& pick : run.result.at("picks")) {
            places.push_back(pick.at("id").get<std::size_t>());
        }
        return places;
    }

    void choose(const CompareLine& line, std::size_t seed, Course& course) const {
        write_extxyz(work_ / "pool.xyz", frames_at(course.left));
        std::vector<std::size_t> picks = chosen(line, seed, course);
        for (std::size_t& pick : picks) {
            pick = course.left[pick];
        }
        course.record["picks"].push_back(picks);
        course.taken.insert(course.taken.end(), picks.begin(), picks.end());
        std::sort(course.taken.begin(), course.taken.end());  // a training does not learn the order of picks
        std::erase_if(course.left, [&](std::size_t id) {
            return std::binary_search(course.taken.begin(), course.taken.end(), id);
        });
        write_extxyz(work_ / "labelled.xyz", frames_at(course.taken));
    }

    void train(std::size_t seed, Course& course) const {
        Json record = task("train");
        record["model"] = plan_.values.at("model");
        record["train"] = (work_ / "labelled.xyz").string();
        record["validation_share"] = 0;
        record["keep"] = "last";
        record["seed"] = seed;
        record["output"] = (work_ / "tuned.safetensors").string();
        record["settings"] = plan_.values.at("settings");
        add(course, "training_cpu_seconds", work(record).cpu_seconds);
        course.model = record.at("output");
    }

    void measure(Course& course) const {
        Json measured = errors(course.model, false);
        measured["labels"] = course.taken.size();
        course.record["rounds"].push_back(std::move(measured));
    }

    Json all_rounds(const CompareLine& line, std::size_t seed) const {
        Course course = beginning(seed);
        for (std::size_t round = 0; round < plan_.rounds; ++round) {
            choose(line, seed, course);
            train(seed, course);
            measure(course);
        }
        return course.record;
    }

    const ComparePlan& plan_;
    const ComparePool& frames_;
    fs::path kept_, work_;
    Json common_;
};

void say_done(const CompareLine& line, const Json& run) {
    log::info(line.name + ", seed " + run.at("seed").dump() + ": force RMSE " +
              number_text(run.at("rounds").back().at("forces").at("rmse_eV_per_A"), "%.4f") + " eV/A with " +
              run.at("rounds").back().at("labels").dump() + " labels");
}

}  // namespace

Json run_comparison(const ComparePlan& plan, const ComparePool& frames) {
    Runner runner(plan, frames);
    Json result{{"initial", runner.initial()}, {"lines", Json::array()}};
    for (const CompareLine& line : plan.lines) {
        result["lines"].push_back(Json{{"name", line.name},
                                       {"strategy", line.select.at("strategy")},
                                       {"select", line.select},
                                       {"runs", Json::array()}});
    }
    for (std::size_t seed = 1; seed <= plan.seeds; ++seed) {
        for (std::size_t i = 0; i < plan.lines.size(); ++i) {
            Json run = runner.run(plan.lines[i], seed);
            say_done(plan.lines[i], run);
            result["lines"][i]["runs"].push_back(std::move(run));
        }
    }
    return result;
}

}  // namespace fibonaqi::cli
