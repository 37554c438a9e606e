// A configuration schema as text: commented example, JSON Schema, problems with their lines.
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "fibonaqi/base/config_schema.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t comment_width = 104;

std::string last_name(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
}

// "// words", broken into lines.
std::string comment(const std::string& text, const std::string& indent) {
    std::string out;
    std::string line;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + word.size() + 1 > comment_width - indent.size()) {
            out.append(indent).append("// ").append(line).append("\n");
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return out + indent + "// " + line + "\n";
}

std::string help_text(const ConfigKey& key) {
    std::string text = key.help;
    for (std::size_t i = 0; i < key.choices.size(); ++i) {
        text += (i == 0 ? "; one of " : ", ") + key.choices[i];
    }
    const std::string fallback = key.fallback.dump();
    if (key.kind != ConfigKind::section && fallback != "null" && fallback != R"("")") {
        text += " (default " + fallback + ")";
    }
    return text;
}

// Short values on one line, others indented to their place.
std::string value_text(const Json& value, const std::string& indent) {
    std::string flat = value.dump();
    if (!value.is_structured() || flat.size() <= 60) {
        return flat;
    }
    const std::string inner = indent + "  ";
    std::string text;
    for (const auto& [key, part] : value.items()) {
        text += (text.empty() ? "\n" : ",\n") + inner;
        text += (value.is_object() ? Json(key).dump() + ": " : "") + value_text(part, inner);
    }
    return (value.is_object() ? "{" : "[") + text + "\n" + indent + (value.is_object() ? "}" : "]");
}

// What stands in the place of a value that is not given.
const char* placeholder(ConfigKind kind) {
    switch (kind) {
        case ConfigKind::section:
        case ConfigKind::object:
            return "{...}";
        case ConfigKind::text:
            return "\"...\"";
        case ConfigKind::texts:
        case ConfigKind::integers:
        case ConfigKind::numbers:
            return "[...]";
        default:
            return "...";
    }
}

const char* type_name(ConfigKind kind) {
    switch (kind) {
        case ConfigKind::section:
        case ConfigKind::object:
            return "object";
        case ConfigKind::text:
            return "string";
        case ConfigKind::flag:
            return "boolean";
        case ConfigKind::integer:
            return "integer";
        case ConfigKind::number:
            return "number";
        default:
            return "array";
    }
}

void describe_limits(const ConfigKey& key, Json& schema) {
    if (!key.choices.empty()) {
        schema["enum"] = key.choices;
    }
    if (key.least != -std::numeric_limits<double>::infinity()) {
        schema[key.is_least_excluded ? "exclusiveMinimum" : "minimum"] = key.least;
    }
    if (key.most != std::numeric_limits<double>::infinity()) {
        schema["maximum"] = key.most;
    }
}

Json describe_value(const ConfigKey& key) {
    Json schema{{"type", type_name(key.kind)}, {"description", key.help}};
    if (key.may_be_file) {
        schema["type"] = {type_name(key.kind), "string"};
    }
    if (!key.fallback.is_null()) {
        schema["default"] = key.fallback;
    }
    if (schema["type"] != "array") {
        describe_limits(key, schema);
        return schema;
    }
    const char* element = key.kind == ConfigKind::texts      ? "string"
                          : key.kind == ConfigKind::integers ? "integer"
                                                             : "number";
    schema["items"] = Json{{"type", element}};
    describe_limits(key, schema["items"]);
    schema["minItems"] = key.least_items;
    return schema;
}

// "/explore/temperatures_K/2" -> "explore.temperatures_K[2]"
std::string path_text(const std::string& pointer) {
    std::string text;
    std::istringstream parts(pointer);
    std::string part;
    std::getline(parts, part, '/');
    while (std::getline(parts, part, '/')) {
        const bool is_index = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
        text += is_index ? "[" + part + "]" : (text.empty() ? "" : ".") + part;
    }
    return text;
}

// Line of the key, or of the section around it where the key is missing.
int line_of(std::string_view text, std::string pointer) {
    while (!pointer.empty()) {
        const int line = line_of_key(text, pointer);
        if (line > 0) {
            return line;
        }
        pointer.resize(pointer.rfind('/'));
    }
    return 1;
}

}  // namespace

std::string ConfigSchema::example(const Json& values) const {
    std::string out = comment(title_, "");
    write_section("", values, 0, out);
    return out + "\n";
}

void ConfigSchema::write_section(const std::string& section, const Json& values, int level,
                                 std::string& out) const {
    const std::string indent(static_cast<std::size_t>(2 * level + 2), ' ');
    std::vector<std::string> parts;  // keys without a value become comments and belong to the part after them
    std::string comments;
    for (const ConfigKey* key : children(section)) {
        const std::string name = last_name(key->path);
        const bool is_given = values.is_object() && values.contains(name);
        const Json value = is_given ? values.at(name) : key->fallback;
        comments += comment(help_text(*key), indent);
        if (value.is_null()) {
            comments += indent + "// \"" + name + "\": " + placeholder(key->kind) + "\n";
            continue;
        }
        std::string part = comments + indent + "\"" + name + "\": ";
        comments.clear();
        if (key->kind == ConfigKind::section) {
            write_section(key->path, value, level + 1, part);
        } else {
            part += value_text(value, indent);
        }
        parts.push_back(std::move(part));
    }
    out += "{\n";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        out += parts[i] + (i + 1 < parts.size() ? ",\n" : "\n");
    }
    out += comments + indent.substr(2) + "}";
}

Json ConfigSchema::json_schema() const {
    Json schema{
        {"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title_}, {"allowComments", true}};
    schema.update(describe_section(""));
    schema["properties"]["$schema"] = Json{{"type", "string"}};
    return schema;
}

Json ConfigSchema::describe_section(const std::string& section) const {
    Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
    Json required = Json::array();
    for (const ConfigKey* key : children(section)) {
        Json described = describe_value(*key);
        if (key->kind == ConfigKind::section) {
            described.erase("default");
            described.update(describe_section(key->path));
        }
        schema["properties"][last_name(key->path)] = std::move(described);
        if (key->is_required) {
            required.push_back(last_name(key->path));
        }
    }
    if (!required.empty()) {
        schema["required"] = required;
    }
    return schema;
}

std::string describe(const std::vector<ConfigProblem>& problems, std::string_view text,
                     const std::string& name) {
    std::vector<std::pair<int, std::string>> lines;
    for (const ConfigProblem& problem : problems) {
        const int line = text.empty() ? 0 : line_of(text, problem.pointer);
        const std::string path = path_text(problem.pointer);
        lines.emplace_back(line, name + (line > 0 ? ":" + std::to_string(line) : "") + ": " +
                                     (path.empty() ? "" : path + ": ") + problem.message);
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out;
    for (const auto& [line, message] : lines) {
        out += (out.empty() ? "" : "\n") + message;
    }
    return out;
}

}  // namespace fibonaqi
