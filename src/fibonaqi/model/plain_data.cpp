#include "fibonaqi/model/plain_data.hpp"

#include "fibonaqi/model/module_tree.hpp"

namespace fibonaqi {
namespace {

constexpr int deepest = 8;
constexpr std::size_t most_entries = 1'000;
constexpr int most_values = 20'000;

class Converter {
  public:
    Json convert(const PickleValue& value, int depth) {
        if (depth > deepest || ++values_ > most_values) {
            return nullptr;
        }
        switch (value.kind) {
            case PickleKind::boolean:
                return value.integer != 0;
            case PickleKind::integer:
                return value.integer;
            case PickleKind::text:
                return value.text;
            case PickleKind::list:
            case PickleKind::tuple:
                return list(value, depth);
            case PickleKind::dict:
                return dict(value, depth);
            default:
                break;
        }
        const std::optional<double> number = number_of(value);
        return number ? Json(*number) : Json(nullptr);
    }

  private:
    Json list(const PickleValue& value, int depth) {
        Json items = Json::array();
        for (const PickleValue* item : value.items) {
            if (values_ > most_values) {
                return nullptr;
            }
            items.push_back(convert(*item, depth + 1));
        }
        return items;
    }

    Json dict(const PickleValue& value, int depth) {
        if (value.entries.size() > most_entries) {
            return nullptr;
        }
        Json object = Json::object();
        for (const auto& [key, item] : value.entries) {
            if (key->kind == PickleKind::text) {
                object[key->text] = convert(*item, depth + 1);
            } else if (key->kind == PickleKind::integer) {
                object[std::to_string(key->integer)] = convert(*item, depth + 1);
            }
        }
        return object;
    }

    int values_ = 0;
};

}  // namespace

Json plain_data(const PickleValue& value) {
    return Converter().convert(value, 0);
}

}  // namespace fibonaqi
