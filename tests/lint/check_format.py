#!/usr/bin/env python3
"""Every C++ file is as clang-format with the .clang-format of this tree leaves it.

Versions of clang-format differ in details; another major version than 14 (Debian 12) is not asked.
"""

import re
import subprocess
import sys

import lint_support

known_version = 14
complaint = re.compile(r"^(.+?):(\d+):\d+: error: (.*)$")


def installed_version():
    text = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"version (\d+)", text).group(1))


def check(root):
    names = lint_support.cpp_files(root)
    if not names:
        return
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", "--ferror-limit=1", *names], cwd=root,
                            capture_output=True, text=True)
    for line in result.stderr.splitlines():
        found = complaint.match(line)
        if found:
            yield found.group(1), int(found.group(2)), "is not formatted; run clang-format -i on it"


if __name__ == "__main__":
    if installed_version() != known_version:
        print(f"clang-format {installed_version()} is not {known_version}: not checked")
        sys.exit(77)
    lint_support.run(check, __doc__)
