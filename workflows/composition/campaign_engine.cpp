#include "workflows/composition/campaign_engine.hpp"

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/campaign/campaign.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/lock.hpp"
#include "fibonaqi/label/local_executor.hpp"

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
    LocalExecutor executor(sister_program("fibonaqi-label"), options.label.slots.value_or(record.cores));
    Ledger ledger(layout.ledger());
    CampaignProgress progress(layout.progress(), options.cycles, [&lock] { lock.touch(); });
    watch_for_stop();
    const Workplace workplace{options,       layout,   programs, record.cores,        ledger,
                              *setup.driver, executor, progress, request.retry_failed};
    Campaign(workplace).run();
}

}  // namespace fibonaqi
