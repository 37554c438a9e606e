#!/usr/bin/env python3
"""Public headers explain themselves: at least 30 % of their lines of code and comment are comment.

Counted are lines outside of blank ones, includes, pragmas, namespaces and closing braces.
"""

import re

import lint_support

share = 0.30
boilerplate = re.compile(r"^\s*(#|namespace\b.*\{$|\}|$)|^\s*using namespace")


def count(lines):
    """(comment lines, code lines); a trailing comment counts for both."""
    comments = code = 0
    in_block = False
    for line in lines:
        text = line.strip()
        if in_block or text.startswith(("//", "/*")):
            comments += 1
            in_block = (in_block or text.startswith("/*")) and "*/" not in text
        elif not boilerplate.match(line):
            code += 1
            comments += "//" in text
    return comments, code


def check(root):
    for name in lint_support.cpp_files(root, "src", "dft_drivers", "lammps_plugin"):
        if not name.endswith((".hpp", ".h")):
            continue
        lines = lint_support.read_lines(root, name)
        comments, code = count(lines)
        if code and comments < share * (comments + code):
            yield name, 1, (f"{100 * comments // (comments + code)} % of the lines are comment (at least "
                            f"{int(100 * share)} %); say shapes, units, what fails and where a formula comes from")
        if not lines or not lines[0].startswith("//"):
            yield name, 1, "starts without a comment that says what this file is for"
        if name.endswith(".hpp") and "#pragma once" not in lines:
            yield name, 1, "has no #pragma once"


if __name__ == "__main__":
    lint_support.run(check, __doc__)
