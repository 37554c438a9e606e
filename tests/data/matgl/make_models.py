#!/usr/bin/env python3
"""Writes the small TensorNet potentials of this folder, random weights, as matgl saves them (without model.pt), and
reference.json: structures, and what matgl computes for them in float64. With a folder as the argument, it also writes
reference values of the potential in there (matpes.json: TensorNet-MatPES-PBE-v2025.1-PES, whose weights are not here).
Needs matgl with its PyG backend, ase and safetensors. Made with matgl 2.0.4, torch 2.15 on a CPU. Nothing but random
numbers is inside, so the files stand under the licence of this project."""
import json
import pathlib
import sys

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk

import matgl

matgl.set_backend("PYG")
matgl.set_default_dtype("float", 64)
torch.set_default_dtype(torch.float64)

from matgl.apps._pes_pyg import Potential  # noqa: E402  (after the choice of type)
from matgl.models._tensornet_pyg import TensorNet  # noqa: E402

from matgl_records import describe, evaluate, save_state, write  # noqa: E402

here = pathlib.Path(__file__).parent

CASES = {
    # as published potentials are: smooth Bessel functions, O(3), two interactions; saved on a GPU
    "tiny": dict(element_types=("O", "Mg", "Si"), units=4, nblocks=2, max_n=3, max_l=3, rbf_type="SphericalBessel",
                 use_smooth=True, cutoff=4.5, equivariance_invariance_group="O(3)"),
    # the other choices: Gaussians, SO(3), one interaction
    "options": dict(element_types=("Si", "O"), units=3, nblocks=1, num_rbf=5, rbf_type="Gaussian", width=0.7,
                    cutoff=4.0, equivariance_invariance_group="SO(3)"),
}


def random_potential(arguments):
    torch.manual_seed(5)
    network = TensorNet(is_intensive=False, **arguments)
    elements = len(arguments["element_types"])
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.add_(0.2 * torch.randn_like(parameter))
    potential = Potential(network, data_std=torch.tensor(1.75), element_refs=torch.linspace(-1.5, -3.0, elements))
    with torch.no_grad():
        for tensor in list(potential.parameters()) + list(potential.buffers()):
            tensor.copy_(tensor.float().double())
    return potential


def save(potential, folder, on_gpu):
    """As matgl does."""
    potential.save(folder)
    (folder / "model.pt").unlink()

    def content_of(name, content):
        is_device = on_gpu and name.endswith("data.pkl")
        return content.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0") if is_device else content

    save_state(potential, folder, content_of)


def structures():
    rng = np.random.default_rng(1)
    crystal = bulk("Si", cubic=True)
    crystal.rattle(0.15, seed=2)
    crystal.symbols[[1, 4]] = "O"
    primitive = bulk("Si", a=5.3)
    primitive.positions[1] += [0.1, -0.2, 0.05]
    skewed = Atoms("SiOSiO", rng.uniform(0, 4, (4, 3)) + [[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]],
                   cell=[[5.1, 0.2, 0.1], [1.4, 4.6, 0.0], [0.4, -0.7, 5.3]], pbc=True)
    molecule = Atoms("OSiOSi", [[0, 0, 0], [1.7, 0.1, 0.2], [2.9, 1.3, 0.1], [0.3, 9.0, 0.0]])  # the last is alone
    return {"crystal": crystal, "primitive": primitive, "skewed": skewed, "molecule": molecule}


def published(folder):
    """The potential in a folder with model.json and state.safetensors."""
    from safetensors.torch import load_file

    arguments = json.loads((folder / "model.json").read_text())["kwargs"]["model"]["init_args"]
    arguments = {key: value for key, value in arguments.items() if key != "dtype"}
    state = load_file(folder / "state.safetensors")
    potential = Potential(TensorNet(**arguments), data_std=state["data_std"].double(),
                          element_refs=state["element_refs.property_offset"].double())
    state = {name: tensor.double() for name, tensor in state.items()}
    potential.load_state_dict(state)
    return potential


def main():
    made = structures()
    record = {"structures": {name: describe(atoms) for name, atoms in made.items()}, "models": {}}
    for case, arguments in CASES.items():
        potential = random_potential(arguments)
        save(potential, here / case, case == "tiny")
        record["models"][case] = {name: evaluate(potential, atoms, arguments["cutoff"])
                                  for name, atoms in made.items()}
    write(here / "reference.json", record)
    if len(sys.argv) > 1:
        potential = published(pathlib.Path(sys.argv[1]))
        more = {"rocksalt": bulk("MgO", "rocksalt", a=4.1), "tungsten": bulk("W"), **made}
        more["rocksalt"].positions[1] += [0.1, 0.05, -0.2]
        write(here / "matpes.json", {"structures": {name: describe(atoms) for name, atoms in more.items()},
                                     "values": {name: evaluate(potential, atoms, 5.0) for name, atoms in more.items()}})


main()
