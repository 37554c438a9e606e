#include "fibonaqi/model/model_card.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr double largest_cutoff = 100.0;  // [angstrom]
constexpr int most_layers = 64;

// Takes checked members out of a card's JSON.
class CardReader {
  public:
    CardReader(const Json& record, const std::string& source) : record_(record), source_(source) {}

    [[noreturn]] void fail(const std::string& problem) const {
        throw ModelError(source_ + ": model card: " + problem);
    }
    const Json& member(const char* key) const {
        const auto found = record_.find(key);
        if (found == record_.end()) {
            fail(std::string("'") + key + "' is missing");
        }
        return *found;
    }
    std::string text(const char* key) const {
        const Json& value = member(key);
        if (!value.is_string()) {
            fail(std::string("'") + key + "' is not a text");
        }
        return value.get<std::string>();
    }
    double number(const char* key, const Json& value) const {
        if (!value.is_number() || !std::isfinite(value.get<double>())) {
            fail(std::string("'") + key + "' holds " + value.dump() + " (a number is expected)");
        }
        return value.get<double>();
    }
    int integer(const char* key, const Json& value, int least, int most) const {
        if (!value.is_number_integer() || value < least || value > most) {
            fail(std::string("'") + key + "' holds " + value.dump() + " (an integer from " +
                 std::to_string(least) + " to " + std::to_string(most) + " is expected)");
        }
        return value.get<int>();
    }
    const Json& list(const char* key) const {
        const Json& value = member(key);
        if (!value.is_array()) {
            fail(std::string("'") + key + "' is not a list");
        }
        return value;
    }
    Json object(const char* key, bool may_be_null) const {
        const Json& value = member(key);
        if (!value.is_object() && !(may_be_null && value.is_null())) {
            fail(std::string("'") + key + "' is not an object");
        }
        return value;
    }

  private:
    const Json& record_;
    std::string source_;
};

void read_elements(const CardReader& reader, ModelCard& card) {
    for (const Json& number : reader.list("species")) {
        card.species.push_back(reader.integer("species", number, 1, largest_atomic_number));
    }
    for (const Json& energy : reader.list("e0_eV")) {
        card.e0.push_back(reader.number("e0_eV", energy));
    }
    const std::set<int> distinct(card.species.begin(), card.species.end());
    if (card.species.empty() || distinct.size() != card.species.size()) {
        reader.fail("'species' is empty or names an element twice");
    }
    if (card.e0.size() != card.species.size()) {
        reader.fail("'e0_eV' has " + std::to_string(card.e0.size()) + " values for " +
                    std::to_string(card.species.size()) + " species");
    }
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string text_or(const Json& object, const char* key, const std::string& otherwise) {
    const bool present = object.is_object() && object.contains(key) && object[key].is_string();
    return present ? object[key].get<std::string>() : otherwise;
}

std::string element_list(const std::vector<int>& species) {
    std::string text;
    for (const int number : species) {
        text += (text.empty() ? "" : " ") + symbol(number);
    }
    return text;
}

std::string brief(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

// A number deep inside a record that nobody has checked, or "?".
std::string number_at(const Json& record, const char* pointer) {
    const Json::json_pointer place(pointer);
    return record.contains(place) && record.at(place).is_number() ? brief(record.at(place).get<double>())
                                                                  : "?";
}

// The last entry of provenance["training"], which `fibonaqi train` writes.
std::string training_line(const Json& provenance) {
    if (!provenance.is_object() || !provenance.contains("training") || !provenance["training"].is_array() ||
        provenance["training"].empty()) {
        return "";
    }
    const Json& list = provenance["training"];
    const Json& last = list.back();
    const std::string after = number_at(last, "/validation/after/forces/rmse_eV_per_A");
    return "training      " + std::to_string(list.size()) + " so far, the last on " +
           number_at(last, "/data/train/frames") + " frames" +
           (after == "?"
                ? " without validation"
                : "; validation force RMSE " + number_at(last, "/validation/before/forces/rmse_eV_per_A") +
                      " before, " + after + " eV/angstrom after") +
           "\n";
}

}  // namespace

Json to_json(const ModelCard& card) {
    Json record = make_record("model", ModelCard::newest_version);
    record["name"] = card.name;
    record["architecture"] = card.architecture;
    record["hyperparameters"] = card.hyperparameters.is_null() ? Json::object() : card.hyperparameters;
    record["species"] = card.species;
    record["e0_eV"] = card.e0;
    record["cutoff_A"] = card.cutoff;
    record["layers"] = card.layers;
    record["dtype"] = card.dtype;
    record["parent_sha256"] = card.parent_sha256;
    record["provenance"] = card.provenance.is_null() ? Json::object() : card.provenance;
    record["uncertainty"] = card.uncertainty;
    return record;
}

ModelCard model_card_from_json(const Json& record, const std::string& source) {
    try {
        check_record(record, "model", ModelCard::newest_version, source + ": model card");
    } catch (const FormatError& error) {
        throw ModelError(error.what());
    }
    const CardReader reader(record, source);
    ModelCard card;
    card.name = reader.text("name");
    card.architecture = reader.text("architecture");
    card.hyperparameters = reader.object("hyperparameters", false);
    read_elements(reader, card);
    card.cutoff = reader.number("cutoff_A", reader.member("cutoff_A"));
    card.layers = reader.integer("layers", reader.member("layers"), 1, most_layers);
    card.dtype = reader.text("dtype");
    card.parent_sha256 = reader.text("parent_sha256");
    card.provenance = reader.object("provenance", true);
    card.uncertainty = reader.object("uncertainty", true);
    if (card.architecture.empty()) {
        reader.fail("'architecture' is empty");
    }
    if (!(card.cutoff > 0.0 && card.cutoff <= largest_cutoff)) {
        reader.fail("'cutoff_A' is " + brief(card.cutoff) +
                    " (above 0 and at most 100 angstrom is expected)");
    }
    if (card.dtype != "float32" && card.dtype != "float64") {
        reader.fail("'dtype' is '" + card.dtype + "' (known: float32, float64)");
    }
    if (!card.parent_sha256.empty() && !is_sha256(card.parent_sha256)) {
        reader.fail("'parent_sha256' is not a sha256 (64 hexadecimal digits)");
    }
    return card;
}

std::string describe(const ModelCard& card) {
    std::string text = "name          " + card.name + "\narchitecture  " + card.architecture + ", " +
                       std::to_string(card.layers) + (card.layers == 1 ? " layer" : " layers") + ", cutoff " +
                       brief(card.cutoff) + " angstrom\nweights       ";
    const Json& hyper = card.hyperparameters;
    if (hyper.is_object() && hyper.contains("n_parameters") && hyper["n_parameters"].is_number_integer()) {
        text += hyper["n_parameters"].dump() + " parameters, ";
    }
    text += card.dtype + "\nelements      " + std::to_string(card.species.size()) + ": " +
            element_list(card.species) + "\nlicence       " +
            text_or(card.provenance, "licence", "not stated") + "\nsource        " +
            text_or(card.provenance, "source", "not stated") + "\n";
    const std::string citation = text_or(card.provenance, "citation", "");
    text += citation.empty() ? "" : "citation      " + citation + "\n";
    text += card.parent_sha256.empty() ? "" : "trained from  " + card.parent_sha256 + "\n";
    text += training_line(card.provenance);
    text += card.uncertainty.is_null() ? "" : "uncertainty   calibrated\n";
    return text;
}

}  // namespace fibonaqi
