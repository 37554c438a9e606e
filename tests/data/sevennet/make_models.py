#!/usr/bin/env python3
"""Writes the small NequIP networks of this folder, random weights, as checkpoints of SevenNet, and beside each what
SevenNet computes with it (labels as in tests/reference/reference_frames.py). The files elements*.xyz are of
tests/reference/sevennet_elements.py.

    PYTHONPATH=tests/reference python3 tests/data/sevennet/make_models.py

Needs what tests/reference/sevennet_original.py needs. Nothing but random numbers is inside, so the files stand under
the licence of this project."""
import pathlib

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk
from e3nn.o3 import wigner_3j

import sevenn._const as const
from reference_frames import frame
from sevennet_original import Original, build_E3_equivariant_model

here = pathlib.Path(__file__).parent
SPECIES = ["Mg", "O", "Si"]  # SevenNet's order: by symbol
NUMBERS = [12, 8, 14]

CASES = {
    # as NequIP is by default: O(3), a self connection by element, the polynomial cutoff
    "tiny": dict(channel=4, lmax=2, is_parity=True, num_convolution_layer=2, self_connection_type="nequip",
                 cutoff=4.5, weight_nn_hidden_neurons=[6], radial_basis={"radial_basis_name": "bessel",
                                                                         "bessel_basis_num": 4}),
    # as SevenNet-0 is: SO(3), one self connection, XPLOR, irreps by hand; the weights as before version 0.11
    "old": dict(channel=4, lmax=2, is_parity=False, num_convolution_layer=3, self_connection_type="linear",
                irreps_manual=["4x0e", "4x0e+3x1e+2x2e", "6x0e+2x1e+3x2e", "4x0e"], cutoff=4.0,
                weight_nn_hidden_neurons=[5, 5], version="0.9.1",
                cutoff_function={"cutoff_function_name": "XPLOR", "cutoff_on": 3.2}),
    # more orders, features of the other parity, several kinds of self connections, one shift and scale for all
    "mixed": dict(channel=2, lmax=3, lmax_node=2, is_parity=True, num_convolution_layer=3,
                  self_connection_type=["nequip", "linear", "nequip"], cutoff=4.0, weight_nn_hidden_neurons=[4],
                  radial_basis={"radial_basis_name": "bessel", "bessel_basis_num": 3},
                  cutoff_function={"cutoff_function_name": "poly_cut", "poly_cut_p_value": 4}),
}


def config_of(name):
    config = {"version": "0.13.0", "_model_type": "E3_equivariant_model", "chemical_species": SPECIES,
              "_number_of_species": len(SPECIES), "_type_map": dict(zip(NUMBERS, range(len(SPECIES)))),
              "conv_denominator": [0.25 + 0.125 * i for i in range(CASES[name]["num_convolution_layer"])],
              "shift": [-1.5, -2.25, -3.125], "scale": [1.75, 1.5, 2.0]}
    if name == "mixed":
        config.update(shift=-1.5, scale=1.75)
    return const.model_defaults(config) | config | CASES[name]


def as_before_0_11(network, state):
    """The same network with the weights of paths in the old order, and coefficients of e3nn 0.4 in three couplings."""
    for name, convolution in network._modules.items():
        if not name.endswith("_convolution"):
            continue
        irreps, out = convolution.convolution_kwargs["irreps_in1"], convolution.convolution_kwargs["irreps_out"]
        old = convolution._instructions_before_sort
        key = f"{name}.weight_nn.layer{len(convolution.weight_nn.hs) - 2}.weight"
        columns, begin = {}, 0
        for instruction in sorted(old, key=lambda x: x[2]):
            count = irreps[instruction[0]].mul
            columns[instruction] = state[key][:, begin:begin + count]
            begin += count
        for instruction in old:
            l1, l2, l3 = irreps[instruction[0]].ir.l, instruction[1], out[instruction[2]].ir.l
            if sorted((l1, l2, l3)) == [1, 2, 2]:
                columns[instruction] = -columns[instruction]
                state[f"{name}.convolution._compiled_main_left_right._w3j_{l1}_{l2}_{l3}"] = -wigner_3j(l1, l2, l3)
        state[key] = torch.cat([columns[instruction] for instruction in old], dim=1)
    return state


def save(name):
    torch.manual_seed(7)
    config = config_of(name)
    network = build_E3_equivariant_model(config)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    if name == "old":
        state = as_before_0_11(network, state)
        config["shift"] = np.array(config["shift"])  # as statistics of data were
        config["cutoff_function"]["poly_cut_p_value"] = 6  # which meant nothing
    torch.save({"model_state_dict": state, "optimizer_state_dict": {}, "scheduler_state_dict": {},
                "config": config, "epoch": 0}, here / f"{name}.pth")


def structures():
    random = np.random.RandomState(1)
    crystal = bulk("MgO", "rocksalt", a=4.3)
    crystal.positions[1] += [0.1, -0.2, 0.05]
    skewed = Atoms("SiOMgO", random.uniform(0, 4, (4, 3)) + [[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]],
                   cell=[[5.1, 0.2, 0.1], [1.4, 4.6, 0.0], [0.4, -0.7, 5.3]], pbc=True)
    molecule = Atoms("OSiOMg", [[0, 0, 0], [1.7, 0.1, 0.2], [2.9, 1.3, 0.1], [0.3, 9.0, 0.0]])  # the last is alone
    slab = bulk("MgO", "rocksalt", a=4.2, cubic=True)
    slab.positions += 0.1 * random.standard_normal(slab.positions.shape)
    slab.pbc = (True, True, False)
    return {"crystal": crystal, "skewed": skewed, "molecule": molecule, "slab": slab}


def main():
    torch.set_num_threads(1)
    for name in CASES:
        save(name)
        double, single = (Original(here / f"{name}.pth", dtype) for dtype in (torch.float64, torch.float32))
        (here / f"{name}.xyz").write_text("".join(
            frame(title, atoms, double.evaluate(atoms), single.evaluate(atoms)) for title, atoms in structures().items()))


if __name__ == "__main__":
    main()
