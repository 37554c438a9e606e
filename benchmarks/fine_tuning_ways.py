#!/usr/bin/env python3
"""Ways to fine-tune a pretrained model, side by side: what they learn, and what they forget.

    benchmarks/fine_tuning_ways.py TARGET.xyz PRETRAINED.xyz [--program build/bin/fibonaqi] [--folder ways]
        [--model mace-mp-0-small] [--train 40] [--validation 20] [--test 100] [--replayed 60] [--epochs 25]
        [--seeds 3] [--ways naive lora ...] [--rates 0.001 0.003 0.01]

TARGET holds labels of the material to be learnt. With a fixed key it is cut into test frames and the rest; every seed
draws other training and validation frames from the rest. PRETRAINED holds frames of the data that the model was
pretrained on, with their own labels; small ones are cut into frames to replay and frames to measure forgetting on, no
material in both. Every way makes the same number of optimisation steps and fits E0 first. Its learning rate is the one
of --rates with the lowest validation loss at seed 1; the test frames choose nothing. Results are kept in the folder, so
that a run that was cut short goes on where it was. Python's standard library is all it needs.
"""

import argparse
import json
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "selection"))
import lab  # noqa: E402

WAYS = {
    "naive": {},
    "frozen": {"freeze": {"layers": 1}},
    "lora": {"lora": {"rank": 4, "alpha": 4}},
    "replay": {"replay": {"share": 0.3}},
    "lora+replay": {"lora": {"rank": 4, "alpha": 4}, "replay": {"share": 0.3}},
}
SETTINGS = {"batch": 5, "schedule": "cosine", "warmup_steps": 20, "energy_weight": 100, "force_weight": 100}
# Options that all results in a folder share.
SAME = ("target", "pretrained", "model", "train", "validation", "test", "replayed", "epochs")
MEASURED, LARGEST = 60, 10  # frames that show forgetting, and atoms in a frame of the pretrained domain


def atoms(frame):
    return int(frame.split("\n", 1)[0])


def energy(frame):
    return float(re.search(r"\b(?:REF_)?energy=(\S+)", frame).group(1))


def constants(frame, shift):
    """Sum of the change of E0 over the atoms [eV]."""
    return sum(shift.get(line.split(None, 1)[0], 0.0) for line in frame.splitlines()[2:])


def material(frame):
    name = re.search(r"mptrj_traj_id=(\S+)", frame)
    return name.group(1) if name else frame


def cut(options):
    """Writes all data files; the same ones in every call."""
    folder, target, old = options.folder, lab.read_frames(options.target), lab.read_frames(options.pretrained)
    needed = options.train + options.validation + options.test
    random.Random("test").shuffle(target)
    if len(target) < needed:
        sys.exit(f"{options.target}: {len(target)} frames, {needed} are needed")
    (folder / "test.xyz").write_text("".join(target[:options.test]))
    for seed in range(1, options.seeds + 1):
        rest = target[options.test:]
        random.Random(f"train {seed}").shuffle(rest)
        (folder / f"train-{seed}.xyz").write_text("".join(rest[:options.train]))
        (folder / f"validation-{seed}.xyz").write_text("".join(rest[options.train:options.train + options.validation]))
    small = list({material(frame): frame for frame in old if atoms(frame) <= LARGEST}.values())
    random.Random("pretrained").shuffle(small)
    if len(small) < options.replayed + MEASURED:
        sys.exit(f"{options.pretrained}: {len(small)} frames of up to {LARGEST} atoms, "
                 f"{options.replayed + MEASURED} are needed")
    others = small[:MEASURED] + small[2 * MEASURED:]
    (folder / "pretrained.xyz").write_text("".join(small[MEASURED:2 * MEASURED]))
    (folder / "replay.xyz").write_text("".join(others[:options.replayed]))


def run(options, *words):
    subprocess.run([str(options.program.resolve()), *words], cwd=options.folder, check=True, stdout=subprocess.DEVNULL)


def evaluate(options, model, data, *more):
    run(options, "evaluate", "--model", model, "--data", data, "--dtype", "float32", "--json", "errors.json", *more)
    found = json.loads((options.folder / "errors.json").read_text())
    return {"force_rmse": 1e3 * found["forces"]["rmse_eV_per_A"], "force_mae": 1e3 * found["forces"]["mae_eV_per_A"],
            "energy_mae": 1e3 * found["energy"]["mae_eV_per_atom"]}


