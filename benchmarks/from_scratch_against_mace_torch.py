#!/usr/bin/env python3
"""Training from scratch, this project against mace-torch: equal data, network, loss and optimiser, several seeds each.

Run it with a Python that has mace-torch:

    PYTHON benchmarks/from_scratch_against_mace_torch.py rmd17_ethanol_train.xyz [--seeds 3] [--epochs 40]
        [--program build/bin/fibonaqi] [--folder from_scratch]

The file is one molecule of rMD17: the first 950 frames are trained on, the last 50 are the test. Both sides draw random
weights (e3nn's distributions), take the reference energies by least squares and the scale from the forces of the training
set, and train in float64 on one thread: Adam (amsgrad) with a learning rate that falls from 0.01 as a cosine, batches of
10, loss 1 : 100 of energies per atom and forces, gradients clipped at 10, averaged weights (0.99). The averages after the
last epoch are judged: nothing is chosen by the test frames. Results are kept in the folder, so that a run that was cut
short goes on where it was.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import time
import warnings

warnings.filterwarnings("ignore")

TRAINED_ON, TESTED_ON, BATCH, RATE, DECAY, CLIP = 950, 50, 10, 0.01, 0.99, 10.0
CUTOFF, CHANNELS, MAX_ELL, CORRELATION, BESSEL, RADIAL, READOUT = 5.0, 16, 2, 2, 8, [32, 32, 32], 16


def errors(energies, forces, frames):
    """RMSE and MAE of energies [meV, whole molecule] and force components [meV/A]."""
    import numpy as np
    e = 1e3 * np.array([a - f.get_potential_energy() for a, f in zip(energies, frames)])
    f = 1e3 * np.concatenate([(a - f.get_forces()).ravel() for a, f in zip(forces, frames)])
    return {"energy_mae": float(abs(e).mean()), "energy_rmse": float((e**2).mean() ** 0.5),
            "force_mae": float(abs(f).mean()), "force_rmse": float((f**2).mean() ** 0.5)}


def train_ours(program, folder, seed, epochs):
    """`fibonaqi model new`, `train` and `evaluate`."""
    from ase.io import read
    (folder / "model.json").write_text(json.dumps({
        "architecture": "mace", "name": f"seed-{seed}", "data": "train.xyz", "cutoff_A": CUTOFF, "dtype": "float64", "seed": seed,
        "mace": {"channels": CHANNELS, "max_ell": MAX_ELL, "correlation": CORRELATION, "bessel_functions": BESSEL,
                 "radial_widths": RADIAL, "readout_channels": READOUT}}))
    (folder / "training.json").write_text(json.dumps({
        "model": "new.safetensors", "train": "train.xyz", "output": "trained.safetensors", "dtype": "float64", "seed": seed,
        "keep": "last", "validation_share": 0, "threads": 1,
        "settings": {"epochs": epochs, "batch": BATCH, "learning_rate": RATE, "schedule": "cosine", "warmup_steps": 0,
                     "energy_weight": 1, "force_weight": 100, "clip_norm": CLIP, "average_decay": DECAY}}))
    run = lambda *words: subprocess.run([str(program), *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    run("model", "new", "model.json", "-o", "new.safetensors", "--force")
    begin = time.monotonic()
    run("train", "training.json")
    seconds = time.monotonic() - begin
    run("evaluate", "--model", "trained.safetensors", "--data", "test.xyz", "--dtype", "float64", "--write", "predicted.xyz")
    predicted = read(folder / "predicted.xyz", ":")
    # evaluate writes energies and forces under the plain names
    return errors([f.get_potential_energy() for f in predicted], [f.get_forces() for f in predicted],
                  read(folder / "test.xyz", ":")) | {"seconds": seconds}


def train_theirs(folder, seed, epochs):
    """The same with mace-torch's own network, loss, data loader and Adam."""
    import numpy as np
    import torch
    from ase.io import read
    from e3nn import o3
    from mace import data, modules, tools
    from torch_ema import ExponentialMovingAverage

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    tools.set_seeds(seed)
    frames, test = read(folder / "train.xyz", ":"), read(folder / "test.xyz", ":")
    table = tools.AtomicNumberTable(sorted({int(z) for f in frames for z in f.numbers}))
    counts = np.array([[int((f.numbers == z).sum()) for z in table.zs] for f in frames])
    e0 = np.linalg.lstsq(counts, np.array([f.get_potential_energy() for f in frames]), rcond=None)[0]
    keys = data.KeySpecification(info_keys={"energy": "energy"}, arrays_keys={"forces": "forces"})

    def graphs(structures):
        result = []
        for f in structures:
            f.info["energy"], f.arrays["forces"] = f.get_potential_energy(), f.get_forces()
            config = data.config_from_atoms(f, key_specification=keys)
            result.append(data.AtomicData.from_config(config, z_table=table, cutoff=CUTOFF))
        return result

    training = graphs(frames)
    loader = tools.torch_geometric.dataloader.DataLoader(training, batch_size=BATCH, shuffle=True, drop_last=False)
    edges = sum(g.edge_index.shape[1] for g in training) / sum(len(torch.unique(g.edge_index[1])) for g in training)
    scale = float(np.sqrt(np.mean(np.concatenate([f.get_forces().ravel() for f in frames]) ** 2)))
    block = modules.interaction_classes["RealAgnosticResidualInteractionBlock"]
    model = modules.ScaleShiftMACE(
        r_max=CUTOFF, num_bessel=BESSEL, num_polynomial_cutoff=5, max_ell=MAX_ELL, interaction_cls=block,
        interaction_cls_first=block, num_interactions=2, num_elements=len(table), hidden_irreps=o3.Irreps(f"{CHANNELS}x0e"),
        MLP_irreps=o3.Irreps(f"{READOUT}x0e"), atomic_energies=e0, avg_num_neighbors=edges, atomic_numbers=table.zs,
        correlation=CORRELATION, gate=torch.nn.functional.silu, radial_MLP=RADIAL, radial_type="bessel",
        atomic_inter_scale=scale, atomic_inter_shift=0.0)
    loss = modules.WeightedEnergyForcesLoss(energy_weight=1.0, forces_weight=100.0)
    adam = torch.optim.Adam(model.parameters(), lr=RATE, amsgrad=True)
    average = ExponentialMovingAverage(model.parameters(), decay=DECAY)
    steps, done, begin = epochs * math.ceil(len(training) / BATCH), 0, time.monotonic()
    for _ in range(epochs):
        for batch in loader:
            for group in adam.param_groups:
                group["lr"] = RATE * 0.5 * (1.0 + math.cos(math.pi * done / steps))
            adam.zero_grad(set_to_none=True)
            out = model(batch.to_dict(), training=True, compute_force=True)
            loss(pred=out, ref=batch).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=CLIP)
            adam.step()
            average.update()
            done += 1
    seconds = time.monotonic() - begin
    energies, forces = [], []
    with average.average_parameters():
        for batch in tools.torch_geometric.dataloader.DataLoader(graphs(test), batch_size=1):
            out = model(batch.to_dict())
            energies.append(out["energy"].item())
            forces.append(out["forces"].detach().numpy())
    return errors(energies, forces, test) | {"seconds": seconds}


