#!/usr/bin/env python3
"""Files of at most 400 lines, functions of at most 60 lines (9 of 10 at most 35), at most 5 parameters.

Functions are found by universal-ctags.
"""

import json
import re
import subprocess
import sys

import lint_support

file_limit = 400
function_limit = 60
function_p90 = 35
parameter_limit = 5


def functions_of(root, names):
    """(path, line, name, length, parameters) of every function with a body."""
    command = ["ctags", "--languages=C++", "--language-force=C++", "--kinds-C++=f", "--fields=+neS",
               "--output-format=json", "-f", "-", "-L", "-"]
    output = subprocess.run(command, input="\n".join(names), cwd=root, capture_output=True, text=True, check=True)
    for line in output.stdout.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            yield tag["path"], tag["line"], tag["name"], tag["end"] - tag["line"] + 1, tag.get("signature", "()")


def parameter_count(signature):
    """Parameters of '(int a, std::map<int, int> b)': commas outside brackets."""
    inside = signature[signature.find("(") + 1:signature.rfind(")")]
    while re.search(r"[<({\[][^<>(){}\[\]]*[>)}\]]", inside):
        inside = re.sub(r"[<({\[][^<>(){}\[\]]*[>)}\]]", "", inside)
    return inside.count(",") + 1 if inside.strip() not in ("", "void") else 0


def check_functions(root, names):
    lengths = []
    for path, line, name, length, signature in functions_of(root, names):
        is_gtest = name in ("TEST", "TEST_F", "TEST_P")
        if not path.startswith("tests/"):
            lengths.append(length)
        if length > function_limit:
            yield path, line, f"function '{name}' has {length} lines (at most {function_limit}); divide it by idea"
        if not is_gtest and parameter_count(signature) > parameter_limit:
            yield path, line, (f"function '{name}' has {parameter_count(signature)} parameters "
                               f"(at most {parameter_limit}); make a struct")
    if lengths:
        p90 = sorted(lengths)[int(0.9 * (len(lengths) - 1))]
        if p90 > function_p90:
            yield "src", 0, f"one function in ten is longer than {p90} lines (at most {function_p90})"


def check(root):
    names = lint_support.cpp_files(root)
    for name in names:
        count = len(lint_support.read_lines(root, name))
        if count > file_limit:
            yield name, count, f"{count} lines (at most {file_limit}); divide the file by idea"
    if names:
        yield from check_functions(root, names)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    lint_support.run(check, __doc__)
