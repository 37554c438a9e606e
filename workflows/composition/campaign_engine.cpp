#include "workflows/composition/campaign_engine.hpp"

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/campaign/campaign.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/label_traffic.hpp"
#include "fibonaqi/campaign/lock.hpp"
#include "fibonaqi/campaign/task_host.hpp"

namespace fibonaqi {
namespace {

// Nothing is written into a folder with other people's files; a campaign there may be gone on with.
void prepare_folder(const CampaignLayout& layout) {
    if (!has_campaign(layout)) {
        expect_free_folder(layout);
    }
    make_directories(layout.root());
}

CampaignRecord record_of(const CampaignLayout& layout, const CampaignSetup& setup,
                         const EngineRequest& request) {
    const std::string fingerprint = setup.driver->fingerprint();
    return has_campaign(layout) ? update_campaign(layout, setup.config, fingerprint)
                                : create_campaign(layout, setup.config, fingerprint, request.start_model);
}

}  // namespace

void run_engine(const CampaignLayout& layout, const CampaignSetup& setup, const EngineRequest& request) {
    prepare_folder(layout);
    const CampaignLock lock(layout.lock());
    log::set_file(layout.log());
    const CampaignRecord record = record_of(layout, setup, request);
    const CampaignOptions options = campaign_options(record.config);
    const SisterPrograms programs{sister_program("fibonaqi-worker"), sister_program("fibonaqi-md")};
    const ExecutorsOptions& where = options.executors;
    const std::unique_ptr<Executor> executor =
        make_executor(where.label, options.label.slots.value_or(default_slots(where.label, record.cores)),
                      sister_program("fibonaqi-label"), layout.queue() / "label");
    const std::unique_ptr<TaskHost> md =
        make_task_host(where.explore, record.cores, layout.queue() / "explore");
    const std::unique_ptr<TaskHost> worker =
        make_task_host(where.train, record.cores, layout.queue() / "train");
    Ledger ledger(layout.ledger());
    CampaignProgress progress(layout.progress(), options.cycles, [&lock] { lock.touch(); });
    watch_for_stop();
    Workplace workplace{options,       layout,    programs, {*md, *worker},      ledger,
                        *setup.driver, *executor, progress, request.retry_failed};
    std::optional<LabelTraffic> traffic;
    if (options.is_async) {
        workplace.traffic = &traffic.emplace(workplace);
    }
    Campaign(workplace).run();
}

}  // namespace fibonaqi
