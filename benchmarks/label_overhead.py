#!/usr/bin/env python3
"""What a label costs beside the program that computes it: 1000 labels of xtb by `fibonaqi label`.

    benchmarks/label_overhead.py build/bin/fibonaqi [--labels 1000] [--slots 2] [--keep FOLDER]

Small molecules (water to ethanol), each displaced by 0.03 angstrom, GFN2-xTB. Aims per label: less than 30 ms in which a
slot has no running program (wall time of the command x slots - wall time of the programs, as their supervisors measured
it), and less than 20 MB of memory for `fibonaqi` and for each `fibonaqi-label`. The CPU time is that of our own programs
alone: all of theirs together less that of xtb.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

MOLECULES = [
    ("OHH", [(0, 0, 0), (0.757, 0.587, 0), (-0.757, 0.587, 0)]),
    ("NHHH", [(0, 0, 0.12), (0.94, 0, -0.27), (-0.47, 0.81, -0.27), (-0.47, -0.81, -0.27)]),
    ("CHHHH", [(0, 0, 0), (0.63, 0.63, 0.63), (-0.63, -0.63, 0.63), (-0.63, 0.63, -0.63), (0.63, -0.63, -0.63)]),
    ("COO", [(0, 0, 0), (1.16, 0, 0), (-1.16, 0, 0)]),
    ("CCOHHHHHH", [(1.17, -0.40, 0), (-0.11, 0.40, 0), (-1.19, -0.53, 0), (2.05, 0.25, 0), (1.22, -1.04, 0.89),
                   (1.22, -1.04, -0.89), (-0.13, 1.05, 0.89), (-0.13, 1.05, -0.89), (-2.03, -0.04, 0)]),
]


def write_frames(path, count):
    random.seed(1)
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            symbols, positions = MOLECULES[i % len(MOLECULES)]
            out.write(f'{len(symbols)}\nProperties=species:S:1:pos:R:3 pbc="F F F"\n')
            for symbol, position in zip(symbols, positions):
                out.write(symbol + "".join(f" {x + random.gauss(0, 0.03):.6f}" for x in position) + "\n")


class Memory(threading.Thread):
    """Largest resident memory [MB] of a command and of the processes that it started, by name, looked at 10 times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.largest = {}
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="utf-8") as children:
                for pid in [str(self.pid), *children.read().split()]:
                    self.look(pid)

    def look(self, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                values = dict(line.split(":", 1) for line in status)
        except OSError:
            return  # it has ended
        name = values["Name"].strip()
        self.largest[name] = max(self.largest.get(name, 0.0), int(values.get("VmHWM", "0").split()[0]) / 1000)


def run(self):
        while not self.over.wait(0.1):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                        values = dict(line.split(":", 1) for line in status)
                except OSError:
                    continue  # it has ended
                name = values["Name"].strip()
                if name in self.largest and "VmHWM" in values:
                    self.largest[name] = max(self.largest[name], int(values["VmHWM"].split()[0]) / 1000)


def run(arguments, folder):
    write_frames(f"{folder}/frames.xyz", arguments.labels)
    with open(f"{folder}/xtb.json", "w", encoding="utf-8") as driver:
        json.dump({"type": "xtb"}, driver)
    command = [os.path.abspath(arguments.program), "label", "--driver", "xtb.json", "--data", "frames.xyz", "-o", "labels.xyz",
               "--work", "work", "--slots", str(arguments.slots)]
    start = time.perf_counter()
    with open(f"{folder}/log", "w", encoding="utf-8") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        memory = Memory(process.pid)
        memory.start()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - start
        memory.over.set()
        memory.join()
        code = process.wait()
    if code != 0:
        sys.exit(f"'{' '.join(command)}' failed with code {code}: see {folder}/log")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, usage.ru_utime + usage.ru_stime, memory.largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--keep", metavar="FOLDER", help="leave everything there")
    arguments = parser.parse_args()
    folder = arguments.keep or tempfile.mkdtemp(prefix="label-overhead-")
    os.makedirs(folder, exist_ok=True)
    wall, cpu, largest = run(arguments, folder)
    count, programs, programs_cpu = sqlite3.connect(f"{folder}/work/ledger.sqlite").execute(
        "SELECT count(*), sum(wall_seconds), sum(cpu_seconds) FROM label WHERE state = 'accepted'").fetchone()
    if not arguments.keep:
        shutil.rmtree(folder)
    print(f"{count} labels in {wall:.1f} s, {arguments.slots} slots; a program takes {1e3 * programs / count:.1f} ms "
          f"(CPU {1e3 * programs_cpu / count:.1f} ms)\n"
          f"per label beside the program: {1e3 * (wall * arguments.slots - programs) / count:.1f} ms of a slot, "
          f"{1e3 * (cpu - programs_cpu) / count:.1f} ms CPU\n"
          "memory: " + ", ".join(f"{name} {size:.1f} MB" for name, size in largest.items()))


if __name__ == "__main__":
    main()
