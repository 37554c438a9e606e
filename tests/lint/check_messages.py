#!/usr/bin/env python3
"""Messages of errors read "problem (why) suggestion": they start in lower case and end without a full stop.

Looks at the string literals inside `throw SomeError(...)`. A message that starts with a name, a quoted value
or a placeholder is fine.
"""

import pathlib
import re

import lint_support

throw = re.compile(r"\bthrow\s+(?:[A-Za-z_]+::)*([A-Z]\w*Error)\s*[({]")
literal = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Words that are written with a capital anywhere in a sentence.
proper_words = re.compile(r"^(?:[A-Z]{2}|[A-Z]$|[A-Z][a-z]*[A-Z0-9]|[A-Z][ .,:_\-\[]|LibTorch|Quantum|Debian|Python|"
                          r"Boost|Slurm|Sqlite|Windows|Linux)")


def statement(text, begin):
    """The text from `begin` to the semicolon that ends the statement, outside of strings."""
    end = begin
    in_string = False
    while end < len(text) and (in_string or text[end] != ";"):
        if in_string and text[end] == "\\":
            end += 1
        elif text[end] == '"':
            in_string = not in_string
        end += 1
    return text[begin:end]


def check_statement(code):
    """Complaints about one throw statement."""
    arguments = code[code.find("(") + 1:] if "(" in code else code[code.find("{") + 1:]
    pieces = literal.findall(arguments)
    if not pieces:
        return
    starts_with_literal = arguments.lstrip().startswith(('"', "std::string("))
    first = pieces[0].lstrip()
    if starts_with_literal and first[:1].isupper() and not proper_words.match(first):
        yield f"message starts with a capital: '{first[:50]}'"
    ends_with_literal = re.search(r'"\s*[)}]*\s*$', arguments)
    if ends_with_literal and re.search(r"[^.]\.$", pieces[-1]):
        yield f"message ends with a full stop: '{pieces[-1][-50:]}'"
    if any("\\n" in piece for piece in pieces):
        yield "message contains a line break"


def check(root):
    for name in lint_support.cpp_files(root, "src", "workflows", "dft_drivers", "lammps_plugin"):
        text = (pathlib.Path(root) / name).read_text(encoding="utf-8")
        for found in throw.finditer(text):
            for complaint in check_statement(statement(text, found.start())):
                yield name, text.count("\n", 0, found.start()) + 1, complaint


if __name__ == "__main__":
    lint_support.run(check, __doc__)
