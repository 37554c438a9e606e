// The instructions of Python's pickle machine that are understood, by their names in pickletools (CPython,
// Lib/pickletools.py). For pickle_reader.cpp alone.
//
// "line": up to a newline; "u1", "i4" ...: unsigned or signed little-endian integer of so many bytes.
#pragma once

namespace fibonaqi::pickle {

enum Opcode : unsigned char {
    // Numbers and texts: what follows the instruction is the value.
    op_none = 'N',
    op_newtrue = 0x88,
    op_newfalse = 0x89,
    op_binint = 'J',             ///< i4
    op_binint1 = 'K',            ///< u1
    op_binint2 = 'M',            ///< u2
    op_long1 = 0x8a,             ///< u1, then so many bytes of two's complement
    op_binfloat = 'G',           ///< IEEE 754 binary64, big endian
    op_short_binstring = 'U',    ///< u1 length, then bytes (str of Python 2)
    op_binstring = 'T',          ///< i4 length
    op_short_binunicode = 0x8c,  ///< u1 length, then UTF-8
    op_binunicode = 'X',         ///< u4 length
    op_binunicode8 = 0x8d,       ///< u8 length
    op_short_binbytes = 'C',     ///< u1 length, then bytes
    op_binbytes = 'B',           ///< u4 length
    op_binbytes8 = 0x8e,         ///< u8 length

    // Containers: empty, or of what is on the stack.
    op_empty_list = ']',
    op_empty_tuple = ')',
    op_empty_dict = '}',
    op_empty_set = 0x8f,
    op_tuple = 't',    ///< of everything above the mark
    op_tuple1 = 0x85,  ///< of the topmost value, two, three
    op_tuple2 = 0x86,
    op_tuple3 = 0x87,
    op_frozenset = 0x91,  ///< of everything above the mark
    op_append = 'a',      ///< the topmost value to the list below
    op_appends = 'e',     ///< everything above the mark to the list below
    op_additems = 0x90,   ///< the same for a set
    op_setitem = 's',     ///< key and value to the dict below
    op_setitems = 'u',    ///< all keys and values above the mark

    // Where Python would import, call and build; recorded only.
    op_global = 'c',         ///< line with a module, line with a name
    op_stack_global = 0x93,  ///< both from the stack
    op_reduce = 'R',         ///< callable and tuple of arguments
    op_newobj = 0x81,        ///< class and tuple of arguments
    op_newobj_ex = 0x92,     ///< class, arguments, keyword arguments
    op_build = 'b',          ///< state for the object below
    op_binpersid = 'Q',      ///< object outside of the pickle, by the id on the stack

    // The machine itself.
    op_proto = 0x80,  ///< u1: protocol
    op_frame = 0x95,  ///< u8: bytes that belong together
    op_stop = '.',
    op_mark = '(',
    op_pop = '0',
    op_pop_mark = '1',     ///< everything down to the mark
    op_memoize = 0x94,     ///< keep the topmost value under the next number
    op_binput = 'q',       ///< u1: keep it under this number
    op_long_binput = 'r',  ///< u4
    op_binget = 'h',       ///< u1: push what was kept
    op_long_binget = 'j',  ///< u4
};

}  // namespace fibonaqi::pickle
