// A store of labels for tests that need no ledger.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/label/label_store.hpp"

namespace fibonaqi::test {

/// A store in memory that writes down every change, in order.
class MemoryStore : public LabelStore {
  public:
    std::optional<StoredLabel> find(const std::string& key) const override {
        const auto found = labels.find(key);
        return found == labels.end() ? std::nullopt : std::optional(found->second);
    }
    void plan(const std::vector<PlannedLabel>& planned) override {
        for (const PlannedLabel& label : planned) {
            if (labels.emplace(label.key, StoredLabel{}).second) {
                labels[label.key].key = label.key;
            }
        }
    }
    void record_intent(const std::string& key, const std::filesystem::path& directory) override {
        log.push_back("intent");
        StoredLabel& label = change(key);
        label.state = LabelState::intent;
        label.directory = directory;
        label.handle.clear();
        label.failure.reset();
        ++label.attempts;
    }
    void record_started(const std::string& key, const std::string& handle) override {
        log.push_back("started");
        change(key).state = LabelState::started;
        change(key).handle = handle;
    }
    void record_accepted(const std::string& key, const AcceptedLabel& label, const LabelCost&) override {
        log.push_back("accepted");
        change(key).state = LabelState::accepted;
        labels[key].label = label;
    }
    void record_failed(const std::string& key, const LabelFailure& failure, const LabelCost&) override {
        log.push_back("failed");
        change(key).state = LabelState::failed;
        labels[key].failure = failure;
    }
    void together(const std::function<void()>& changes) override { changes(); }

    std::map<std::string, StoredLabel> labels;
    std::vector<std::string> log;

  private:
    StoredLabel& change(const std::string& key) {
        StoredLabel& label = labels.at(key);
        FIBONAQI_EXPECT(label.state != LabelState::accepted);
        return label;
    }
};

}  // namespace fibonaqi::test
