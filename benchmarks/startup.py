#!/usr/bin/env python3
"""Time of `fibonaqi --help` and, with a campaign folder, of `fibonaqi status`: 50 ms at most are the aim.

    benchmarks/startup.py build/bin/fibonaqi [runs/silicon] [--rounds 40] [--evaluate MODEL FRAME.xyz] [--import FILE.model]

--evaluate: a whole evaluation of one small frame, of which reading the model is the larger part (aim: 0.5 s); --import:
of a model in another format (aims: 5 s and 500 MB). Fastest and median of all rounds, wall and CPU milliseconds, and the
largest memory of all processes, the commands turn by turn.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time


def measure(command):
    """(wall seconds, CPU seconds, MB) of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"'{' '.join(command)}' failed with code {process.returncode}")
    return taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("campaign", nargs="?")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--evaluate", nargs=2, metavar=("MODEL", "FRAME.xyz"))
    parser.add_argument("--import", dest="imported", metavar="FILE.model")
    arguments = parser.parse_args()
    commands = [[arguments.program, "--help"]]
    if arguments.campaign:
        commands += [[arguments.program, "status", arguments.campaign], [arguments.program, "status", arguments.campaign, "--json"]]
    if arguments.evaluate:
        model, frame = arguments.evaluate
        commands.append([arguments.program, "evaluate", "--model", model, "--data", frame, "--dtype", "float32"])
    if arguments.imported:
        commands.append([arguments.program, "model", "import", arguments.imported, "-o", "/tmp/startup.safetensors", "--force"])
    times = [[] for _ in commands]
    for _ in range(arguments.rounds):
        for command, taken in zip(commands, times):
            taken.append(measure(command))
    for command, taken in zip(commands, times):
        wall, cpu = ([1e3 * run[i] for run in taken] for i in (0, 1))
        print(f"{' '.join(command[1:3]):30} wall {min(wall):6.1f} ms (median {statistics.median(wall):6.1f})   "
              f"CPU {min(cpu):6.1f} ms (median {statistics.median(cpu):6.1f})   {max(run[2] for run in taken):5.0f} MB")


if __name__ == "__main__":
    main()
