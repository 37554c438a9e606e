// The stack machine under pickle_reader.cpp: input, values, stack, marks and memo, all bounded. Not for
// others.
//
// Every function that fails throws ModelError "source: problem at byte N of the pickle ...".
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fibonaqi/model/pickle_reader.hpp"

namespace fibonaqi::pickle {

class PickleMachine {
  public:
    /// Refuses more than 64 MB.
    PickleMachine(std::string_view bytes, const std::string& source);

    [[noreturn]] void fail(const std::string& problem) const;

    // Input.
    unsigned char next_instruction();  ///< messages name its position from here on
    std::string_view take(std::uint64_t size);
    std::string line();  ///< up to a newline, which is skipped
    template <class T>
    T number() {  ///< little endian
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }

    // Values; all go on top of the stack.
    PickleValue* push_new(PickleKind kind);  ///< empty; refuses more than one million values
    void push_integer(std::int64_t value, PickleKind kind = PickleKind::integer);
    void push_long(std::size_t size);  ///< two's complement of `size` bytes of input, at most 8
    void push_float();                 ///< 8 bytes of input, big endian
    void push_text(PickleKind kind, std::string_view text);
    void push_container(PickleKind kind, const std::vector<PickleValue*>& items);
    void push_class(const std::string& module, const std::string& name);
    void push_call(PickleValue* callable, PickleValue* arguments);  ///< an object; arguments must be a tuple

    // Stack. Nothing below the last mark can be reached.
    PickleValue* top() const;
    std::vector<PickleValue*> pop(std::size_t count);
    std::vector<PickleValue*> pop_to_mark();
    void mark();

    // Changes of the value on top.
    void append(const std::vector<PickleValue*>& items);
    void set_items(const std::vector<PickleValue*>& keys_and_values);
    void set_state(const PickleValue* state);

    // Memo: values kept by number, at most a million.
    void memorise(std::uint32_t index);
    void memorise_next();
    void recall(std::uint32_t index);

    /// The document, when exactly one value is left.
    PickleDocument finish();

  private:
    void push(PickleValue* value);
    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    std::string_view bytes_;
    std::string source_;
    std::size_t at_ = 0, start_ = 0, pushes_ = 0;
    std::vector<PickleValue*> stack_;
    std::vector<std::size_t> marks_;  // heights of the stack
    std::unordered_map<std::uint32_t, PickleValue*> memo_;
    PickleDocument document_;
};

}  // namespace fibonaqi::pickle
