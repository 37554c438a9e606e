#include "dft_drivers/template/options.hpp"

#include <algorithm>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "dft_drivers/common/driver_config.hpp"

namespace fibonaqi::text_template {
namespace {

namespace fs = std::filesystem;

std::vector<ConfigKey> input_keys() {
    using namespace config;
    return {
        text("name", nullptr, "of the code, for messages and the key under which labels are stored")
            .required(),
        text("stdout", "stdout", "file that takes what the program prints"),
        text("stderr", "stderr", "file that takes its messages"),
        object("files", Json::object(),
               "name in the attempt directory -> {\"from\": text with placeholders}, {\"copy\": file} or "
               "{\"join\": column of elements that names a file for each species}"),
        object("variables", Json::object(), "{{var.NAME}}: texts or numbers"),
        list(ConfigKind::texts, "numerical", Json::array(),
             "variables that decide how a solution is found and not what is solved (iterations, ranks): not "
             "part of the key under which labels are stored"),
        object("elements", Json::object(),
               "symbol -> {\"NAME\": text or number} for {{element.NAME}}; empty: any element"),
        text("atom_order", "given",
             "order of {{#atoms}}; by_species: grouped, and the numbers of the output are put back in order")
            .one_of({"given", "by_species"}),
        periodicity_key({"full"}),
        flag("charge", false, "it takes charges other than 0"),
        flag("multiplicity", false, "it takes a multiplicity"),
    };
}

std::vector<ConfigKey> output_keys() {
    using namespace config;
    return {
        object("success", nullptr,
               "output file -> {\"contains\": [texts], \"absent\": [texts]}: the proof of convergence")
            .required(),
        object("failures", Json::object(),
               "output file -> {regular expression for one line: kind of failure}"),
        object("energy", nullptr, "where the energy stands").required(),
        object("forces", nullptr, "where the forces stand").required(),
        object("stress", nullptr, "where the stress stands; left out: the code gives none"),
        object("positions", nullptr, "where the output repeats the positions: they are compared"),
        object("version", nullptr, "{\"file\", \"regex\"}: the first group is the version"),
        list(ConfigKind::integers, "exit_codes_ok", Json{0}, "exit codes of a run that went well").items(1),
        object("remedies", Json::object(),
               "kind of failure -> list of {\"VARIABLE\": value}, tried in this order"),
        object("spoil", Json::object(),
               "variables with which it cannot converge: for 'fibonaqi driver test'"),
        list(ConfigKind::texts, "scratch", Json::array(),
             "files and folders of the attempt directory that are deleted after success"),
    };
}

const ConfigSchema& schema() {
    static const ConfigSchema table = [] {
        std::vector<ConfigKey> keys = program_keys({});
        for (const std::vector<ConfigKey>& more : {input_keys(), output_keys()}) {
            keys.insert(keys.end(), more.begin(), more.end());
        }
        return ConfigSchema("a program with input texts", keys);
    }();
    return table;
}

void expect_object(const Json& value, const std::string& where) {
    if (!value.is_object()) {
        refuse_key(where, "is " + value.dump().substr(0, 60) + " (an object {...} is expected)");
    }
}

std::string expect_text(const Json& value, const std::string& where) {
    if (!value.is_string() || value.get<std::string>().empty()) {
        refuse_key(where, "is " + value.dump().substr(0, 60) + " (a text is expected)");
    }
    return value.get<std::string>();
}

void expect_texts_or_numbers(const Json& table, const std::string& where) {
    expect_object(table, where);
    for (const auto& [name, value] : table.items()) {
        if (!value.is_string() && !value.is_number()) {
            refuse_key(where + "." + name, "is neither a text nor a number");
        }
    }
}

std::vector<std::string> names_of(const Json& table) {
    std::vector<std::string> names;
    for (const auto& [name, value] : table.items()) {
        names.push_back(name);
    }
    return names;
}

// Columns that every row of the table has; a text may use no other.
std::vector<std::string> element_columns(const Json& elements) {
    std::vector<std::string> columns;
    bool is_first = true;
    for (const auto& [symbol, row] : elements.items()) {
        (void)atomic_numbers_of({symbol}, "driver.elements");
        expect_texts_or_numbers(row, "elements." + symbol);
        if (is_first) {
            columns = names_of(row);
        }
        is_first = false;
        for (const std::string& column : columns) {
            if (!row.contains(column)) {
                refuse_key("elements." + symbol, "has no '" + column + "' (other elements have) add it");
            }
        }
    }
    return columns;
}

// Paths of the elements table, where a file is joined from them.
void make_absolute(Json& elements, const std::string& column, const fs::path& base,
                   const std::string& where) {
    if (elements.empty()) {
        refuse_key(where, "joins files of an empty table (driver.elements names none)");
    }
    for (auto& [symbol, row] : elements.items()) {
        if (!row.contains(column)) {
            refuse_key(where, "column '" + column + "' is not in driver.elements." + symbol + ";" +
                                  suggestion(column, names_of(row)));
        }
        row[column] =
            absolute_path(base, expect_text(row[column], "elements." + symbol + "." + column)).string();
    }
}

InputFile input_file(const std::string& to, Json& values, const fs::path& base, const TemplateNames& names) {
    const std::string where = "files." + to;
    Json& file = values["files"][to];
    expect_inside(to, where);
    if (to == values.at("stdout") || to == values.at("stderr")) {
        refuse_key(where, "is a file for the output of the program; choose another name");
    }
    expect_object(file, where);
    const std::string key = file.size() == 1 ? file.begin().key() : "";
    if (key != "from" && key != "copy" && key != "join") {
        refuse_key(where, "must have one key (from, copy or join)");
    }
    InputFile input;
    input.to = to;
    const std::string value = expect_text(file[key], where + "." + key);
    if (key == "join") {
        input.kind = InputFile::Kind::join;
        input.column = value;
        make_absolute(values["elements"], value, base, where + ".join");
        return input;
    }
    file[key] = absolute_path(base, value).string();
    input.from = file[key].get<std::string>();
    input.kind = key == "from" ? InputFile::Kind::text : InputFile::Kind::copy;
    if (key == "from") {
        try {
            const std::string text = read_file(input.from);
            input.parsed.emplace_back(text, input.from.string(), names);
            input.sha256 = sha256_hex(text);
        } catch (const FileError& error) {
            refuse_key(where + ".from", error.what());
        }
    }
    return input;
}

void read_success(Options& options) {
    for (const auto& [file, marks] : options.values.at("success").items()) {
        expect_inside(file, "success." + file);
        expect_object(marks, "success." + file);
        for (const auto& [how, texts] : marks.items()) {
            const std::string where = "success." + file + "." + how;
            if (how != "contains" && how != "absent") {
                refuse_key(where, "unknown key;" + suggestion(how, {"contains", "absent"}));
            }
            if (!texts.is_array()) {
                refuse_key(where, "is no list (a list of texts [\"...\"] is expected)");
            }
            for (const Json& text : texts) {
                options.success.push_back({file, expect_text(text, where), how == "contains"});
            }
        }
    }
    if (std::none_of(options.success.begin(), options.success.end(),
                     [](const SuccessMark& mark) { return mark.is_wanted; })) {
        refuse_key("success", "has no text under \"contains\" (a label needs proof of convergence) add one");
    }
}

void read_failures(Options& options) {
    for (const auto& [file, marks] : options.values.at("failures").items()) {
        expect_inside(file, "failures." + file);
        expect_object(marks, "failures." + file);
        for (const auto& [text, kind] : marks.items()) {
            const std::string where = "failures." + file;
            try {
                options.failures.push_back(
                    {file, pattern_from(text, where), failure_kind_from(expect_text(kind, where))});
            } catch (const FormatError& error) {
                refuse_key(where, error.what());
            }
        }
    }
}

// Of a remedy or of "spoil": known variables, none that decides what is solved.
void expect_numerical(const Options& options, const Json& set, const std::string& where) {
    expect_texts_or_numbers(set, where);
    for (const auto& [name, value] : set.items()) {
        if (!options.values.at("variables").contains(name)) {
            refuse_key(where, "variable '" + name + "' is not in driver.variables;" +
                                  suggestion(name, names_of(options.values.at("variables"))));
        }
        if (!options.is_numerical(name)) {
            refuse_key(where, "variable '" + name +
                                  "' is not listed under driver.numerical (a change of it would " +
                                  "be another physics)");
        }
    }
}

void check_changes(const Options& options) {
    for (const Json& name : options.values.at("numerical")) {
        if (!options.values.at("variables").contains(name.get<std::string>())) {
            refuse_key("numerical", "variable '" + name.get<std::string>() + "' is not in driver.variables;" +
                                        suggestion(name, names_of(options.values.at("variables"))));
        }
    }
    expect_numerical(options, options.values.at("spoil"), "spoil");
    for (const auto& [kind, steps] : options.values.at("remedies").items()) {
        try {
            (void)failure_kind_from(kind);
        } catch (const FormatError& error) {
            refuse_key("remedies", error.what());
        }
        if (!steps.is_array()) {
            refuse_key("remedies." + kind, "is no list (of objects {\"VARIABLE\": value})");
        }
        for (const Json& step : steps) {
            expect_numerical(options, step, "remedies." + kind);
        }
    }
}

}  // namespace

bool Options::is_numerical(const std::string& variable) const {
    const Json& names = values.at("numerical");
    return std::find(names.begin(), names.end(), variable) != names.end();
}

void expect_inside(const std::string& name, const std::string& where) {
    const fs::path path(name);
    const bool climbs = std::any_of(path.begin(), path.end(), [](const fs::path& part) {
        return part == ".." || part == "." || part.empty();
    });
    if (name.empty() || path.is_absolute() || climbs) {
        refuse_key(where, "'" + name + "' is no file inside the attempt directory (no /, no .., no folder)");
    }
}

std::regex pattern_from(const std::string& text, const std::string& where) {
    try {
        return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
        refuse_key(where, "'" + text + "' is no regular expression (" + error.what() + ")");
    }
}

Options options_from_json(const Json& config, const fs::path& base) {
    Options options;
    options.values = read_driver_config(schema(), config);
    std::vector<std::string> command = command_of(options.values, base);
    options.values["command"] = command;
    options.environment = environment_of(options.values);
    expect_texts_or_numbers(options.values.at("variables"), "variables");
    const TemplateNames names{names_of(options.values.at("variables")),
                              element_columns(options.values.at("elements"))};
    for (const std::string& word : command) {
        options.command.emplace_back(word, "driver.command", names);
    }
    expect_inside(options.text("stdout"), "stdout");
    expect_inside(options.text("stderr"), "stderr");
    for (const std::string& to : names_of(options.values.at("files"))) {
        options.files.push_back(input_file(to, options.values, base, names));
    }
    for (const Json& name : options.values.at("scratch")) {
        expect_inside(name.get<std::string>(), "scratch");
    }
    read_success(options);
    read_failures(options);
    options.outputs = outputs_from_json(options.values);
    check_changes(options);
    return options;
}

}  // namespace fibonaqi::text_template
