#include "fibonaqi/campaign/layout.hpp"

#include <set>

#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

TEST(CampaignLayout, is_absolute_and_blind_to_a_slash_at_the_end) {
    const CampaignLayout layout("runs/x/");
    EXPECT_EQ(layout.root(), fs::current_path() / "runs/x");
    EXPECT_EQ(CampaignLayout("runs/y/../x").root(), layout.root());
    EXPECT_EQ(CampaignLayout(".").root(), fs::current_path());
}

TEST(CampaignLayout, gives_every_file_a_place_of_its_own_inside_of_the_folder) {
    const CampaignLayout layout("/c");
    std::set<fs::path> paths;
    std::size_t count = 0;
    const auto add = [&](const fs::path& path) {
        paths.insert(path);
        ++count;
        EXPECT_EQ(path.string().substr(0, 3), "/c/");
    };
    for (const fs::path& path : {layout.record(), layout.ledger(), layout.lock(), layout.progress(),
                                 layout.log(), layout.report(), layout.summary(), layout.start_structure(),
                                 layout.start_model(), layout.labels(), layout.test_data()}) {
        add(path);
    }
    for (const int cycle : {0, 1, 2, 1000}) {
        for (const fs::path& path :
             {layout.cycle(cycle), layout.walker(cycle, 0), layout.walker(cycle, 12),
              layout.candidates(cycle), layout.select(cycle), layout.picks(cycle),
              layout.labelled_before(cycle), layout.train(cycle), layout.check(cycle),
              layout.check_model(cycle), layout.evaluate(cycle), layout.predictions(cycle)}) {
            add(path);
        }
        for (const fs::path& folder : {layout.check(cycle), layout.train(cycle)}) {
            add(training_files(folder).train);
            add(training_files(folder).validation);
        }
        for (const fs::path& folder :
             {layout.select(cycle), layout.check(cycle), layout.train(cycle), layout.evaluate(cycle)}) {
            const TaskFiles files = task_files(folder);
            for (const fs::path& path : {files.task, files.result, files.progress, files.log, files.usage}) {
                add(path);
            }
        }
    }
    add(layout.model(1));
    add(layout.model(2));
    EXPECT_EQ(paths.size(), count);
    EXPECT_EQ(layout.model(0), layout.start_model());
}

TEST(CampaignLayout, sorts_cycles_by_name) {
    EXPECT_EQ(CampaignLayout("/c").cycle(0), "/c/test");
    EXPECT_EQ(CampaignLayout("/c").cycle(7), "/c/cycle-007");
}

}  // namespace
}  // namespace fibonaqi
