#!/usr/bin/env python3
"""Writes configurations.json and configurations.safetensors: MACE networks of many kinds with random weights, and what
mace-torch computes with them. U matrices are left out: the test makes them itself, and U.<max_ell>.<L>.<nu> in the JSON
holds for each the sum of U times sin(1 + index). Needs mace-torch: python3 make_configurations.py
Made with mace-torch 0.3.16 (without cuequivariance), e3nn 0.4.4, torch 2.15 on a CPU, all in float64. Nothing but random
numbers and what these MIT and BSD licensed packages generate is inside, so the files stand under the licence of this
project."""
import json
import struct

import mace  # before e3nn: lets e3nn 0.4.4 load its constants with a new torch
import numpy as np
import torch
from ase import Atoms
from e3nn import o3
from mace import data, modules
from mace.tools import torch_geometric, utils

torch.set_default_dtype(torch.float64)

PLAIN, RESIDUAL = "RealAgnosticInteractionBlock", "RealAgnosticResidualInteractionBlock"
DENSITY, DENSITY_RESIDUAL = "RealAgnosticDensityInteractionBlock", "RealAgnosticDensityResidualInteractionBlock"
DEFAULTS = dict(model="ScaleShiftMACE", r_max=4.0, num_bessel=5, num_polynomial_cutoff=5, max_ell=2, correlation=2,
                num_interactions=2, hidden_irreps="3x0e", MLP_irreps="4x0e", radial_MLP=[8, 8], interaction=RESIDUAL,
                interaction_first=RESIDUAL, heads=["only"], head=0, readout="NonLinearReadoutBlock",
                use_last_readout_only=False, distance_transform="None", pair_repulsion=False, gate="silu")
CONFIGURATIONS = {
    "vectors": dict(hidden_irreps="4x0e+4x1o", correlation=3),
    "tensors": dict(hidden_irreps="3x0e+3x1o+3x2e"),
    "tensors_max_ell_3": dict(hidden_irreps="2x0e+2x1o+2x2e", max_ell=3, correlation=3),
    "correlation_4": dict(hidden_irreps="2x0e", correlation=4),
    "vectors_correlation_4": dict(hidden_irreps="2x0e+2x1o", max_ell=1, correlation=4),
    "correlation_1": dict(max_ell=3, correlation=1),
    "correlation_of_each_layer": dict(hidden_irreps="2x0e+2x1o", correlation=[3, 2], interaction_first=PLAIN),
    "vectors_density_agnesi_zbl": dict(hidden_irreps="3x0e+3x1o", interaction=DENSITY_RESIDUAL,
                                       interaction_first=DENSITY_RESIDUAL, distance_transform="Agnesi",
                                       pair_repulsion=True),
    "density_first_plain": dict(interaction=DENSITY_RESIDUAL, interaction_first=DENSITY),
    "zbl_alone": dict(pair_repulsion=True, num_polynomial_cutoff=6),
    "three_layers": dict(hidden_irreps="3x0e+3x1o", num_interactions=3),
    "one_layer": dict(num_interactions=1, correlation=3, hidden_irreps="4x0e", readout="LinearReadoutBlock"),
    "last_readout_only": dict(hidden_irreps="3x0e+3x1o", use_last_readout_only=True),
    "bias_in_the_readout": dict(readout="NonLinearBiasReadoutBlock"),
    "second_of_three_heads": dict(hidden_irreps="3x0e+3x1o", heads=["a", "b", "c"], head=1),
    "without_scale_and_shift": dict(model="MACE", interaction_first=PLAIN),
    "max_ell_4": dict(hidden_irreps="2x0e+2x1o", max_ell=4),
    "radial": dict(r_max=5.5, num_bessel=7, num_polynomial_cutoff=8, radial_MLP=[6]),
}
NUMBERS = [8, 14, 29]
STRUCTURES = {
    "molecule": Atoms("OSiCuO", [[0, 0, 0], [1.7, 0.1, -0.2], [0.3, 1.9, 0.6], [-1.1, -0.8, 1.0]], pbc=False,
                      cell=np.zeros((3, 3))),
    "triclinic": Atoms("SiOSi", [[0.1, 0.2, 0.0], [1.6, 1.3, 1.1], [2.9, -0.4, 2.2]],
                       cell=[[3.6, 0.2, 0.0], [-0.7, 3.9, 0.3], [0.4, 0.5, 4.2]], pbc=True),
}


