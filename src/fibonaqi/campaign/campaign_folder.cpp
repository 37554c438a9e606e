#include "fibonaqi/campaign/campaign_folder.hpp"

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/start_structure.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_kind = "campaign";

void write_record(const CampaignLayout& layout, const CampaignRecord& record) {
    Json json = make_record(record_kind, campaign_folder_version);
    json["created_at"] = record.created_at;
    json["cores"] = record.cores;
    json["label_fingerprint"] = record.label_fingerprint;
    json["config"] = record.config;
    write_json(layout.record(), json);
}

// Campaigns that began before every strategy had options of its own stored those of divbs, with all defaults
// and whatever the strategy. What is a default says the same when it is left out.
Json without_default_options(Json config) {
    const Json::json_pointer place("/select/options");
    if (config.is_object() && config.contains(place) && config.at(place).is_object()) {
        for (const auto& [key, fallback] : {std::pair("pick", "draw"), std::pair("fill", "uniform")}) {
            if (config.at(place).value(key, Json()) == fallback) {
                config.at(place).erase(key);
            }
        }
    }
    return config;
}

// Labels without the ledger that knows them would be computed, and paid for, again.
void expect_ledger(const CampaignLayout& layout) {
    std::error_code ignored;
    if (fs::exists(layout.labels(), ignored) && !fs::exists(layout.ledger(), ignored)) {
        throw FormatError("campaign folder '" + layout.root().string() + "' is damaged ('" +
                          layout.ledger().filename().string() +
                          "' is gone) restore it, or begin anew in another folder");
    }
}

void copy_pretrained(const CampaignLayout& layout, const PretrainedOptions& pretrained) {
    if (!pretrained.replay.empty() || !pretrained.forgetting.empty()) {
        make_directories(layout.pretrained());
    }
    if (!pretrained.replay.empty()) {
        write_file_atomically(layout.replay(), read_file(pretrained.replay));
    }
    if (!pretrained.forgetting.empty()) {
        write_file_atomically(layout.forgetting(), read_file(pretrained.forgetting));
    }
}

}  // namespace

bool has_campaign(const CampaignLayout& layout) {
    std::error_code ignored;
    return fs::exists(layout.record(), ignored);
}

CampaignRecord open_campaign(const CampaignLayout& layout) {
    if (!has_campaign(layout)) {
        throw ConfigError("no campaign in '" + layout.root().string() +
                          "' (there is no campaign.json) begin one with 'fibonaqi run CAMPAIGN.json --dir " +
                          layout.root().string() + "'");
    }
    const std::string source = layout.record().string();
    const Json json = read_json(layout.record());
    check_record(json, record_kind, campaign_folder_version, source);
    try {
        CampaignRecord record;
        record.created_at = json.at("created_at").get<std::string>();
        record.cores = json.at("cores").get<std::size_t>();
        record.label_fingerprint = json.at("label_fingerprint").get<std::string>();
        CheckedConfig checked = check_campaign(without_default_options(json.at("config")));
        if (!checked.problems.empty()) {
            throw FormatError(describe(checked.problems, "", source + ", config"));
        }
        record.config = std::move(checked.values);
        return record;
    } catch (const Json::exception& error) {
        throw FormatError(source + ": damaged (" + error.what() + ") restore it from a backup");
    }
}

void expect_free_folder(const CampaignLayout& layout) {
    std::error_code absent;
    for (const fs::directory_entry& entry : fs::directory_iterator(layout.root(), absent)) {
        const bool is_ours = entry.path() == layout.lock() || entry.path() == layout.log() ||
                             entry.path() == layout.start_structure() ||
                             entry.path() == layout.start_model().parent_path() ||
                             entry.path() == layout.pretrained();
        if (!is_ours) {
            throw ConfigError("folder '" + layout.root().string() + "' holds other files ('" +
                              entry.path().filename().string() +
                              "') and no campaign.json; name a new folder with --dir");
        }
    }
}

CampaignRecord create_campaign(const CampaignLayout& layout, const Json& config,
                               const std::string& label_fingerprint, const fs::path& model) {
    expect_free_folder(layout);
    const CampaignOptions options = campaign_options(config);
    Frame start;
    start.structure = start_structure(options);
    make_directories(layout.start_model().parent_path());
    write_extxyz(layout.start_structure(), {start});
    write_file_atomically(layout.start_model(), read_file(model));
    copy_pretrained(layout, options.pretrained);
    const std::size_t machine = std::max(1u, std::thread::hardware_concurrency());
    CampaignRecord record{config, options.cores.value_or(machine), label_fingerprint, utc_time()};
    write_record(layout, record);
    return record;
}

void expect_same_campaign(const CampaignLayout& layout, const Json& config,
                          const std::string& label_fingerprint) {
    const CampaignRecord record = open_campaign(layout);
    expect_ledger(layout);
    std::string different;
    for (const std::string& path : fixed_differences(record.config, without_default_options(config))) {
        different += (different.empty() ? "" : ", ") + path;
    }
    if (record.label_fingerprint != label_fingerprint) {
        different += (different.empty() ? "" : ", ") +
                     std::string("label.driver, or what a pseudopotential file holds");
    }
    if (!different.empty()) {
        throw ConfigError("the campaign in '" + layout.root().string() + "' was begun with other settings (" +
                          different + ") name a new folder with --dir, or go on with 'fibonaqi resume'");
    }
}

CampaignRecord update_campaign(const CampaignLayout& layout, const Json& config,
                               const std::string& label_fingerprint) {
    expect_same_campaign(layout, config, label_fingerprint);
    CampaignRecord record = open_campaign(layout);
    if (record.config != config) {
        record.config = config;
        write_record(layout, record);
    }
    return record;
}

std::string utc_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

}  // namespace fibonaqi
