#!/usr/bin/env python3
"""clang-tidy with the .clang-tidy of this tree over the libraries and programs that do not include LibTorch.

Those that do are left out: clang 14 cannot read LibTorch 1.13 as C++20 (incomplete c10::IValue in std::vector).
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

complaint = re.compile(r"^(/.+?):(\d+):\d+: (?:error|warning): (.*)$")
ours = ("src/fibonaqi/", "workflows/", "dft_drivers/", "lammps_plugin/")
torch_layers = ("src/fibonaqi/nn/", "src/fibonaqi/select/", "workflows/worker/", "workflows/md/main.cpp")


def translation_units(root, build):
    """Files of this tree in the compilation database that clang can read, relative to root."""
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"]).resolve()
        if not path.is_relative_to(root):
            continue
        name = str(path.relative_to(root))
        if name.startswith(ours) and not name.startswith(torch_layers):
            yield name


def tidy(root, build, name):
    """(path, line, message) of what clang-tidy says about one file."""
    command = ["clang-tidy", "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option",
               "--extra-arg=-Wno-string-conversion", str(root / name)]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    found = [complaint.match(line) for line in result.stdout.splitlines()]
    found = [match for match in found if match]
    if result.returncode != 0 and not found:
        return [(name, 0, "clang-tidy failed: " + (result.stderr.strip().splitlines() or ["no message"])[-1])]
    return [(os.path.relpath(match.group(1), root), int(match.group(2)), match.group(3)) for match in found]


def check(root, build, jobs):
    root = pathlib.Path(root).resolve()
    names = sorted(set(translation_units(root, build)))
    reported = set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(lambda name: tidy(root, build, name), names):
            for violation in result:
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
