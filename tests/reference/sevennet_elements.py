#!/usr/bin/env python3
"""Writes tests/data/sevennet/elements.xyz: what SevenNet-0 (11 July 2024) says about structures of all its 89 elements,
and elements_l3i5.xyz: what SevenNet-l3i5 says about some of them.

    python3 tests/reference/sevennet_elements.py sevenn/pretrained_potentials

The argument is the folder of checkpoints in the sevenn wheel. Structures and labels are those of reference_frames.py,
and a dimer and a water molecule. Needs what sevennet_original.py needs.
"""

import hashlib
import pathlib
import sys

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule

from reference_frames import distorted, frame, structures
from sevennet_original import Original

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "data/sevennet"
MODELS = {
    "elements.xyz": ("SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth",
                     "7052cb42b7b3be42b40b97fa0d21077a48c54b5548948fc4dcf346629f813c36"),
    "elements_l3i5.xyz": ("SevenNet_l3i5/checkpoint_l3i5.pth",
                          "a7ff190d41efe5b8317a03d20a468e4036a1a3e64e0b14fdbab64ac3f4bfc09d"),
}
FOR_ALL = ("silicon, rattled", "strontium titanate", "semiconductors", "slab", "water", "iron, alone")


def all_structures():
    return structures() + [
        ("dimer", Atoms("SiO", positions=[(0, 0, 0), (0.3, -0.2, 1.6)])),
        ("water", distorted(molecule("H2O"), 17, 0.05)),
    ]


def main():
    torch.set_num_threads(1)
    for output, (path, sha256) in MODELS.items():
        checkpoint = pathlib.Path(sys.argv[1]) / path
        if hashlib.sha256(checkpoint.read_bytes()).hexdigest() != sha256:
            sys.exit(f"{checkpoint}: not the original (another sha256)")
        models = [Original(checkpoint, dtype) for dtype in (torch.float64, torch.float32)]
        text, elements = "", set()
        for name, atoms in all_structures():
            if output != "elements.xyz" and name not in FOR_ALL:
                continue
            double, single = (model.evaluate(atoms) for model in models)
            text += frame(name, atoms, double, single)
            elements |= set(atoms.symbols)
            print(f"{name:28} {len(atoms):3} atoms {double[0] / len(atoms):10.4f} eV/atom, largest force "
                  f"{np.abs(double[1]).max():7.3f} eV/A; float32 differs by "
                  f"{abs(single[0] - double[0]) / len(atoms):.1e} eV/atom, "
                  f"{np.abs(single[1] - double[1]).max():.1e} eV/A")
        print(len(elements), "elements")
        (OUTPUT / output).write_text(text)


if __name__ == "__main__":
    main()
