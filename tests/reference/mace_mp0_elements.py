#!/usr/bin/env python3
"""Writes tests/data/mace_mp0/elements.xyz: what mace-torch says about structures of all 89 elements of MACE-MP-0 small.

    python3 tests/reference/mace_mp0_elements.py 2023-12-10-mace-128-L0_energy_epoch-249.model

Structures and labels are those of reference_frames.py. Stress is there for structures that are periodic in all
directions only: for others MACE stands a huge vector in.

Needs mace-torch and ASE; made with mace-torch 0.3.16, e3nn 0.4.4, torch 2.15 (CPU, 1 thread), ASE 3.29, Python 3.11.
"""

import hashlib
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import mace  # noqa: F401  before e3nn: lets e3nn 0.4.4 load its constants with a new torch
import numpy as np
import torch
from mace import data, tools

from reference_frames import frame, structures

MODEL_SHA256 = "2ddb079cee0e131eaaf6912ba581b394551ead283e95c99cfe78c605d10b5736"
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "data/mace_mp0/elements.xyz"


def evaluate(model, atoms, dtype):
    """Energy, forces and stress [9] or None, as float64 numbers of a calculation in `dtype`."""
    torch.set_default_dtype(dtype)
    table = tools.AtomicNumberTable([int(z) for z in model.atomic_numbers])
    graph = data.AtomicData.from_config(data.config_from_atoms(atoms), z_table=table, cutoff=float(model.r_max))
    batch = next(iter(tools.torch_geometric.dataloader.DataLoader([graph], batch_size=1)))
    out = model(batch.to_dict(), compute_stress=bool(atoms.pbc.all()))
    stress = out["stress"].reshape(9).double().tolist() if atoms.pbc.all() else None
    return out["energy"].double().item(), out["forces"].detach().double().numpy(), stress


def main():
    path = pathlib.Path(sys.argv[1])
    if hashlib.sha256(path.read_bytes()).hexdigest() != MODEL_SHA256:
        sys.exit(f"{path}: not the original of MACE-MP-0 small (another sha256)")
    torch.set_num_threads(1)
    models = {dtype: torch.load(path, map_location="cpu", weights_only=False).to(dtype)
              for dtype in (torch.float64, torch.float32)}
    text, elements = "", set()
    for name, atoms in structures():
        double, single = (evaluate(models[dtype], atoms, dtype) for dtype in (torch.float64, torch.float32))
        text += frame(name, atoms, double, single)
        elements |= set(atoms.symbols)
        print(f"{name:28} {len(atoms):3} atoms {double[0] / len(atoms):10.4f} eV/atom, largest force "
              f"{np.abs(double[1]).max():7.3f} eV/A; float32 differs by {abs(single[0] - double[0]) / len(atoms):.1e} "
              f"eV/atom, {np.abs(single[1] - double[1]).max():.1e} eV/A")
    known = models[torch.float64].atomic_numbers.numel()
    print(len(elements), "elements of", known)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(text)


if __name__ == "__main__":
    main()
