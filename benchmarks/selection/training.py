#!/usr/bin/env python3
"""Batches for training: DivBS against uniform draws, the experiments of the paper on data that can be had.

    benchmarks/selection/training.py E1|E2|E3|E4|tiny [--data ../shared/data] [--full] [--seeds N] [--arms divbs ...]
        [--epochs N] [--program build/bin/fibonaqi] [--folder training] [--json RESULT.json]

E1  fine-tunes MACE-MP-0 small on frames of OC20 relaxations (the paper: OC20NEB); batch 10
E2  trains a MACE with vectors from scratch on five molecules of rMD17 (the paper: MD17 at CCSD); batch 10
E3  trains a MACE with l = 2 from scratch on benzene, with batches of 2: Fig. 1B of the paper
E4  is E3 with several ratios r
tiny takes a minute and needs no data: a small MACE on frames that a model of this repository labels

From every superbatch of batch / r frames a batch is taken: by divbs, uniform, or another of --arms; `all` trains on every
frame. All arms train on the same number of frames (epochs x r effective epochs) with the same learning rate, so `all`
passes fewer superbatches; uniform-4.2 on 4.2 times as many. The settings are scaled to minutes on two cores; --full takes
those of the paper, as far as it states them. Frames are drawn with a fixed key, validation frames choose nothing. Reported
are the validation errors at the end, paired against uniform, and what the whole training cost; FOLDER gets charts of the
validation loss against effective epochs, passes over the data (epochs), and wall time. Results are kept in the folder, so
that a run that was cut short goes on where it was. Python's standard library is all it needs.
"""

import argparse
import itertools
import pathlib
import random
import statistics

import lab

MOLECULES = ("aspirin", "benzene", "malonaldehyde", "toluene", "ethanol")
MACE = {"max_ell": 2, "correlation": 2, "radial_widths": [32, 32, 32], "channels": 16, "hidden_order": 1}
SCALED = {
    "E1": {"train": ["oc20/oc20_train.xyz"], "validation": ["oc20/oc20_val.xyz"], "frames": (100, 20), "atoms": 60,
           "model": "mace-mp-0-small", "batch": 10, "ratios": [0.1], "rate": 1e-3, "epochs": 20, "seeds": 3},
    "E2": {"train": [f"rmd17/rmd17_{name}_train.xyz" for name in MOLECULES], "frames": (100, 20), "model": MACE,
           "batch": 10, "ratios": [0.1], "rate": 1e-2, "epochs": 60, "seeds": 3},
    "E3": {"train": ["rmd17/rmd17_benzene_train.xyz"], "frames": (200, 50), "model": MACE, "batch": 2, "ratios": [0.1],
           "rate": 1e-2, "epochs": 60, "seeds": 3},
    "E4": {"train": ["rmd17/rmd17_benzene_train.xyz"], "frames": (200, 50), "model": MACE, "batch": 2,
           "ratios": [0.05, 0.1, 0.2, 0.5], "rate": 1e-2, "epochs": 60, "seeds": 2},
    "tiny": {"frames": (60, 20), "model": {**MACE, "channels": 4, "hidden_order": 0}, "batch": 2, "ratios": [0.1],
             "rate": 1e-2, "epochs": 20, "seeds": 2},
}
FULL = {
    "E1": {"frames": (800, 100), "atoms": 1000, "epochs": 100, "seeds": 10},
    "E2": {"frames": (950, 50), "model": {"channels": 128, "hidden_order": 1}, "rate": 1e-3, "epochs": 136},
    "E3": {"frames": (950, 50), "model": {"channels": 256, "hidden_order": 2}, "epochs": 136},
    "E4": {"frames": (950, 50), "model": {"channels": 256, "hidden_order": 2}, "epochs": 136, "seeds": 1},
}
# Section "selection" of the training, without the ratio.
ARMS = {
    "divbs": {"strategy": "divbs"},
    "divbs-argmax": {"strategy": "divbs", "options": {"pick": "argmax"}},
    "divbs-kept5": {"strategy": "divbs", "kept_epochs": 5},
    "divbs-kept11": {"strategy": "divbs", "kept_epochs": 11},
    "divbs-student": {"strategy": "divbs", "student": 1},
    "divbs-shortlist": {"strategy": "divbs", "student": 0.5, "shortlist": 2},
    "divbs-linear": {"strategy": "divbs", "last_layer": "linear_readouts"},
    "divbs-readouts": {"strategy": "divbs", "last_layer": "readouts"},
    "divbs-unit": {"strategy": "divbs", "normalise_rows": True},
    "divbs-clip": {"strategy": "divbs", "clip_norm": 0.9},
    "divbs-end": {"strategy": "divbs", "schedule": "exponential", "end_ratio": 1.0},
    "gradmatch": {"strategy": "gradmatch"},
    "importance": {"strategy": "gradient_norm", "options": {"pick": "importance"}},
    "gradient_norm": {"strategy": "gradient_norm"},
    "loss": {"strategy": "loss"},
    "loss-rank": {"strategy": "loss", "options": {"pick": "rank"}, "losses": "stored"},
    "infobatch": {"strategy": "infobatch", "losses": "stored"},
    "uniform": {},
    "all": {},
}
# Uniform batches for so many times the epochs: what drawing at random makes of the time that choosing takes.
LONGER = {"uniform-1.25": 1.25, "uniform-1.6": 1.6, "uniform-4.2": 4.2}
ARMS |= {arm: {} for arm in LONGER}


