// Reads Python pickles (protocols 2 to 5) as data. Nothing is imported, called or built.
//
// A pickle is a program for a small stack machine whose instructions may import and call anything. Here
// GLOBAL gives a name, REDUCE and NEWOBJ give a record of what would have been called with what, and BUILD
// attaches the state to it: a tree to look at. Opcodes: CPython, Lib/pickletools.py.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibonaqi {

enum class PickleKind {
    none,
    boolean,
    integer,
    real,
    text,
    bytes,
    list,
    tuple,
    set,
    dict,
    class_name,  ///< text is "module name"
    object,      ///< would have been the result of a call
    persistent   ///< items[0] is the id; torch names a storage so
};

/// One value. Children belong to the document; a hostile pickle may tie them into cycles and into trees of
/// exponential size, so whoever walks bounds depth and number of visits.
struct PickleValue {
    PickleKind kind = PickleKind::none;
    std::int64_t integer = 0;  ///< also of boolean: 0 or 1
    double real = 0.0;
    std::string text;                       ///< of text, bytes, class_name
    std::vector<const PickleValue*> items;  ///< of list, tuple, set; appended ones of an object
    std::vector<std::pair<const PickleValue*, const PickleValue*>>
        entries;                             ///< of dict; set items of an object
    const PickleValue* callable = nullptr;   ///< of object: what would have been called (mostly a class_name)
    const PickleValue* arguments = nullptr;  ///< of object: its arguments (a tuple)
    const PickleValue* state = nullptr;      ///< of object: what BUILD brought, or null

    /// Value of the last entry with this text as its key; null when there is none, or this is neither dict
    /// nor object.
    const PickleValue* entry(std::string_view key) const;

    /// The same for an object's attribute: an entry of its state.
    const PickleValue* attribute(std::string_view name) const;

    /// "module name" of an object's class or of a class_name; empty otherwise.
    std::string_view class_path() const;
};

/// Owns the values of one pickle.
struct PickleDocument {
    std::deque<PickleValue> values;
    const PickleValue* root = nullptr;
};

/// Throws ModelError "source: ... at byte N" for a damaged pickle, an unknown or unsupported opcode (by
/// name), and beyond 64 MB of input, one million values, four million stack entries or 10,000 open levels.
PickleDocument read_pickle(std::string_view bytes, const std::string& source);

}  // namespace fibonaqi
