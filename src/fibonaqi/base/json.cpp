#include "fibonaqi/base/json.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t largest_text = 10'000'000;
constexpr std::size_t deepest_level = 64;

int line_at(std::string_view text, std::size_t offset) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
    return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

// Watches a parse for what the library accepts silently: double keys, and nesting deep enough to overflow
// the stack when the value is copied or destroyed.
class Guard : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return enter(); }
    bool start_array(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override {
        if (!keys_.back().insert(name).second) {
            problem = "key '" + name + "' occurs twice in one object";
        }
        return problem.empty();
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        problem = error.what();
        offset = position;
        return false;
    }

    std::string problem;
    std::size_t offset = 0;

  private:
    bool enter() {
        keys_.emplace_back();
        if (keys_.size() > deepest_level) {
            problem = "more than " + std::to_string(deepest_level) + " levels of nesting";
        }
        return problem.empty();
    }
    bool leave() {
        keys_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> keys_;
};

// The library's texts start with "[json.exception...] parse error at line 3, column 7: ": keep what follows.
std::string without_library_prefix(const std::string& text) {
    const std::size_t start = text.find(": ");
    return start == std::string::npos ? text : text.substr(start + 2);
}

// Walks over JSON text and remembers the path of the key it is at.
class KeyFinder {
  public:
    KeyFinder(std::string_view text, const std::string& pointer) : text_(text), wanted_(pointer) {}

    int find() {
        value("");
        return found_;
    }

  private:
    void skip_blank() {
        while (at_ < text_.size() && found_ == 0) {
            if (text_.substr(at_, 2) == "//") {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_.substr(at_, 2) == "/*") {
                at_ = std::min(text_.find("*/", at_), text_.size() - 2) + 2;
            } else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
                ++at_;
            } else {
                return;
            }
        }
    }
    std::string quoted() {
        const std::size_t start = ++at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        std::string content(text_.substr(start, std::min(at_, text_.size()) - start));
        at_ = std::min(at_ + 1, text_.size());
        return content;
    }
    void value(const std::string& path) {
        skip_blank();
        if (at_ >= text_.size() || found_ != 0) {
            return;
        }
        if (text_[at_] == '{' || text_[at_] == '[') {
            container(path, text_[at_] == '{');
        } else if (text_[at_] == '"') {
            quoted();
        } else {
            at_ = std::min(text_.find_first_of(",]}/ \t\r\n", at_), text_.size());
        }
    }
    void container(const std::string& path, bool is_object) {
        ++at_;
        for (std::size_t index = 0; found_ == 0; ++index) {
            skip_blank();
            if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') {
                at_ = std::min(at_ + 1, text_.size());
                return;
            }
            const int line = line_at(text_, at_);
            const std::string name = is_object && text_[at_] == '"' ? quoted() : std::to_string(index);
            const std::string here = path + "/" + name;
            if (here == wanted_) {
                found_ = line;
                return;
            }
            skip_blank();
            at_ += at_ < text_.size() && text_[at_] == ':' ? 1 : 0;
            const std::size_t before = at_;
            value(here);
            skip_blank();
            at_ += at_ < text_.size() && (text_[at_] == ',' || at_ == before) ? 1 : 0;
        }
    }

    std::string_view text_;
    std::string wanted_;
    std::size_t at_ = 0;
    int found_ = 0;
};

void expect_finite(const Json& value) {
    if (value.is_number_float()) {
        FIBONAQI_EXPECT(std::isfinite(value.get<double>()));
    } else if (value.is_structured()) {
        for (const Json& part : value) {
            expect_finite(part);
        }
    }
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
    if (text.size() > largest_text) {
        throw FormatError(name + ": JSON text of " + std::to_string(text.size()) +
                          " bytes (at most 10 MB are read)");
    }
    Guard guard;
    if (!Json::sax_parse(text, &guard, nlohmann::detail::input_format_t::json, true, true)) {
        const std::string place = guard.offset > 0 ? ":" + std::to_string(line_at(text, guard.offset)) : "";
        throw FormatError(name + place + ": not valid JSON (" + without_library_prefix(guard.problem) + ")");
    }
    return Json::parse(text, nullptr, true, true);
}

Json read_json(const std::filesystem::path& path) {
    return parse_json(read_file(path), path.string());
}

void write_json(const std::filesystem::path& path, const Json& value) {
    expect_finite(value);
    write_file_atomically(path, value.dump(2) + "\n");
}

int line_of_key(std::string_view text, const std::string& pointer) {
    return KeyFinder(text, pointer).find();
}

Json make_record(const std::string& kind, int version) {
    return Json{{"format", "fibonaqi-" + kind}, {"version", version}};
}

void check_record(const Json& record, const std::string& kind, int newest_version,
                  const std::string& source) {
    const bool stamped = record.is_object() && record.contains("format") && record.contains("version") &&
                         record["format"].is_string() && record["version"].is_number_integer();
    if (!stamped || record["format"] != "fibonaqi-" + kind) {
        throw FormatError(source + ": not a fibonaqi-" + kind + " record (its \"format\" says otherwise)");
    }
    if (record["version"].get<int>() > newest_version) {
        throw FormatError(source + ": written by a newer FIBonAQi (record version " +
                          record["version"].dump() + ", this program knows up to " +
                          std::to_string(newest_version) + ") update FIBonAQi");
    }
}

}  // namespace fibonaqi
