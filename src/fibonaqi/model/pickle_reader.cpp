#include "fibonaqi/model/pickle_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "fibonaqi/model/pickle_machine.hpp"
#include "fibonaqi/model/pickle_opcodes.hpp"

namespace fibonaqi {
namespace {

using namespace pickle;

constexpr int newest_protocol = 5;

// Each of the following carries out the instructions of one sort and says whether `code` was one of them.

bool push_number(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_none:
            machine.push_new(PickleKind::none);
            return true;
        case op_newtrue:
            machine.push_integer(1, PickleKind::boolean);
            return true;
        case op_newfalse:
            machine.push_integer(0, PickleKind::boolean);
            return true;
        case op_binint:
            machine.push_integer(machine.number<std::int32_t>());
            return true;
        case op_binint1:
            machine.push_integer(machine.number<std::uint8_t>());
            return true;
        case op_binint2:
            machine.push_integer(machine.number<std::uint16_t>());
            return true;
        case op_long1:
            machine.push_long(machine.number<std::uint8_t>());
            return true;
        case op_binfloat:
            machine.push_float();
            return true;
        default:
            return false;
    }
}

bool push_string(PickleMachine& machine, unsigned char code) {
    std::uint64_t length = 0;
    switch (code) {
        case op_short_binunicode:
        case op_short_binstring:
        case op_short_binbytes:
            length = machine.number<std::uint8_t>();
            break;
        case op_binunicode:
        case op_binstring:
        case op_binbytes:
            length = machine.number<std::uint32_t>();
            break;
        case op_binunicode8:
        case op_binbytes8:
            length = machine.number<std::uint64_t>();
            break;
        default:
            return false;
    }
    const bool is_text = code == op_short_binunicode || code == op_binunicode || code == op_binunicode8;
    machine.push_text(is_text ? PickleKind::text : PickleKind::bytes, machine.take(length));
    return true;
}

bool push_container(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_empty_list:
            machine.push_new(PickleKind::list);
            return true;
        case op_empty_tuple:
            machine.push_new(PickleKind::tuple);
            return true;
        case op_empty_dict:
            machine.push_new(PickleKind::dict);
            return true;
        case op_empty_set:
            machine.push_new(PickleKind::set);
            return true;
        case op_tuple:
            machine.push_container(PickleKind::tuple, machine.pop_to_mark());
            return true;
        case op_frozenset:
            machine.push_container(PickleKind::set, machine.pop_to_mark());
            return true;
        case op_tuple1:
        case op_tuple2:
        case op_tuple3:
            machine.push_container(PickleKind::tuple, machine.pop(code - op_tuple1 + 1U));
            return true;
        default:
            return false;
    }
}

bool fill_container(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_append:
            machine.append(machine.pop(1));
            return true;
        case op_appends:
        case op_additems:
            machine.append(machine.pop_to_mark());
            return true;
        case op_setitem:
            machine.set_items(machine.pop(2));
            return true;
        case op_setitems:
            machine.set_items(machine.pop_to_mark());
            return true;
        case op_build:
            machine.set_state(machine.pop(1)[0]);
            return true;
        default:
            return false;
    }
}

void push_named_class(PickleMachine& machine) {
    const auto names = machine.pop(2);
    if (names[0]->kind != PickleKind::text || names[1]->kind != PickleKind::text) {
        machine.fail("class name is not a text");
    }
    machine.push_class(names[0]->text, names[1]->text);
}

bool push_object(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_global: {
            const std::string module = machine.line();
            machine.push_class(module, machine.line());
            return true;
        }
        case op_stack_global:
            push_named_class(machine);
            return true;
        case op_reduce:
        case op_newobj:
        case op_newobj_ex: {  // keyword arguments are dropped: no part of a model uses them
            const auto parts = machine.pop(code == op_newobj_ex ? 3 : 2);
            machine.push_call(parts[0], parts[1]);
            return true;
        }
        case op_binpersid:
            machine.push_container(PickleKind::persistent, machine.pop(1));
            return true;
        default:
            return false;
    }
}

bool manage(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_proto:
            if (machine.number<std::uint8_t>() > newest_protocol) {
                machine.fail("pickle protocol newer than 5");
            }
            return true;
        case op_frame:  // a hint for buffering only
            machine.number<std::uint64_t>();
            return true;
        case op_mark:
            machine.mark();
            return true;
        case op_pop:
            machine.pop(1);
            return true;
        case op_pop_mark:
            machine.pop_to_mark();
            return true;
        default:
            return false;
    }
}

bool use_memo(PickleMachine& machine, unsigned char code) {
    switch (code) {
        case op_memoize:
            machine.memorise_next();
            return true;
        case op_binput:
            machine.memorise(machine.number<std::uint8_t>());
            return true;
        case op_long_binput:
            machine.memorise(machine.number<std::uint32_t>());
            return true;
        case op_binget:
            machine.recall(machine.number<std::uint8_t>());
            return true;
        case op_long_binget:
            machine.recall(machine.number<std::uint32_t>());
            return true;
        default:
            return false;
    }
}

// Instructions that exist but that no model file of the last ten years needs.
const char* unsupported_name(unsigned char code) {
    constexpr std::pair<unsigned char, const char*> names[] = {
        {'P', "PERSID"}, {'I', "INT"},         {'L', "LONG"},         {'F', "FLOAT"},
        {'S', "STRING"}, {'V', "UNICODE"},     {'p', "PUT"},          {'g', "GET"},
        {'l', "LIST"},   {'d', "DICT"},        {'i', "INST"},         {'o', "OBJ"},
        {'2', "DUP"},    {0x82, "EXT1"},       {0x83, "EXT2"},        {0x84, "EXT4"},
        {0x8b, "LONG4"}, {0x96, "BYTEARRAY8"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
    };
    const auto* found = std::find_if(std::begin(names), std::end(names),
                                     [&](const auto& name) { return name.first == code; });
    return found == std::end(names) ? nullptr : found->second;
}

[[noreturn]] void refuse(const PickleMachine& machine, unsigned char code) {
    constexpr char digits[] = "0123456789abcdef";
    const char* name = unsupported_name(code);
    machine.fail(name != nullptr
                     ? std::string("unsupported pickle instruction ") + name
                     : std::string("unknown pickle instruction 0x") + digits[code >> 4] + digits[code & 15]);
}

}  // namespace

const PickleValue* PickleValue::entry(std::string_view key) const {
    const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const auto& pair) {
        return pair.first->kind == PickleKind::text && pair.first->text == key;
    });
    return found == entries.rend() ? nullptr : found->second;
}

const PickleValue* PickleValue::attribute(std::string_view name) const {
    return state == nullptr ? nullptr : state->entry(name);
}

std::string_view PickleValue::class_path() const {
    const PickleValue* named = kind == PickleKind::object ? callable : this;
    return named->kind == PickleKind::class_name ? std::string_view(named->text) : std::string_view();
}

PickleDocument read_pickle(std::string_view bytes, const std::string& source) {
    PickleMachine machine(bytes, source);
    for (;;) {
        const unsigned char code = machine.next_instruction();
        if (code == op_stop) {
            return machine.finish();
        }
        const bool is_known = use_memo(machine, code) || push_container(machine, code) ||
                              push_object(machine, code) || push_number(machine, code) ||
                              push_string(machine, code) || fill_container(machine, code) ||
                              manage(machine, code);
        if (!is_known) {
            refuse(machine, code);
        }
    }
}

}  // namespace fibonaqi