def build(case, seed):
    torch.manual_seed(seed)
    heads = len(case["heads"])
    e0 = np.array([[-2.0, -1.0, 0.5]]) * (1.0 + np.arange(heads)[:, None])
    arguments = dict(
        r_max=case["r_max"], num_bessel=case["num_bessel"], num_polynomial_cutoff=case["num_polynomial_cutoff"],
        max_ell=case["max_ell"], interaction_cls=modules.interaction_classes[case["interaction"]],
        interaction_cls_first=modules.interaction_classes[case["interaction_first"]],
        num_interactions=case["num_interactions"], num_elements=len(NUMBERS), hidden_irreps=o3.Irreps(case["hidden_irreps"]),
        MLP_irreps=o3.Irreps(case["MLP_irreps"]), gate=torch.nn.functional.silu, avg_num_neighbors=6.5,
        atomic_numbers=NUMBERS, atomic_energies=e0 if heads > 1 else e0[0], correlation=case["correlation"],
        radial_MLP=case["radial_MLP"], pair_repulsion=case["pair_repulsion"],
        distance_transform=case["distance_transform"], heads=case["heads"],
        use_last_readout_only=case["use_last_readout_only"], use_reduced_cg=False,
        readout_cls=getattr(modules.blocks, case["readout"]))
    if case["model"] == "ScaleShiftMACE":
        scale = [0.8, 1.1, 0.9][:heads] if heads > 1 else 0.8
        shift = [0.1, -0.2, 0.3][:heads] if heads > 1 else 0.1
        arguments.update(atomic_inter_scale=scale, atomic_inter_shift=shift)
    model = getattr(modules, case["model"])(**arguments)
    with torch.no_grad():  # biases start at zero, weights of the products so small that they would not show
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_()
            if "symmetric_contractions" in name:
                parameter *= 8.0
    return model


def evaluate(model, case, atoms):
    config = data.config_from_atoms(atoms)
    config.head = case["heads"][case["head"]]
    table = utils.AtomicNumberTable(NUMBERS)
    graph = data.AtomicData.from_config(config, z_table=table, cutoff=case["r_max"], heads=case["heads"])
    batch = next(iter(torch_geometric.dataloader.DataLoader([graph], batch_size=1))).to_dict()
    return model(batch, training=False, compute_force=True, compute_stress=bool(atoms.pbc.all()))


def digest(u):
    return float((u.flatten() * torch.sin(1.0 + torch.arange(u.numel(), dtype=torch.float64))).sum())


def write_safetensors(path, tensors):
    names = {torch.float64: "F64", torch.int64: "I64", torch.int32: "I32"}
    header, blob = {}, b""
    for key in sorted(tensors):
        raw = tensors[key].detach().contiguous().numpy().tobytes()
        header[key] = {"dtype": names[tensors[key].dtype], "shape": list(tensors[key].shape),
                       "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + blob)


def main():
    record = {"atomic_numbers": NUMBERS, "structures": {}, "configurations": {}, "U": {}}
    tensors = {}
    for name, atoms in STRUCTURES.items():
        record["structures"][name] = dict(numbers=atoms.numbers.tolist(), positions=atoms.positions.tolist(),
                                          cell=atoms.cell.array.tolist(), periodic=bool(atoms.pbc.all()))
    for seed, (name, changes) in enumerate(CONFIGURATIONS.items()):
        case = {**DEFAULTS, **changes}
        model = build(case, seed)
        entry = {key: value for key, value in case.items()}
        entry["avg_num_neighbors"] = 6.5
        entry["parameters"] = [key for key, _ in model.named_parameters()]
        entry["results"] = {}
        for key, value in model.state_dict().items():
            if "U_matrix" in key:
                order = int(key.split("contractions.")[-1].split(".")[0])
                record["U"][f"{case['max_ell']}.{order}.{key[-1]}"] = digest(value)
            elif not any(word in key for word in ("output_mask", "_zeroed", "_w3j", "bessel_fn.prefactor", "covalent_radii")):
                tensors[f"{name}/{key}"] = value
            elif "covalent_radii" in key:
                tensors[f"{name}/{key}"] = value[:30]
        for structure, atoms in STRUCTURES.items():
            output = evaluate(model, case, atoms)
            entry["results"][structure] = dict(
                energy=output["energy"].item(), node_energy=output["node_energy"].detach().tolist(),
                forces=output["forces"].tolist(),
                stress=output["stress"][0].tolist() if output["stress"] is not None else None)
        record["configurations"][name] = entry
        print(name, entry["results"]["molecule"]["energy"], np.abs(entry["results"]["molecule"]["forces"]).max())
    with open("configurations.json", "w") as file:
        json.dump(record, file, indent=1)
        file.write("\n")
    write_safetensors("configurations.safetensors", tensors)


main()
