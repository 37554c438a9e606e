#!/usr/bin/env python3
"""Which frames of a labelled pool to learn from: every strategy spends the same label budget, seed by seed.

    benchmarks/selection/pools.py [POOL.xyz] [--pool balanced|skewed] [--arms uniform divbs ...] [--seeds 5]
        [--model mace-mp-0-small] [--rounds 3] [--batch 10] [--superbatch 100] [--test 120] [--epochs 40]
        [--program build/bin/fibonaqi] [--folder pools] [--json RESULT.json] [--tiny]

POOL holds frames with labels. With a fixed key it is cut into test frames and the pool, both with the same share of
every group (--group, a key of the comment line such as temperature_K). A pool that is `skewed` is what MD gives: the
first two groups whole, of the others a sixth, a tenth, a tenth ... of their frames. In every round the strategy sees a
superbatch of the pool with the model of the round before, takes a batch, and the first model is trained on all frames
taken so far; labels of the others are looked at by the arms `oracle` alone. All arms of a seed have the same superbatch
in the first round, the same settings and the same number of steps. Reported are the errors on the test frames after the
last round, with the paired difference against uniform and the exact p-value of a sign-flip test over the seeds. Results
are kept in the folder, so that a run that was cut short goes on where it was. --tiny takes a minute and needs no POOL: a
small model, and frames that another model of this repository labels. Python's standard library is all it needs.
"""

import argparse
import math
import pathlib
import random
import re
import statistics
import sys

import lab

POSTERIOR = ["--kind", "loss_gradient", "--pseudo-labels", "posterior"]
TRUTH = ["--kind", "loss_gradient", "--fit-e0"]
LABEL_FREE = ["--kind", "prediction_gradient"]
JACOBIAN = ["--kind", "force_jacobian"]
EMBEDDING = ["--kind", "embedding"]
# Words after `select --model M --data SUPERBATCH`.
ARMS = {
    "uniform": ["--strategy", "uniform"],
    "divbs": ["--strategy", "divbs", *POSTERIOR],
    "divbs-argmax": ["--strategy", "divbs", "--pick", "argmax", *POSTERIOR],
    "divbs-ols": ["--strategy", "divbs", "--pick", "ols", *POSTERIOR],
    "divbs-unit": ["--strategy", "divbs", "--normalise-rows", *POSTERIOR],
    "gradmatch": ["--strategy", "gradmatch", *POSTERIOR],
    "gradient_norm": ["--strategy", "gradient_norm", *POSTERIOR],
    "badge": ["--strategy", "kmeanspp", "--option", "first=largest", *POSTERIOR],
    "maxdet": ["--strategy", "maxdet", *LABEL_FREE],
    "bait": ["--strategy", "bait", *LABEL_FREE],
    "lcmd": ["--strategy", "lcmd", *LABEL_FREE],
    "maxdet-jacobian": ["--strategy", "maxdet", *JACOBIAN],
    "lcmd-jacobian": ["--strategy", "lcmd", *JACOBIAN],
    "maxdist": ["--strategy", "maxdist", *EMBEDDING],
    "lcmd-embedding": ["--strategy", "lcmd", *EMBEDDING],
    "direct": ["--strategy", "direct", *EMBEDDING],
    "frank_wolfe": ["--strategy", "frank_wolfe", *EMBEDDING],
    "oracle": ["--strategy", "divbs", *TRUTH],
    "oracle-norm": ["--strategy", "gradient_norm", *TRUTH],
}
BESIDE_LABELLED = {"maxdet", "bait", "lcmd", "maxdet-jacobian", "lcmd-jacobian", "maxdist", "lcmd-embedding", "frank_wolfe"}
SETTINGS = {"energy_weight": 100, "force_weight": 100, "e0": "always"}
SAME = ("data", "pool", "group", "model", "rounds", "batch", "superbatch", "test", "epochs")
TINY = {"group": "rattle_A", "model": str(lab.ROOT / "models/mptrj-mace/mptrj-mace.safetensors"), "rounds": 2,
        "batch": 4, "superbatch": 20, "test": 20, "epochs": 60, "seeds": 2,
        "arms": ["uniform", "divbs", "maxdet", "direct"]}


