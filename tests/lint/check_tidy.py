#!/usr/bin/env python3
"""clang-tidy with the .clang-tidy of this tree over the libraries and programs that do not include LibTorch.

Those that do are left out: clang 14 cannot read LibTorch 1.13 as C++20 (incomplete c10::IValue in std::vector).

Nine tenths of clang-tidy's time go into the system's headers, so files compiled with the same options are read together
as one unit, as long as no two of them have a name of their own (in an unnamed namespace) in common. Files of a unit
that cannot be read so are read one by one.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

complaint = re.compile(r"^(/.+?):(\d+):\d+: (?:error|warning): (.*)$")
ours = ("src/fibonaqi/", "workflows/", "dft_drivers/", "lammps_plugin/")
torch_layers = ("src/fibonaqi/nn/", "src/fibonaqi/select/", "workflows/worker/", "workflows/md/main.cpp")
most_files_of_a_unit = 20


def options(command):
    """What clang needs of a compiler's command: definitions, include folders, warnings and the language."""
    words = shlex.split(command)[1:]
    kept = []
    for word, following in zip(words, words[1:] + [""]):
        if word.startswith(("-D", "-I", "-W", "-std=")) and word not in ("-Werror", "-Winvalid-pch"):
            kept.append(word)
        elif word == "-isystem":
            kept += [word, following]
    return (*kept, "-Wno-unknown-warning-option", "-Wno-string-conversion")


def translation_units(root, build):
    """(options, file relative to root) of the compilation database's files that clang can read."""
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"]).resolve()
        if not path.is_relative_to(root):
            continue
        name = str(path.relative_to(root))
        if name.startswith(ours) and not name.startswith(torch_layers):
            yield options(entry["command"]), name


def own_names(root, names):
    """{file: names in its unnamed namespaces}, by universal-ctags."""
    command = ["ctags", "--languages=C++", "--output-format=json", "--fields=+S", "-o", "-", *names]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found = {name: set() for name in names}
    for tag in map(json.loads, result.stdout.splitlines()):
        if re.search(r"(^|::)__anon\w+$", tag.get("scope", "")) and tag["kind"] != "namespace":
            found[tag["path"]].add(tag["name"])
    return found


def words(path):
    """Names in a file's code that may mean something of another file: not members, not in strings or comments."""
    code = re.sub(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"', " ", path.read_text(encoding="utf-8"))
    return set(re.findall(r"(?<![\w.>])[A-Za-z_]\w*", code))


class Unit:
    """Files to read together: the same options, and no file's own names occur in another."""

    def __init__(self, flags):
        self.flags = flags
        self.names, self.own, self.words = [], set(), set()

    def can_take(self, flags, own, others):
        full = len(self.names) == most_files_of_a_unit
        return flags == self.flags and not full and not own & self.words and not self.own & others

    def take(self, name, own, others):
        self.names.append(name)
        self.own |= own
        self.words |= others


def units(root, files):
    made = []
    own = own_names(root, sorted({name for _, name in files}))
    for flags, name in sorted(set(files)):
        others = words(root / name)
        unit = next((unit for unit in made if unit.can_take(flags, own[name], others)), None)
        if unit is None:
            unit = Unit(flags)
            made.append(unit)
        unit.take(name, own[name], others)
    return made


def run_tidy(root, path, flags):
    """(complaints as (path, line, message), why clang-tidy could not do its work or None)."""
    command = ["clang-tidy", "--quiet", f"--config-file={root}/.clang-tidy", "--checks=-bugprone-suspicious-include",
               str(path), "--", *flags]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    found = [complaint.match(line) for line in result.stdout.splitlines()]
    found = [(os.path.relpath(match.group(1), root), int(match.group(2)), match.group(3)) for match in found if match]
    if result.returncode != 0 and not found:
        return [], "clang-tidy failed: " + (result.stderr.strip().splitlines() or ["no message"])[-1]
    return found, None


def tidy_each(root, unit):
    for name in unit.names:
        found, failure = run_tidy(root, root / name, unit.flags)
        yield from [(name, 0, failure)] if failure else found


def tidy(root, path, unit):
    """(path, line, message) of what clang-tidy says about a unit's files, read together (as path) if that can be."""
    if len(unit.names) > 1:
        path.write_text("".join(f'#include "{root / name}"\n' for name in unit.names), encoding="utf-8")
        found, failure = run_tidy(root, path, unit.flags)
        if not failure and not any("[clang-diagnostic-error" in message for _, _, message in found):
            return found
    return list(tidy_each(root, unit))


def check(root, build, jobs):
    root = pathlib.Path(root).resolve()
    folder = pathlib.Path(build).resolve() / "tidy"
    folder.mkdir(exist_ok=True)
    reported = set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(tidy, root, folder / f"unit{number}.cpp", unit)
                for number, unit in enumerate(units(root, list(translation_units(root, build))))]
        for run in runs:
            for violation in run.result():
                if violation not in reported:
                    reported.add(violation)
                    yield violation


def main():
    root, build, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if not (pathlib.Path(build) / "compile_commands.json").is_file():
        print("no compile_commands.json (configure with a preset): not checked")
        sys.exit(77)
    found = 0
    for path, line, message in check(root, build, jobs):
        print(f"{path}:{line}: {message}", flush=True)
        found += 1
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
