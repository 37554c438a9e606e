#!/usr/bin/env python3
"""Which frames of a labelled pool to learn from: every strategy spends the same label budget, seed by seed.

    benchmarks/selection/pools.py [POOL.xyz] [--pool balanced|skewed] [--add FRAMES.xyz] [--arms uniform divbs ...]
        [--seeds 6] [--model mace-mp-0-small] [--rounds 3] [--batch 10] [--superbatch 100] [--test 110] [--epochs 40]
        [--test-labels FRAMES.xyz] [--teacher MODEL] [--committee MODEL MODEL ...] [--program build/bin/fibonaqi]
        [--folder pools] [--json RESULT.json] [--tiny]

Writes FOLDER/pool.xyz, test.xyz and compare.json, and runs `fibonaqi compare` on them, which says what it does, and goes
on where it was when the same command is given again. With a fixed key POOL is cut into test frames and the pool, both
with the same share of every group (--group, a key of the comment line such as temperature_K). A pool that is `skewed` is
what MD gives: the first two groups whole, of the others a sixth, a tenth, a tenth ... of their frames. --add puts frames
into the pool alone: data/silicon_outliers.xyz, for a pool with 2 % outliers. --test-labels has POOL's frames in the same
order with better labels, for the test frames. The arm `oracle` looks at the labels of frames that have not been paid for,
divbs-teacher and divbs-committee at those of the models that --teacher and --committee name. --tiny takes a minute and
needs no POOL: a small model, and frames that another model of this repository labels. Python's standard library is all it
needs.
"""

import argparse
import math
import pathlib
import random
import re
import subprocess
import sys

import lab

LABEL_FREE = {"features": "prediction_gradient"}
JACOBIAN = {"features": "force_jacobian"}
EMBEDDING = {"features": "embedding"}
# Keys of `select` that an arm has otherwise than DivBS by pseudo labels of the posterior.
ARMS = {
    "uniform": {"strategy": "uniform"},
    "divbs": {},
    "divbs-argmax": {"options": {"pick": "argmax"}},
    "divbs-ols": {"options": {"pick": "ols"}},
    "divbs-unit": {"normalise_rows": True},
    "divbs-linear": {"last_layer": "linear_readouts"},
    "divbs-readouts": {"last_layer": "readouts"},
    "divbs-teacher": {"labels": "teacher"},
    "divbs-committee": {"labels": "committee"},
    "gradmatch": {"strategy": "gradmatch"},
    "gradient_norm": {"strategy": "gradient_norm"},
    "badge": {"strategy": "kmeanspp", "options": {"first": "largest"}},
    "maxdet": {"strategy": "maxdet", **LABEL_FREE},
    "bait": {"strategy": "bait", **LABEL_FREE},
    "lcmd": {"strategy": "lcmd", **LABEL_FREE},
    "maxdet-jacobian": {"strategy": "maxdet", **JACOBIAN},
    "lcmd-jacobian": {"strategy": "lcmd", **JACOBIAN},
    "maxdist": {"strategy": "maxdist", **EMBEDDING},
    "lcmd-embedding": {"strategy": "lcmd", **EMBEDDING},
    "direct": {"strategy": "direct", **EMBEDDING},
    "frank_wolfe": {"strategy": "frank_wolfe", **EMBEDDING},
    "oracle": {"labels": "pool"},
    "oracle-norm": {"strategy": "gradient_norm", "labels": "pool"},
}
# What an arm cannot be run without.
NEEDED = {"divbs-teacher": "teacher", "divbs-committee": "committee"}
TINY = {"group": "rattle_A", "model": str(lab.ROOT / "models/mptrj-mace/mptrj-mace.safetensors"), "rounds": 2,
        "batch": 4, "superbatch": 20, "test": 20, "epochs": 60, "seeds": 2,
        "arms": ["uniform", "divbs", "maxdet", "direct"]}


def cut(options, data):
    """(test, pool) frames of the file; the same ones in every call."""
    groups = {}
    for frame in lab.read_frames(data):
        groups.setdefault(lab.value_of(frame, options.group), []).append(frame)
    total = sum(len(frames) for frames in groups.values())
    if total < options.test + options.superbatch:
        sys.exit(f"{data}: {total} frames (a test set of {options.test} and a superbatch of "
                 f"{options.superbatch} are needed) use fewer")
    names = sorted(groups, key=lambda name: (float(name) if re.fullmatch(r"[\d.]+", name) else math.inf, name))
    test, pool = [], []
    for place, name in enumerate(names):
        frames = groups[name]
        random.Random(f"test {name}").shuffle(frames)
        cut_at = round(options.test * len(frames) / total)
        test += frames[:cut_at]
        rest = frames[cut_at:]
        keep = 1.0 if options.pool == "balanced" or place < 2 else 1 / 6 if place == 2 else 1 / 10
        pool += rest[:max(1, round(keep * len(rest)))]
    return test, pool + (lab.read_frames(options.add) if options.add else [])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, nargs="?")
    parser.add_argument("--pool", choices=("balanced", "skewed"), default="balanced")
    parser.add_argument("--add", type=pathlib.Path)
    parser.add_argument("--test-labels", type=pathlib.Path)
    parser.add_argument("--teacher", help="model: file (full path) or name")
    parser.add_argument("--committee", nargs="+", help="models, likewise")
    parser.add_argument("--group", default="temperature_K")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=[arm for arm in ARMS if arm not in NEEDED])
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/bin/fibonaqi"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("pools"))
    parser.add_argument("--model", default="mace-mp-0-small", help="file (full path) or name")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--tiny", action="store_true")
    numbers = {"seeds": 6, "rounds": 3, "batch": 10, "superbatch": 100, "test": 110, "epochs": 40}
    for name, number in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    if options.tiny:
        vars(options).update(TINY)
    elif not options.data:
        parser.error("POOL.xyz is missing (only --tiny makes its own)")
    for arm in options.arms:
        if arm in NEEDED and not getattr(options, NEEDED[arm]):
            parser.error(f"arm {arm} needs --{NEEDED[arm]}")
    return options


def main():
    options = parse()
    options.folder.mkdir(parents=True, exist_ok=True)
    program = lab.Program(options.program, options.folder)
    options.data = lab.made_silicon(program, 60) if options.tiny else options.data
    test, pool = cut(options, options.data)
    if options.test_labels:
        test = cut(options, options.test_labels)[0]
    program.write("test.xyz", test)
    program.write("pool.xyz", pool)
    program.write_json("compare.json", {
        "pool": "pool.xyz", "test": "test.xyz", "group": options.group, "model": options.model, "output": "comparison",
        "seeds": options.seeds, "rounds": options.rounds, "against": options.arms[0],
        "select": {"batch": options.batch, "ratio": options.batch / options.superbatch},
        "lines": {arm: ARMS[arm] | ({NEEDED[arm]: getattr(options, NEEDED[arm])} if arm in NEEDED else {})
                  for arm in options.arms},
        "settings": {"epochs": options.epochs, "energy_weight": 100, "force_weight": 100, "e0": "always"}})
    words = [program.path, "compare", str(options.folder / "compare.json")]
    sys.exit(subprocess.run(words + (["--json", str(options.json)] if options.json else [])).returncode)


if __name__ == "__main__":
    main()