def cut(program, settings, data):
    """Writes train.xyz and validation.xyz: so many frames of every file, in an order with a fixed key."""
    parts = {"train": [], "validation": []}
    paths = [data / name for name in settings["train"]] if "train" in settings else [lab.made_silicon(program, 80)]
    others = [data / name for name in settings.get("validation", [])]
    small = lambda path: [frame for frame in lab.read_frames(path)
                          if int(frame.split("\n", 1)[0]) <= settings.get("atoms", 10**9)]
    for path, other in itertools.zip_longest(paths, others):
        frames, count = small(path), settings["frames"]
        random.Random(path.name).shuffle(frames)
        parts["train"] += frames[:count[0]]
        if other:
            held = small(other)
            random.Random(other.name).shuffle(held)
            parts["validation"] += held[:count[1]]
        else:
            parts["validation"] += frames[count[0]:sum(count)]
    for name, frames in parts.items():
        program.write(f"{name}.xyz", frames)


def start(program, settings, seed):
    """The model to start from: a name, or random weights of this seed."""
    if isinstance(settings["model"], str):
        return settings["model"]
    program.write_json("model.json", {"architecture": "mace", "data": "train.xyz", "cutoff_A": 5.0, "seed": seed,
                                      "mace": settings["model"]})
    program.run("model", "new", "model.json", "-o", "new.safetensors", "--force")
    return "new.safetensors"


def train(program, settings, arm, seed):
    name, _, ratio = arm.partition(" ")
    selection = ARMS[name] | {"ratio": float(ratio or 1.0)}
    program.write_json("task.json", {
        "model": start(program, settings, seed), "train": "train.xyz", "validation": "validation.xyz", "keep": "last",
        "output": "trained.safetensors", "seed": seed, "checkpoint_minutes": 0,
        "settings": {"effective_epochs": LONGER.get(name, 1) * settings["epochs"] * min(settings["ratios"]),
                     "batch": settings["batch"], "learning_rate": settings["rate"], "schedule": "constant", "energy_weight": 1, "force_weight": 100,
                     "e0": "always", "selection": selection}})
    before = lab.cpu_seconds()
    program.run("train", "task.json", "--restart", "--json", "trained.json")
    found = program.read_json("trained.json")
    return {"cpu_seconds": lab.cpu_seconds() - before, "selection_seconds": found["selection_seconds"],
            "seconds": found["training_seconds"], "steps": found["steps"],
            "most_trained": found["most_trained"][0]["times"],
            "curve": [{"epoch": one["epoch"], "effective": one["effective_epochs"], "seconds": one["seconds"],
                       "loss": one["validation_loss"], "force": 1e3 * one["validation_force_rmse_eV_per_A"],
                       "energy": 1e3 * one["validation_energy_rmse_eV_per_atom"]} for one in found["curve"]]}


