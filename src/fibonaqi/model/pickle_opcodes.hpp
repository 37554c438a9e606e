// The instructions of Python's pickle machine (CPython, Lib/pickletools.py). For pickle_reader.cpp alone.
#pragma once

namespace fibonaqi::pickle {

// The instructions that are understood, by their names in pickletools.
enum Opcode : unsigned char {
    op_mark = '(',
    op_stop = '.',
    op_pop = '0',
    op_pop_mark = '1',
    op_binfloat = 'G',
    op_binint = 'J',
    op_binint1 = 'K',
    op_binint2 = 'M',
    op_none = 'N',
    op_binpersid = 'Q',
    op_reduce = 'R',
    op_binstring = 'T',
    op_short_binstring = 'U',
    op_binunicode = 'X',
    op_append = 'a',
    op_build = 'b',
    op_global = 'c',
    op_binbytes = 'B',
    op_short_binbytes = 'C',
    op_appends = 'e',
    op_binget = 'h',
    op_long_binget = 'j',
    op_binput = 'q',
    op_long_binput = 'r',
    op_setitem = 's',
    op_tuple = 't',
    op_setitems = 'u',
    op_empty_dict = '}',
    op_empty_list = ']',
    op_empty_tuple = ')',
    op_proto = 0x80,
    op_newobj = 0x81,
    op_tuple1 = 0x85,
    op_tuple2 = 0x86,
    op_tuple3 = 0x87,
    op_newtrue = 0x88,
    op_newfalse = 0x89,
    op_long1 = 0x8a,
    op_short_binunicode = 0x8c,
    op_binunicode8 = 0x8d,
    op_binbytes8 = 0x8e,
    op_empty_set = 0x8f,
    op_additems = 0x90,
    op_frozenset = 0x91,
    op_newobj_ex = 0x92,
    op_stack_global = 0x93,
    op_memoize = 0x94,
    op_frame = 0x95,
};

// Instructions that exist but that no model file of the last ten years needs.
inline const char* unsupported_name(unsigned char code) {
    switch (code) {
        case 'P':
            return "PERSID";
        case 'I':
            return "INT";
        case 'L':
            return "LONG";
        case 'F':
            return "FLOAT";
        case 'S':
            return "STRING";
        case 'V':
            return "UNICODE";
        case 'p':
            return "PUT";
        case 'g':
            return "GET";
        case 'l':
            return "LIST";
        case 'd':
            return "DICT";
        case 'i':
            return "INST";
        case 'o':
            return "OBJ";
        case '2':
            return "DUP";
        case 0x82:
            return "EXT1";
        case 0x83:
            return "EXT2";
        case 0x84:
            return "EXT4";
        case 0x8b:
            return "LONG4";
        case 0x96:
            return "BYTEARRAY8";
        case 0x97:
            return "NEXT_BUFFER";
        case 0x98:
            return "READONLY_BUFFER";
        default:
            return nullptr;
    }
}

}  // namespace fibonaqi::pickle