def errors(options, model, shift):
    """Of a model on the test frames, on the pretrained domain, and there against the initial model."""
    found = {"test": evaluate(options, model, "test.xyz", *(["--fit-e0"] if shift is None else [])),
             "pretrained": evaluate(options, model, "pretrained.xyz"),
             "drift": evaluate(options, model, "initial.xyz", "--write", "now.xyz")}
    then, now = (lab.read_frames(options.folder / name) for name in ("initial.xyz", "now.xyz"))
    # A change of E0 is no forgetting.
    found["drift"]["energy_mae"] = 1e3 * statistics.fmean(
        abs(energy(b) - constants(b, shift or {}) - energy(a)) / atoms(a) for a, b in zip(then, now))
    return found


def train(options, way, rate, seed):
    task = {"model": options.model, "train": f"train-{seed}.xyz", "validation": f"validation-{seed}.xyz", "seed": seed,
            "output": "tuned.safetensors", "checkpoint_minutes": 0, "forgetting": "pretrained.xyz",
            "settings": SETTINGS | WAYS[way] | {"epochs": options.epochs, "learning_rate": rate}}
    if "replay" in WAYS[way]:
        task["replay"] = "replay.xyz"
    (options.folder / "task.json").write_text(json.dumps(task, indent=1))
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(options, "train", "task.json", "--json", "trained.json")
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads((options.folder / "trained.json").read_text())
    return {"seconds": end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime, "steps": found["steps"],
            "trained": found["trained"], "best_epoch": found["best_epoch"], "e0_shift_eV": found["e0_shift_eV"],
            "alarm": found["forgetting"]["is_alarming"], "validation_loss": found["validation"]["after"]["loss"],
            "validation_force_rmse": 1e3 * found["validation"]["after"]["forces"]["rmse_eV_per_A"]}


def trained(options, way, rate, seed):
    outcome = train(options, way, rate, seed)
    return outcome | errors(options, "tuned.safetensors", outcome["e0_shift_eV"])


COLUMNS = (("test", "force_rmse"), ("test", "energy_mae"), ("pretrained", "force_rmse"), ("drift", "force_rmse"),
           ("drift", "energy_mae"))


HEADER = ("| way | rate | test forces RMSE [meV/A] | test energies MAE [meV/atom] | pretrained forces RMSE [meV/A] "
          "| drift of forces RMSE [meV/A] | drift of energies MAE [meV/atom] | CPU s |\n" + "|---" * 8 + "|")


def row(name, rate, found):
    cells = []
    for part, key in COLUMNS:
        values = [one[part][key] for one in found]
        spread = f" +- {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        cells.append(f"{statistics.fmean(values):.1f}{spread}")
    seconds = f"{statistics.fmean(one['seconds'] for one in found):.0f}" if rate else ""
    print(f"| {name} | {rate or ''} | {' | '.join(cells)} | {seconds} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("pretrained", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/bin/fibonaqi"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("ways"))
    parser.add_argument("--model", default="mace-mp-0-small", help="file (full path) or name")
    numbers = {"train": 40, "validation": 20, "test": 100, "replayed": 60, "epochs": 25, "seeds": 3}
    for name, number in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 3e-3, 1e-2])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = lab.Kept(options.folder / "results.json", {name: str(getattr(options, name)) for name in SAME})
    cut(options)
    if not (options.folder / "initial.xyz").exists():
        evaluate(options, options.model, "pretrained.xyz", "--write", "initial.xyz", "--as-labels")
    initial = kept.get("initial", lambda: errors(options, options.model, None))
    outcome_of = lambda way, rate, seed: kept.get(f"{way} {rate:g} {seed}", lambda: trained(options, way, rate, seed))
    tried = {way: {rate: outcome_of(way, rate, 1) for rate in options.rates} for way in options.ways}
    chosen = {way: min(rates, key=lambda rate: rates[rate]["validation_loss"]) for way, rates in tried.items()}
    found = {way: [] for way in options.ways}
    for seed in range(1, options.seeds + 1):
        for way, rate in chosen.items():
            found[way].append(outcome_of(way, rate, seed))
    print(f"Chosen rates, {options.seeds} seeds:\n\n{HEADER}")
    row("initial", None, [initial])
    for way, rate in chosen.items():
        row(way, rate, found[way])
    print(f"\nAll rates, seed 1:\n\n{HEADER}")
    for way, rates in tried.items():
        for rate, outcome in rates.items():
            row(way, rate, [outcome])


if __name__ == "__main__":
    main()
