#!/usr/bin/env python3
"""Writes the small M3GNet potentials of this folder and tensornet4, random weights, as matgl 4 saves them (without
model.pt), and reference4.json: what matgl computes with them in float64 for the structures of reference.json. With a folder as the
argument, it also writes reference values of the potential in there (m3gnet_mp.json: M3GNet-MP-2021.2.8-PES, whose
weights are not here). Needs matgl, ase and safetensors. Made with matgl 4.1.2, torch 2.15 on a CPU. Nothing but random
numbers is inside, so the files stand under the licence of this project.

Before version 3.0, an M3GNet summed messages at the other end of an edge ("dst"; before 2.2 a TensorNet too); potentials
published before are good for that alone. It also took the numbers that bonds have among the short ones for their numbers among all, so that energies
depended on the order of neighbours; that is not done here, and where all bonds are short, as in matgl's own test (MoS,
-10.824362 eV in float32), it makes no difference."""
import json
import pathlib
import sys

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk, molecule

import matgl

matgl.set_default_dtype("float", 64)
torch.set_default_dtype(torch.float64)

from matgl.apps.pes import Potential  # noqa: E402  (after the choice of type)
from matgl.layers import _basis  # noqa: E402
from matgl.layers._graph_convolution import M3GNetGraphConv  # noqa: E402
from matgl.models._m3gnet import M3GNet  # noqa: E402
from matgl.models._tensornet import TensorNet  # noqa: E402

import matgl_records  # noqa: E402
from matgl_records import describe, save_state, write  # noqa: E402

here = pathlib.Path(__file__).parent
# The zeros of spherical Bessel functions were rounded to float32 when the package was imported.
_basis.SPHERICAL_BESSEL_ROOTS = torch.tensor(np.load(pathlib.Path(matgl.__file__).parent / "utils" / "sb_roots.npy"))

SIZES = dict(element_types=("O", "Mg", "Si"), dim_node_embedding=4, dim_edge_embedding=3, units=5, nblocks=2, max_n=2,
             max_l=3, rbf_type="SphericalBessel", cutoff=4.5, threebody_cutoff=3.5)
CASES = {
    "m3gnet_old": dict(SIZES, use_smooth=False),  # as M3GNet-MP-2021.2.8-PES is, saved before 3.0
    "m3gnet": dict(SIZES, use_smooth=True, max_l=2),
    # SO(3) tells the sign of directions
    "tensornet4": dict(element_types=("Si", "O"), units=3, nblocks=1, max_n=3, rbf_type="SphericalBessel",
                       use_smooth=True, cutoff=4.0, equivariance_invariance_group="SO(3)"),
}
sum_at_source = M3GNetGraphConv.node_update_


def sum_at_destination(self, edge_index, edge_feat, node_feat, rbf, state, num_nodes):
    begin, end = edge_index
    seen = torch.cat([node_feat[begin], node_feat[end], edge_feat], dim=1)
    messages = self.node_update_func(seen) * self.node_weight_func(rbf)
    return torch.zeros_like(node_feat).index_add(0, end, messages)


def use_convention(is_old):
    M3GNetGraphConv.node_update_ = sum_at_destination if is_old else sum_at_source


def random_potential(kind, arguments):
    torch.manual_seed(5)
    network = kind(is_intensive=False, **arguments)
    elements = len(arguments["element_types"])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    potential = Potential(network, data_std=torch.tensor(1.75), element_refs=torch.linspace(-1.5, -3.0, elements))
    with torch.no_grad():
        for tensor in potential.state_dict().values():  # what is saved; not the constants of the basis functions
            tensor.copy_(tensor.float().double())
    return potential


def save(potential, folder, is_old):
    """As matgl does."""
    folder.mkdir(exist_ok=True)
    potential.save(folder)
    (folder / "model.pt").unlink()
    if is_old:
        description = json.loads((folder / "model.json").read_text())
        for key in ("compile_model", "compile_mode"):
            del description["kwargs"][key]
        (folder / "model.json").write_text(json.dumps(description, indent=4))
    save_state(potential, folder)


def known_structures():
    for name, record in json.loads((here / "reference.json").read_text())["structures"].items():
        yield name, Atoms(record["numbers"], record["positions"], cell=record["cell"], pbc=record["pbc"])


def more_structures():
    """Of many elements: the one that matgl's own test has, rattled silicon, an oxide, a molecule."""
    mos = Atoms("MoS", [[0, 0, 0], [2, 2, 2]], cell=4.0 * np.eye(3), pbc=True)
    silicon = bulk("Si", cubic=True)
    silicon.rattle(0.15, seed=2)
    oxide = Atoms(
        "BaTiO3", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
        cell=[[4.0, 0.1, 0.0], [0.0, 4.1, -0.1], [0.2, 0.0, 3.9]], pbc=True)
    oxide.rattle(0.1, seed=4)
    ethanol = molecule("CH3CH2OH")
    ethanol.rattle(0.05, seed=3)
    return {"mos": mos, "silicon": silicon, "oxide": oxide, "ethanol": ethanol}


def evaluate(potential, atoms):
    record = matgl_records.evaluate(potential, atoms, potential.model.cutoff)
    if isinstance(potential.model, M3GNet):
        last = potential.model.feature_dict[f"gc_{potential.model.n_blocks}"]["node_feat"]
        record["embedding"] = last.detach().mean(0).numpy().tolist()
    return record


def published(folder):
    """The potential in a folder with model.json and state.safetensors."""
    from safetensors.torch import load_file

    arguments = json.loads((folder / "model.json").read_text())["kwargs"]["model"]["init_args"]
    state = {name: tensor.double() for name, tensor in load_file(folder / "state.safetensors").items()}
    potential = Potential(M3GNet(**arguments), data_std=state["data_std"],
                          element_refs=state["element_refs.property_offset"])
    potential.load_state_dict(state, strict=False)  # "element_refs.onehot" is of no use any more
    return potential


def main():
    known = dict(known_structures())
    record = {"structures": {name: describe(atoms) for name, atoms in known.items()}, "models": {}}
    for case, arguments in CASES.items():
        is_old = case.endswith("old")
        use_convention(is_old)
        potential = random_potential(M3GNet if case.startswith("m3gnet") else TensorNet, arguments)
        save(potential, here / case, is_old)
        record["models"][case] = {name: evaluate(potential, atoms) for name, atoms in known.items()
                                  if set(atoms.get_chemical_symbols()) <= set(arguments["element_types"])}
    write(here / "reference4.json", record)
    if len(sys.argv) > 1:
        use_convention(True)
        potential = published(pathlib.Path(sys.argv[1]))
        more = {**more_structures(), **known}
        write(here / "m3gnet_mp.json",
              {"structures": {name: describe(atoms) for name, atoms in more.items()},
               "values": {name: evaluate(potential, atoms) for name, atoms in more.items()}})


main()