def cut(options):
    """(test, pool) frames; the same in every call."""
    groups = {}
    for frame in lab.read_frames(options.data):
        groups.setdefault(lab.value_of(frame, options.group), []).append(frame)
    total = sum(len(frames) for frames in groups.values())
    if total < options.test + options.superbatch:
        sys.exit(f"{options.data}: {total} frames (a test set of {options.test} and a superbatch of "
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
    return test, pool


def chosen(program, options, arm, model, keys):
    """Places in the superbatch, in order of picking."""
    size = len(lab.read_frames(program.folder / "superbatch.xyz"))
    words = ["select", "--model", model, "--data", "superbatch.xyz", *ARMS[arm], "--batch", options.batch, "--ratio",
             options.batch / size, "--seed", keys[0], "--cycle", keys[1], "--json", "picks.json"]
    if arm != "uniform":
        words += ["--dtype", "float32"]
    has_labelled = (program.folder / "labelled.xyz").stat().st_size > 0
    if has_labelled and (arm in BESIDE_LABELLED or "--pseudo-labels" in ARMS[arm]):
        words += ["--labelled", "labelled.xyz"]
    program.run(*words)
    return [pick["id"] for pick in program.read_json("picks.json")["picks"]]


def train(program, options, seed):
    program.write_json("task.json", {
        "model": options.model, "train": "labelled.xyz", "validation_share": 0, "keep": "last", "seed": seed,
        "output": "tuned.safetensors", "checkpoint_minutes": 0, "dtype": "float32",
        "settings": SETTINGS | {"epochs": options.epochs}})
    program.run("train", "task.json", "--restart")


def errors(program, model, *more):
    program.run("evaluate", "--model", model, "--data", "test.xyz", "--dtype", "float32", "--json", "errors.json", *more)
    found = program.read_json("errors.json")
    return {"force_rmse": 1e3 * found["forces"]["rmse_eV_per_A"],
            "energy_mae": 1e3 * found["energy"]["mae_eV_per_atom"]}


def campaign(program, options, arm, seed):
    """One arm of one seed: errors after every round, what selection cost, and the groups that were taken."""
    _, pool = cut(options)
    model, labelled, outcome = options.model, [], {"rounds": [], "selection_seconds": 0.0, "groups": {}}
    for turn in range(1, options.rounds + 1):
        random.Random(f"superbatch {seed} {turn}").shuffle(pool)
        program.write("superbatch.xyz", pool[:options.superbatch])
        program.write("labelled.xyz", labelled)
        before = lab.cpu_seconds()
        places = set(chosen(program, options, arm, model, (seed, turn)))
        outcome["selection_seconds"] += lab.cpu_seconds() - before
        picked = [pool[place] for place in sorted(places)]
        pool = [frame for place, frame in enumerate(pool) if place not in places]
        labelled += picked
        for frame in picked:
            name = lab.value_of(frame, options.group)
            outcome["groups"][name] = outcome["groups"].get(name, 0) + 1
        program.write("labelled.xyz", labelled)
        train(program, options, seed)
        model = "tuned.safetensors"
        outcome["rounds"].append(errors(program, model))
    return outcome


def last(found, key):
    return [one["rounds"][-1][key] for one in found]


def row(arm, found, base):
    groups = {}
    for one in found:
        for name, count in one["groups"].items():
            groups[name] = groups.get(name, 0) + count / len(found)
    force = last(found, "force_rmse")
    cells = [arm, lab.spread(force), lab.paired(force, force if base is found else last(base, "force_rmse")),
             f"{statistics.fmean(last(found, 'energy_mae')):.1f}",
             ", ".join(f"{name}: {count:.1f}" for name, count in sorted(groups.items())),
             f"{statistics.fmean(one['selection_seconds'] for one in found):.1f}"]
    print("| " + " | ".join(cells) + " |")


def report(options, initial, found):
    print(f"{options.data.name}, {options.pool} pool, {pathlib.Path(options.model).name}, {options.rounds} x "
          f"{options.batch} labels, {options.seeds} seeds. Start: {initial['force_rmse']:.1f} meV/A, "
          f"{initial['energy_mae']:.1f} meV/atom.\n")
    print("| arm | test forces RMSE [meV/A] (range) | against uniform | energies MAE [meV/atom] | taken of each group | "
          "selection [CPU s] |\n" + "|---" * 6 + "|")
    for arm in options.arms:
        row(arm, found[arm], found.get("uniform", found[arm]))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, nargs="?")
    parser.add_argument("--pool", choices=("balanced", "skewed"), default="balanced")
    parser.add_argument("--group", default="temperature_K")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/bin/fibonaqi"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("pools"))
    parser.add_argument("--model", default="mace-mp-0-small", help="file (full path) or name")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--tiny", action="store_true")
    numbers = {"seeds": 5, "rounds": 3, "batch": 10, "superbatch": 100, "test": 120, "epochs": 40}
    for name, number in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    if options.tiny:
        vars(options).update(TINY)
    elif not options.data:
        parser.error("POOL.xyz is missing (only --tiny makes its own)")
    return options


def main():
    options = parse()
    options.folder.mkdir(parents=True, exist_ok=True)
    program = lab.Program(options.program, options.folder)
    options.data = (lab.made_silicon(program, 60) if options.tiny else options.data).resolve()
    same = {name: str(getattr(options, name)) for name in SAME}
    kept = lab.Kept(options.folder / "results.json", same)
    test, _ = cut(options)
    program.write("test.xyz", test)
    initial = kept.get("initial", lambda: errors(program, options.model, "--fit-e0"))
    found = {arm: [] for arm in options.arms}
    for seed in range(1, options.seeds + 1):
        for arm in options.arms:
            found[arm].append(kept.get(f"{arm} {seed}", lambda: campaign(program, options, arm, seed)))
    report(options, initial, found)
    if options.json:
        options.json.write_text(lab.json.dumps({"options": same, "initial": initial, "arms": found}, indent=1))


if __name__ == "__main__":
    main()
