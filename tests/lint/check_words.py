#!/usr/bin/env python3
"""Words that do not belong in the tree: unfinished work without an issue, paths of one machine, package hosts.

Only the table of known models may name a host, for it has to download from there.
"""

import re

import lint_support

text_endings = (".cpp", ".hpp", ".h", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".yml", ".toml", ".in")
programs = ("quickstart", "run-tests", ".ci/run", "LICENSE", ".clang-tidy", ".clang-format")
own_files = ("tests/lint/check_words.py", "tests/lint/self_test.py")
host_homes = re.compile(r"^(src/fibonaqi/model|workflows/cli|tests)/.*known_models|^models/")

rules = (
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(#\d+\))"), "unfinished work without an issue number, as in TODO(#12)"),
    (re.compile(r"(?<![\w.~$}])/(work|root|home/\w+)/"), "a path that exists on one machine only"),
    (re.compile(r"(?<![\w.~$}])/(opt|tmp)/(mace|lmpvenv|build-)"), "a path that exists on one machine only"),
    (re.compile(r"\bas an AI\b|\blanguage model\b|\bsub-?agent\b", re.IGNORECASE), "speaks of how the code was written"),
    (re.compile(r"^(<<<<<<<|>>>>>>>)( |$)"), "a merge conflict"),
)
hosts = re.compile(r"\b(pypi\.org|pythonhosted\.org|deb\.debian\.org|anaconda\.(com|org)|npmjs\.(com|org)|crates\.io)\b")


def check_line(name, line):
    for pattern, reason in rules:
        found = pattern.search(line)
        if found:
            yield f"'{found.group(0)}': {reason}"
    found = hosts.search(line)
    if found and not host_homes.match(name):
        yield f"'{found.group(0)}': hosts of packages are configured by the machine, not named here"


def check(root):
    for name in lint_support.tracked_files(root):
        if name in own_files or name.startswith("tests/data/") or not (name.endswith(text_endings) or name in programs):
            continue
        for number, line in enumerate(lint_support.read_lines(root, name), start=1):
            for complaint in check_line(name, line):
                yield name, number, complaint


if __name__ == "__main__":
    lint_support.run(check, __doc__)