def table(results):
    import numpy as np
    print("| | energy MAE [meV] | energy RMSE [meV] | force MAE [meV/A] | force RMSE [meV/A] | seconds |\n|---|---|---|---|---|---|")
    for side in ("ours", "mace-torch"):
        rows = [r for r in results if r["side"] == side]
        for row in rows:
            print(f"| {side}, seed {row['seed']} | " + " | ".join(f"{row[k]:.2f}" for k in KEYS) + f" | {row['seconds']:.0f} |")
        if len(rows) > 1:
            spread = [f"{np.mean([r[k] for r in rows]):.2f} +- {np.std([r[k] for r in rows], ddof=1):.2f}" for k in KEYS]
            print(f"| **{side}** | " + " | ".join(spread) + f" | {np.mean([r['seconds'] for r in rows]):.0f} |")


KEYS = ("energy_mae", "energy_rmse", "force_mae", "force_rmse")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/bin/fibonaqi"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("from_scratch"))
    options = parser.parse_args()
    from ase.io import read, write
    frames = read(options.data, ":")
    if len(frames) < TRAINED_ON + TESTED_ON:
        sys.exit(f"{options.data}: {len(frames)} frames, {TRAINED_ON + TESTED_ON} are needed")
    options.folder.mkdir(exist_ok=True)
    write(options.folder / "train.xyz", frames[:TRAINED_ON])
    write(options.folder / "test.xyz", frames[-TESTED_ON:])
    kept = options.folder / "results.json"
    results = json.loads(kept.read_text()) if kept.exists() else []
    for seed in range(1, options.seeds + 1):
        for side in ("ours", "mace-torch"):
            if any(r["side"] == side and r["seed"] == seed and r["epochs"] == options.epochs for r in results):
                continue
            outcome = (train_ours(options.program.resolve(), options.folder.resolve(), seed, options.epochs) if side == "ours"
                       else train_theirs(options.folder, seed, options.epochs))
            results.append({"side": side, "seed": seed, "epochs": options.epochs} | outcome)
            kept.write_text(json.dumps(results, indent=1))
            print(results[-1], file=sys.stderr, flush=True)
    table([r for r in results if r["epochs"] == options.epochs])


if __name__ == "__main__":
    main()
