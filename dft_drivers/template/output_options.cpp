#include <algorithm>

#include "fibonaqi/base/config_schema.hpp"

#include "dft_drivers/common/driver_config.hpp"
#include "dft_drivers/template/options.hpp"

namespace fibonaqi::text_template {
namespace {

std::vector<ConfigKey> place_keys() {
    using namespace config;
    return {
        text("file", nullptr, "output file").required(),
        text("regex", "", "for one line; its first group is the number"),
        text("after", "", "text of the line above the rows"),
        text("pointer", "", "JSON pointer to the numbers"),
        text("which", "last", "of several lines with this text").one_of({"last", "first"}),
        integer("skip", 0, "lines between that one and the first row").between(0, 1000),
        list(ConfigKind::integers, "columns", Json::array(), "of a row, counted from 1").at_least(1),
    };
}

ConfigKey sign_key(const char* help) {
    return config::integer("sign", nullptr, help).between(-1, 1).required();
}

// Keys of one source. What has no default stands for what is wrong most often: units and signs.
ConfigSchema schema_of(const std::string& name, Quantity quantity) {
    using namespace config;
    std::vector<ConfigKey> keys = place_keys();
    keys.push_back(text("unit", nullptr, "of the numbers").one_of(units_of(quantity)).required());
    if (quantity == Quantity::force) {
        keys.push_back(sign_key("1: forces, -1: the gradient of the energy"));
    } else if (quantity == Quantity::stress) {
        keys.push_back(sign_key("1: tension is positive, -1: compression is"));
        keys.push_back(list(ConfigKind::texts, "order", nullptr,
                            "components in the order in which they stand, [\"xx\", \"yy\", ...], 6 or 9")
                           .one_of({"xx", "xy", "xz", "yx", "yy", "yz", "zx", "zy", "zz"})
                           .items(6)
                           .required());
    } else if (quantity == Quantity::length) {
        keys.push_back(number("tolerance_A", 1.0e-4, "how far they may be from those asked for").above(0.0));
    }
    return {name, keys};
}

Json checked(const ConfigSchema& schema, const Json& given, const std::string& where) {
    const CheckedConfig result = schema.check(given);
    if (!result.problems.empty()) {
        std::string path = result.problems.front().pointer;
        std::replace(path.begin(), path.end(), '/', '.');
        refuse_key(where + path, result.problems.front().message);
    }
    return result.values;
}

// `per_row`: how many numbers a row may give.
NumberSource source_from(const Json& values, Quantity quantity, const std::string& where,
                         const std::vector<std::size_t>& per_row) {
    NumberSource source;
    source.quantity = quantity;
    values.at("file").get_to(source.file);
    expect_inside(source.file, where + ".file");
    values.at("regex").get_to(source.regex);
    values.at("after").get_to(source.after);
    values.at("pointer").get_to(source.pointer);
    values.at("columns").get_to(source.columns);
    values.at("skip").get_to(source.skip);
    source.takes_last = values.at("which") == "last";
    if (int(!source.regex.empty()) + int(!source.after.empty()) + int(!source.pointer.empty()) != 1) {
        refuse_key(where, "must say where the numbers stand in one way (regex, after or pointer)");
    }
    if (!source.regex.empty()) {
        if (quantity != Quantity::energy) {
            refuse_key(where + ".regex", "gives one number (of the energy only) use after or pointer");
        }
        source.compiled = pattern_from(source.regex, where + ".regex");
        if (source.compiled.mark_count() == 0) {
            refuse_key(where + ".regex", "has no group (the number stands in the first one) put it in ( )");
        }
    }
    if (!source.pointer.empty() && source.pointer.front() != '/') {
        refuse_key(where + ".pointer", "'" + source.pointer + "' is no JSON pointer (it starts with /)");
    }
    const bool fits = std::find(per_row.begin(), per_row.end(), source.columns.size()) != per_row.end();
    if (!source.after.empty() && !fits) {
        refuse_key(where + ".columns", "names " + std::to_string(source.columns.size()) +
                                           " columns (the numbers do not fill such rows)");
    }
    source.factor = factor_of(quantity, values.at("unit").get<std::string>());
    if (values.contains("sign")) {
        const int sign = values.at("sign").get<int>();
        if (sign == 0) {
            refuse_key(where + ".sign", "is 0 (1 or -1 is expected)");
        }
        source.factor *= sign;
    }
    return source;
}

NumberSource read_source(const Json& values, const char* name, Quantity quantity,
                         const std::vector<std::size_t>& per_row) {
    return source_from(checked(schema_of(name, quantity), values.at(name), name), quantity, name, per_row);
}

StressOrder order_from(const std::vector<std::string>& components) {
    StressOrder order;
    Mat3 seen{};
    for (const std::string& component : components) {
        const auto row = static_cast<std::size_t>(component[0] - 'x');
        const auto column = static_cast<std::size_t>(component[1] - 'x');
        order.emplace_back(row, column);
        seen[row][column] = seen[row][column] + 1.0;
    }
    bool is_whole = order.size() == 6 || order.size() == 9;
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            const double wanted = order.size() == 9 || row == column ? 1.0 : 0.5;
            is_whole = is_whole && (seen[row][column] + seen[column][row]) / 2.0 == wanted;
        }
    }
    if (!is_whole) {
        refuse_key("stress.order",
                   "does not name each component once (9 of them, or 6 of the symmetric tensor)");
    }
    return order;
}

}  // namespace

OutputSources outputs_from_json(const Json& values) {
    OutputSources outputs;
    outputs.energy = read_source(values, "energy", Quantity::energy, {1});
    outputs.forces = read_source(values, "forces", Quantity::force, {1, 3});
    if (!values.at("stress").is_null()) {
        const Json stress = checked(schema_of("stress", Quantity::stress), values.at("stress"), "stress");
        outputs.stress_order = order_from(stress.at("order").get<std::vector<std::string>>());
        outputs.stress = source_from(stress, Quantity::stress, "stress",
                                     outputs.stress_order.size() == 9 ? std::vector<std::size_t>{1, 3, 9}
                                                                      : std::vector<std::size_t>{1, 2, 3, 6});
    }
    if (!values.at("positions").is_null()) {
        const Json positions =
            checked(schema_of("positions", Quantity::length), values.at("positions"), "positions");
        outputs.positions = source_from(positions, Quantity::length, "positions", {3});
        positions.at("tolerance_A").get_to(outputs.tolerance_A);
    }
    if (!values.at("version").is_null()) {
        using namespace config;
        static const ConfigSchema schema(
            "version", {text("file", nullptr, "output file").required(),
                        text("regex", nullptr, "for one line; its first group is the version").required()});
        const Json version = checked(schema, values.at("version"), "version");
        outputs.version_file = version.at("file").get<std::string>();
        expect_inside(outputs.version_file, "version.file");
        outputs.version = pattern_from(version.at("regex").get<std::string>(), "version.regex");
    }
    return outputs;
}

}  // namespace fibonaqi::text_template
