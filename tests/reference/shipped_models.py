#!/usr/bin/env python3
"""Writes models/<name>/reference.xyz of every model of this repository: energies, forces and stresses in float64.

    python3 tests/reference/shipped_models.py build/bin/fibonaqi

The models are exported and evaluated by mace-torch, so the labels are those of another program.

Needs mace-torch and ASE; made with mace-torch 0.3.16, e3nn 0.4.4, torch 2.15 (CPU, 1 thread), ASE 3.29, Python 3.11.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mace  # noqa: F401  before e3nn: lets e3nn 0.4.4 load its constants with a new torch
import torch
from ase.build import bulk, molecule
from e3nn import o3
from mace import modules

from mace_mp0_elements import evaluate
from reference_frames import distorted, mixed, numbers, perovskite

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
SHEAR = [[0.02, 0.05, 0.0], [0.0, -0.03, 0.04], [-0.02, 0.0, 0.01]]


def silicon():
    return [("silicon, rattled", distorted(bulk("Si", "diamond", a=5.46, cubic=True), 1, 0.15)),
            ("silicon, sheared", distorted(bulk("Si", "diamond", a=5.40), 2, 0.05, SHEAR))]


def many_elements():
    return [("strontium titanate", distorted(perovskite(), 4, 0.08)),
            ("salts", distorted(mixed(bulk("NaCl", "rocksalt", a=5.8), "Li F K Br Ba S Na Cl", (2, 2, 1)), 5, 0.1,
                                SHEAR)),
            ("ethanol", distorted(molecule("CH3CH2OH"), 6, 0.03))]




def frame(name, atoms, energy, forces, stress):
    """One frame of extended XYZ with every digit."""
    pairs = [f'name="{name}"', "pbc=\"" + " ".join("FT"[int(p)] for p in atoms.pbc) + '"', f"REF_energy={energy!r}"]
    if stress is not None:
        pairs += [f'Lattice="{numbers(atoms.cell.array.ravel())}"', f'REF_stress="{numbers(stress)}"']
    pairs.append("Properties=species:S:1:pos:R:3:REF_forces:R:3")
    rows = [f"{atoms.symbols[i]} {numbers(atoms.positions[i])} {numbers(forces[i])}" for i in range(len(atoms))]
    return "\n".join([str(len(atoms)), " ".join(pairs), *rows]) + "\n"


def mace_torch(program, model, folder):
    """The model in mace-torch, as docs/formats.md says."""
    subprocess.run([program, "model", "export", model, "--to", "mace", "-o", folder / "exported.pt"], check=True,
                   stdout=subprocess.DEVNULL)
    arguments = json.loads((folder / "exported.json").read_text())
    kind = getattr(modules, arguments.pop("model"))
    arguments |= {k: modules.interaction_classes[arguments[k]] for k in ("interaction_cls", "interaction_cls_first")}
    arguments |= {k: o3.Irreps(arguments[k]) for k in ("hidden_irreps", "MLP_irreps")}
    arguments |= {"readout_cls": getattr(modules.blocks, arguments["readout_cls"]), "gate": torch.nn.functional.silu}
    torch.set_default_dtype(torch.float64)
    built = kind(**arguments)
    built.load_state_dict(torch.load(folder / "exported.pt"), strict=False)  # what is missing are constants of e3nn
    return built


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    torch.set_num_threads(1)
    for name, structures in (("silicon-mace", silicon()), ("mptrj-mace", many_elements())):
        model = MODELS / name / f"{name}.safetensors"
        with tempfile.TemporaryDirectory() as folder:
            original = mace_torch(program, model, pathlib.Path(folder))
        text = "".join(frame(label, atoms, *evaluate(original, atoms, torch.float64)) for label, atoms in structures)
        (model.parent / "reference.xyz").write_text(text)


if __name__ == "__main__":
    main()
