// Configurations inside of pickles: dicts and lists of numbers and texts.
#pragma once

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/pickle_reader.hpp"

namespace fibonaqi {

/// The value as JSON; keys that are integers become texts. What is no plain data (objects, tensors, values
/// nested deeper than 8, dicts of more than 1,000 entries, anything beyond 20,000 values in all) becomes
/// null. Texts may hold any bytes: see shown() before they go into messages.
Json plain_data(const PickleValue& value);

}  // namespace fibonaqi
