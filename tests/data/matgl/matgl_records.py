"""What make_models.py and make_models4.py share, whichever version of matgl they import."""
import io
import json
import zipfile

import numpy as np
import torch
from ase.neighborlist import primitive_neighbor_list
from torch_geometric.data import Data

GPa = 160.21766208  # eV/angstrom^3, as matgl has it


def save_state(potential, folder, content_of=lambda name, content: content):
    """FOLDER/state.pt as matgl writes it, in float32, without the times of its files; the reference energies stay
    float64."""
    state = {name: tensor if "property_offset" in name else tensor.float()
             for name, tensor in potential.state_dict().items()}
    buffer = io.BytesIO()
    torch.save(type(potential.state_dict())(state), buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(folder / "state.pt", "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), content_of(name, old.read(name)))


def evaluate(potential, atoms, cutoff):
    cell = np.array(atoms.cell) if atoms.pbc.all() else 100.0 * np.eye(3)
    i, j, shift = primitive_neighbor_list("ijS", atoms.pbc, cell, atoms.positions, cutoff)
    types = list(potential.model.element_types)
    graph = Data(node_type=torch.tensor([types.index(symbol) for symbol in atoms.get_chemical_symbols()]),
                 edge_index=torch.tensor(np.array([i, j])), pbc_offset=torch.tensor(shift, dtype=torch.float64),
                 frac_coords=torch.tensor(np.linalg.solve(cell.T, atoms.positions.T).T), num_nodes=len(atoms))
    energy, forces, stress, *_ = potential(graph, torch.tensor(cell)[None])
    record = {"energy": energy.item(), "forces": forces.detach().numpy().tolist()}
    if atoms.pbc.all():
        record["stress"] = (stress.detach().numpy().reshape(3, 3) / GPa).tolist()
    return record


def describe(atoms):
    return {"numbers": atoms.numbers.tolist(), "positions": atoms.positions.tolist(),
            "cell": np.array(atoms.cell).tolist(), "pbc": bool(atoms.pbc.all())}


def write(path, record):
    path.write_text(json.dumps(record) + "\n")
