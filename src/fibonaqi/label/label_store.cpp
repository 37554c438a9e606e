#include "fibonaqi/label/label_store.hpp"

#include <array>
#include <utility>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr std::array<std::pair<LabelState, const char*>, 5> state_names{{
    {LabelState::planned, "planned"},
    {LabelState::intent, "intent"},
    {LabelState::started, "started"},
    {LabelState::accepted, "accepted"},
    {LabelState::failed, "failed"},
}};

}  // namespace

std::string to_string(LabelState state) {
    return state_names.at(static_cast<std::size_t>(state)).second;
}

LabelState label_state_from(const std::string& text) {
    for (const auto& [state, name] : state_names) {
        if (text == name) {
            return state;
        }
    }
    throw FormatError("label state '" + text + "' is not known (the ledger is damaged or newer)");
}

}  // namespace fibonaqi
