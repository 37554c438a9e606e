#include "fibonaqi/model/pickle_machine.hpp"

#include <bit>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::pickle {
namespace {

constexpr std::size_t largest_input = 64'000'000;
constexpr std::size_t most_values = 1'000'000;
constexpr std::size_t most_pushes = 4'000'000;
constexpr std::size_t most_marks = 10'000;

}  // namespace

PickleMachine::PickleMachine(std::string_view bytes, const std::string& source)
    : bytes_(bytes), source_(source) {
    if (bytes_.size() > largest_input) {
        fail("pickle of " + std::to_string(bytes_.size()) + " bytes (at most 64 MB are read)");
    }
}

void PickleMachine::fail(const std::string& problem) const {
    throw ModelError(source_ + ": " + problem + " at byte " + std::to_string(start_) +
                     " of the pickle; the file is damaged or not a model");
}

unsigned char PickleMachine::next_instruction() {
    start_ = at_;
    return number<unsigned char>();
}

std::string_view PickleMachine::take(std::uint64_t size) {
    if (size > bytes_.size() - at_) {
        fail("pickle cut off");
    }
    const std::string_view piece = bytes_.substr(at_, size);
    at_ += size;
    return piece;
}

std::string PickleMachine::line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) {
        fail("pickle cut off");
    }
    std::string text(take(end - at_));
    take(1);
    return text;
}

void PickleMachine::push(PickleValue* value) {
    if (++pushes_ > most_pushes) {
        fail("more than four million stack entries");
    }
    stack_.push_back(value);
}

PickleValue* PickleMachine::push_new(PickleKind kind) {
    if (document_.values.size() == most_values) {
        fail("more than one million values");
    }
    PickleValue* value = &document_.values.emplace_back();
    value->kind = kind;
    push(value);
    return value;
}

void PickleMachine::push_integer(std::int64_t value, PickleKind kind) {
    push_new(kind)->integer = value;
}

void PickleMachine::push_long(std::size_t size) {
    if (size > sizeof(std::int64_t)) {
        fail("integer of more than 64 bits");
    }
    const std::string_view digits = take(size);
    const bool is_negative = size > 0 && (static_cast<unsigned char>(digits.back()) & 0x80) != 0;
    std::uint64_t value = is_negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;) {
        value = (value << 8) | static_cast<unsigned char>(digits[i]);
    }
    push_integer(static_cast<std::int64_t>(value));
}

void PickleMachine::push_float() {
    std::uint64_t bits = 0;
    for (const char byte : take(8)) {
        bits = (bits << 8) | static_cast<unsigned char>(byte);
    }
    push_new(PickleKind::real)->real = std::bit_cast<double>(bits);
}

void PickleMachine::push_text(PickleKind kind, std::string_view text) {
    push_new(kind)->text = text;
}

void PickleMachine::push_container(PickleKind kind, const std::vector<PickleValue*>& items) {
    push_new(kind)->items.assign(items.begin(), items.end());
}

void PickleMachine::push_class(const std::string& module, const std::string& name) {
    push_text(PickleKind::class_name, module + " " + name);
}

void PickleMachine::push_call(PickleValue* callable, PickleValue* arguments) {
    if (arguments->kind != PickleKind::tuple) {
        fail("arguments that are no tuple");
    }
    PickleValue* object = push_new(PickleKind::object);
    object->callable = callable;
    object->arguments = arguments;
}

PickleValue* PickleMachine::top() const {
    if (stack_.size() <= floor()) {
        fail("pickle stack is empty");
    }
    return stack_.back();
}

std::vector<PickleValue*> PickleMachine::pop(std::size_t count) {
    if (stack_.size() - floor() < count) {
        fail("pickle stack is empty");
    }
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<PickleValue*> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    return values;
}

std::vector<PickleValue*> PickleMachine::pop_to_mark() {
    if (marks_.empty()) {
        fail("pickle mark is missing");
    }
    std::vector<PickleValue*> values = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
}

void PickleMachine::mark() {
    if (marks_.size() == most_marks) {
        fail("more than 10,000 open levels");
    }
    marks_.push_back(stack_.size());
}

void PickleMachine::append(const std::vector<PickleValue*>& items) {
    PickleValue* target = top();
    if (target->kind != PickleKind::list && target->kind != PickleKind::set &&
        target->kind != PickleKind::object) {
        fail("items for something that is no list");
    }
    target->items.insert(target->items.end(), items.begin(), items.end());
}

void PickleMachine::set_items(const std::vector<PickleValue*>& keys_and_values) {
    PickleValue* target = top();
    const bool takes_keys = target->kind == PickleKind::dict || target->kind == PickleKind::object;
    if (!takes_keys || keys_and_values.size() % 2 != 0) {
        fail("keys and values for something that is no dict");
    }
    for (std::size_t i = 0; i < keys_and_values.size(); i += 2) {
        target->entries.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
    }
}

void PickleMachine::set_state(const PickleValue* state) {
    if (top()->kind != PickleKind::object) {
        fail("state for something that is no object");
    }
    top()->state = state;
}

void PickleMachine::memorise(std::uint32_t index) {
    memo_[index] = top();
    if (memo_.size() > most_values) {
        fail("more than one million values in the memo");
    }
}

void PickleMachine::memorise_next() {
    memorise(static_cast<std::uint32_t>(memo_.size()));
}

void PickleMachine::recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
        fail("pickle memo " + std::to_string(index) + " was never filled");
    }
    push(found->second);
}

PickleDocument PickleMachine::finish() {
    document_.root = top();
    if (stack_.size() != 1 || !marks_.empty()) {
        fail("pickle ends with values left over");
    }
    return std::move(document_);
}

}  // namespace fibonaqi::pickle