def line(found, x):
    """(x, mean, least, most) of the loss over the seeds, epoch by epoch."""
    return [(statistics.fmean(one[x] for one in column), statistics.fmean(one["loss"] for one in column),
             min(one["loss"] for one in column), max(one["loss"] for one in column))
            for column in zip(*(one["curve"] for one in found))]


def charts(folder, name, found):
    for x, label in (("effective", "effective epochs: frames trained on / training set"),
                     ("epoch", "epochs: passes of superbatches over the data"), ("seconds", "wall time, s")):
        lines = [(arm, line(results, x)) for arm, results in found.items()]
        (folder / f"{name}.{x}.svg").write_text(lab.chart(f"{name}: loss on the validation frames", label,
                                                          "mean of the seeds, and range", lines))


def report(name, settings, found):
    print(f"{name}: {settings['frames'][0]} + {settings['frames'][1]} frames of every file, batch {settings['batch']}, "
          f"{settings['epochs'] * min(settings['ratios']):g} effective epochs, {settings['seeds']} seeds\n")
    print("| arm | forces RMSE [meV/A] (range) | against uniform | energies RMSE [meV/atom] | steps | "
          "most often one frame | training [CPU s] | selection [wall s] |\n" + "|---" * 8 + "|")
    final = lambda results, key: [one["curve"][-1][key] for one in results]
    for arm, results in found.items():
        base = found.get("uniform " + arm.split(" ")[1] if " " in arm else "", None)
        mean = lambda key: statistics.fmean(one[key] for one in results)
        force = final(results, "force")
        print(f"| {arm} | {lab.spread(force)} | {lab.paired(force, final(base, 'force')) if base and base is not results else ''} | "
              f"{statistics.fmean(final(results, 'energy')):.1f} | {mean('steps'):.0f} | {mean('most_trained'):.1f} | "
              f"{mean('cpu_seconds'):.1f} | {mean('selection_seconds'):.1f} |")


def summary(results):
    """Of an arm: what stays in the repository; the whole curves are in the folder."""
    return [{key: value for key, value in one.items() if key != "curve"} | {"end": one["curve"][-1]} for one in results]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", choices=list(SCALED))
    parser.add_argument("--data", type=pathlib.Path, default=lab.ROOT / "../shared/data")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=["divbs", "uniform", "all"])
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--program", type=pathlib.Path, default=lab.ROOT / "build/bin/fibonaqi")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("training"))
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = parse()
    settings = SCALED[options.experiment] | (FULL.get(options.experiment, {}) if options.full else {})
    settings |= {key: getattr(options, key) for key in ("seeds", "epochs") if getattr(options, key)}
    options.folder.mkdir(parents=True, exist_ok=True)
    program = lab.Program(options.program, options.folder)
    fixed = lab.json.loads(lab.json.dumps({key: value for key, value in settings.items() if key != "seeds"}))
    kept = lab.Kept(options.folder / f"{options.experiment}.json", fixed)
    cut(program, settings, options.data)
    arms = [arm if arm == "all" else f"{arm} {ratio:g}" for arm in options.arms
            for ratio in (settings["ratios"] if arm != "all" else [1])]
    found = {arm: [] for arm in arms}
    for seed in range(1, settings["seeds"] + 1):
        for arm in arms:
            found[arm].append(kept.get(f"{arm}, seed {seed}", lambda: train(program, settings, arm, seed)))
    report(options.experiment, settings, found)
    charts(options.folder, options.experiment, found)
    if options.json:
        options.json.write_text(lab.json.dumps({"settings": settings, "arms": {arm: summary(results) for arm, results in found.items()}},
                                              indent=1))


if __name__ == "__main__":
    main()
