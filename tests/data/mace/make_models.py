#!/usr/bin/env python3
"""Writes (all, or those named as arguments) the small pickled MACE models of this folder, random weights, and beside
each its state dict as MACE itself gives it (*.state.safetensors; without masks and empty tensors). Needs mace-torch.
Made with mace-torch 0.3.16, e3nn 0.4.4, torch 2.15 on a CPU. Nothing but random numbers and what these MIT and BSD
licensed packages generate is inside, so the files stand under the licence of this project."""
import copy
import io
import json
import struct
import sys
import zipfile

import mace  # before e3nn: lets e3nn 0.4.4 load its constants with a new torch
import numpy as np
import torch
from ase import Atoms
from e3nn import o3
from mace import data, modules
from mace.tools import torch_geometric, utils

CASES = {
    # float32, scalars only, first block not residual
    "tiny": dict(dtype=torch.float32, first="RealAgnosticInteractionBlock", block="RealAgnosticResidualInteractionBlock",
                 hidden="4x0e", max_ell=1, correlation=2, numbers=[8, 12, 14], extra={}),
    # float64, vector features, density normalisation, Agnesi distances, ZBL
    "options": dict(dtype=torch.float64, first="RealAgnosticDensityInteractionBlock",
                    block="RealAgnosticDensityResidualInteractionBlock", hidden="2x0e+2x1o", max_ell=1, correlation=2,
                    numbers=[1, 6], extra=dict(distance_transform="Agnesi", pair_repulsion=True)),
    # float32, two heads; heads.energies.json holds the energy of a dimer 1.9 angstrom long by each of them
    "heads": dict(dtype=torch.float32, first="RealAgnosticResidualInteractionBlock",
                  block="RealAgnosticResidualInteractionBlock", hidden="2x0e+2x1o", max_ell=1, correlation=2,
                  numbers=[8, 14], extra=dict(heads=["pt_head", "default"],
                                              atomic_energies=np.array([[-1.5, -0.25], [-2.5, -3.0]]),
                                              atomic_inter_scale=[0.8, 1.2], atomic_inter_shift=[0.125, -0.5])),
}


def build(case):
    torch.manual_seed(3)
    torch.set_default_dtype(case["dtype"])
    kinds = modules.interaction_classes
    arguments = dict(
        r_max=4.5, num_bessel=5, num_polynomial_cutoff=6, max_ell=case["max_ell"], interaction_cls=kinds[case["block"]],
        interaction_cls_first=kinds[case["first"]], num_interactions=2, num_elements=len(case["numbers"]),
        hidden_irreps=o3.Irreps(case["hidden"]), MLP_irreps=o3.Irreps("3x0e"),
        atomic_energies=np.array([-1.5, -0.25, -3.0][:len(case["numbers"])]), avg_num_neighbors=np.float64(7.25),
        atomic_numbers=case["numbers"], correlation=case["correlation"], gate=torch.nn.functional.silu,
        radial_MLP=[6, 7], use_reduced_cg=False, atomic_inter_scale=0.8, atomic_inter_shift=0.125)
    return modules.ScaleShiftMACE(**{**arguments, **case["extra"]})


def energies_of_heads(model, heads):
    """In float64, of a dimer of both elements."""
    table, energies = utils.AtomicNumberTable([8, 14]), {}
    torch.set_default_dtype(torch.float64)
    model = copy.deepcopy(model).double()
    for head in heads:
        config = data.config_from_atoms(Atoms("OSi", [[0, 0, 0], [0, 0, 1.9]]))
        config.head = head
        graph = data.AtomicData.from_config(config, z_table=table, cutoff=4.5, heads=heads)
        batch = next(iter(torch_geometric.dataloader.DataLoader([graph], batch_size=1))).to_dict()
        energies[head] = model(batch)["energy"].item()
    return energies


def save_script_without_debug_files(module, buffer, save_script=torch.jit.save):
    """e3nn keeps its generated TorchScript inside of the pickle; its debug files name folders of this machine."""
    whole = io.BytesIO()
    save_script(module, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry))


def save(path, tensors):
    names = {"float64": "F64", "float32": "F32", "int64": "I64", "int32": "I32"}
    header, blobs, offset = {}, [], 0
    for name, value in sorted(tensors.items()):
        blob = value.tobytes()
        header[name] = dict(dtype=names[str(value.dtype)], shape=list(value.shape), data_offsets=[offset, offset + len(blob)])
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


torch.jit.save = save_script_without_debug_files
for name, case in CASES.items():
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        continue
    model = build(case)
    torch.save(model, name + ".model")
    save(name + ".state.safetensors", {key: value.numpy() for key, value in model.state_dict().items()
                                       if value.numel() and not key.endswith(("output_mask", "_zeroed"))})
    if name == "heads":
        with open("heads.energies.json", "w") as file:
            json.dump(energies_of_heads(model, case["extra"]["heads"]), file)
            file.write("\n")
