"""Makes tests/data/torchscript: a small TorchScript potential with random weights, its description, and what Python
computes with it (energies, forces, virials, gradients of a loss, per structure and last layer, and of all weights);
and programs with one thing wrong each.

    OMP_NUM_THREADS=1 python tests/reference/torchscript_potential.py

Needs torch alone (written with 2.15 on a CPU; LibTorch 1.13 reads the file). The network is a small relative of PaiNN:
scalars and vectors per atom, messages along edges, cutoff smooth to third order. It follows the convention of
docs/formats.md: forward(vectors, edge_index, element) -> energy of every atom.
"""
import itertools
import json
import os

import numpy as np
import torch

CUTOFF = 4.5  # angstrom
FOLDER = os.path.join(os.path.dirname(__file__), "..", "data", "torchscript")


class Layer(torch.nn.Module):
    def __init__(self, width: int, basis: int):
        super().__init__()
        self.width = width
        self.radial = torch.nn.Linear(basis, 3 * width)
        self.mix = torch.nn.Linear(2 * width, width)

    def forward(self, scalars, directions, basis, envelope, edge_index, vectors):
        sender, receiver = edge_index[0], edge_index[1]
        weights = self.radial(basis) * envelope.unsqueeze(1)
        gate, turn, carry = torch.split(weights, self.width, dim=1)
        of_sender = scalars.index_select(0, sender)
        message = gate * of_sender
        arrow = (turn * of_sender).unsqueeze(2) * directions.unsqueeze(1) + carry.unsqueeze(2) * vectors.index_select(0, sender)
        summed = torch.zeros_like(scalars).index_add(0, receiver, message)
        vectors = vectors + torch.zeros_like(vectors).index_add(0, receiver, arrow)
        squares = (vectors * vectors).sum(2)
        mixed = self.mix(torch.cat([scalars + summed, squares], 1))
        return scalars + torch.nn.functional.silu(mixed), vectors


class Potential(torch.nn.Module):
    def __init__(self, elements: int, width: int, basis: int, cutoff: float):
        super().__init__()
        self.embedding = torch.nn.Parameter(torch.randn(elements, width))
        self.first = Layer(width, basis)
        self.second = Layer(width, basis)
        self.hidden = torch.nn.Linear(width, width)
        self.readout = torch.nn.Linear(width, 1, bias=False)
        self.register_buffer("scale", torch.tensor(0.7))
        self.register_buffer("orders", torch.arange(1, basis + 1).to(torch.get_default_dtype()) * (torch.pi / cutoff))
        self.cutoff = cutoff

    def forward(self, vectors, edge_index, element):
        lengths = torch.sqrt((vectors * vectors).sum(1))
        directions = vectors / lengths.unsqueeze(1)
        basis = torch.sin(lengths.unsqueeze(1) * self.orders) / lengths.unsqueeze(1)
        left = torch.clamp(1.0 - (lengths / self.cutoff) ** 2, min=0.0)
        envelope = left * left * left
        scalars = self.embedding.index_select(0, element)
        arrows = torch.zeros([scalars.size(0), scalars.size(1), 3], dtype=vectors.dtype, device=vectors.device)
        scalars, arrows = self.first(scalars, directions, basis, envelope, edge_index, arrows)
        scalars, arrows = self.second(scalars, directions, basis, envelope, edge_index, arrows)
        hidden = torch.tanh(self.hidden(scalars))
        return self.readout(hidden).squeeze(1) * self.scale


class Faulty(torch.nn.Module):
    """Pairs through one hidden layer, right but for one fault."""

    def __init__(self, fault: str):
        super().__init__()
        self.fault = fault
        self.stretch = torch.nn.Parameter(torch.rand(4) + 0.5)
        self.readout = torch.nn.Linear(4, 1, bias=False)

    def forward(self, vectors, edge_index, element):
        lengths = torch.sqrt((vectors * vectors).sum(1))
        envelope = torch.clamp(1.0 - (lengths / 4.5) ** 2, min=0.0) ** 3
        if self.fault == "detached":
            envelope = envelope.detach()
        if self.fault == "ordered":
            envelope = envelope * (1.0 + 0.1 * (edge_index[0] < edge_index[1]).to(vectors.dtype))
        inner = lengths.unsqueeze(1) * self.stretch
        wave = torch.sin(inner)
        if self.fault == "second_derivative":  # value and slope of the sine, but no curvature
            fixed = inner.detach()
            wave = torch.sin(fixed) + torch.cos(fixed) * (inner - fixed)
        features = wave * envelope.unsqueeze(1)
        hidden = torch.zeros([element.size(0), 4], dtype=vectors.dtype).index_add(0, edge_index[1], features)
        hidden = hidden + 0.1 * element.unsqueeze(1).to(vectors.dtype)
        if self.fault == "averaged":
            hidden = hidden - hidden.mean(0, keepdim=True)
        if self.fault == "nan_alone":
            hidden = hidden + 0.0 * lengths.mean()
        energy = self.readout(hidden).squeeze(1)
        if self.fault == "fixed_precision":
            energy = energy.to(torch.float32)
        if self.fault == "total":
            energy = energy.sum().unsqueeze(0)
        return energy


def edges_of(positions, cell, periodic):
    """All pairs within the cutoff by a loop over images: senders, receivers, shifts [angstrom]."""
    images = list(itertools.product(range(-2, 3), repeat=3)) if periodic else [(0, 0, 0)]
    rows = []
    for sender, receiver, image in itertools.product(range(len(positions)), range(len(positions)), images):
        if sender == receiver and image == (0, 0, 0):
            continue
        shift = np.array(image) @ cell
        if np.linalg.norm(positions[receiver] - positions[sender] + shift) < CUTOFF:
            rows.append((sender, receiver, shift))
    return [r[0] for r in rows], [r[1] for r in rows], np.array([r[2] for r in rows])


def structure_of(generator, periodic):
    positions = np.array([[2.1 * (i % 3), 2.1 * (i // 3 % 2), 2.2 * (i // 6)] for i in range(10)])
    positions = positions + 0.5 * generator.random((10, 3))
    cell = np.array([[6.6, 0.3, 0.0], [-0.4, 4.7, 0.2], [0.1, 0.5, 4.9]]) if periodic else np.zeros((3, 3))
    return positions, cell, np.array([i % 3 for i in range(10)])


def evaluate(model, positions, cell, element, periodic):
    sender, receiver, shifts = edges_of(positions, cell, periodic)
    where = torch.tensor(positions, requires_grad=True)
    strain = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([sender, receiver])
    vectors = where[index[1]] - where[index[0]] + torch.tensor(shifts)
    vectors = vectors + vectors @ (0.5 * (strain + strain.T))
    node = model(vectors, index, torch.tensor(element))
    gradient, of_strain = torch.autograd.grad(node.sum(), [where, strain], create_graph=True)
    return node, -gradient, -of_strain


def record_of(model, generator, periodic):
    """The loss is energy + sum of squares of (force - label), with labels drawn here."""
    positions, cell, element = structure_of(generator, periodic)
    labels = generator.normal(size=positions.shape)
    node, forces, virial = evaluate(model, positions, cell, element, periodic)
    loss = node.sum() + ((forces - torch.tensor(labels)) ** 2).sum()
    names = [name for name, _ in model.named_parameters()]
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return {"periodic": periodic, "positions_A": positions.tolist(), "cell_A": cell.tolist(),
            "element": element.tolist(), "labels_eV_per_A": labels.tolist(), "node_energy_eV": node.tolist(),
            "forces_eV_per_A": forces.tolist(), "virial_eV": virial.tolist(), "loss": loss.item(),
            "gradient_norms": {n: g.norm().item() for n, g in zip(names, gradients)},
            "gradient_sums": {n: (g * torch.arange(1, g.numel() + 1).reshape(g.shape)).sum().item() for n, g in zip(names, gradients)},
            "last_layer_gradient": gradients[names.index("readout.weight")].flatten().tolist()}


def main():
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float64)
    model = Potential(3, 8, 6, CUTOFF)
    os.makedirs(FOLDER, exist_ok=True)
    scripted = torch.jit.script(model)
    scripted.save(os.path.join(FOLDER, "tiny.pt"))
    torch.jit.freeze(scripted.eval()).save(os.path.join(FOLDER, "frozen.pt"))
    for fault in ("none", "detached", "ordered", "averaged", "nan_alone", "second_derivative", "fixed_precision", "total"):
        torch.jit.script(Faulty(fault)).save(os.path.join(FOLDER, "fault_" + fault + ".pt"))
    description = {"name": "tiny-script", "elements": ["O", "Mg", "Si"], "cutoff_A": CUTOFF, "layers": 2,
                   "last_layer": "readout.weight", "e0_eV": {"O": -1.5, "Mg": 0.25, "Si": -2.0}, "licence": "MIT"}
    with open(os.path.join(FOLDER, "tiny.json"), "w") as file:
        json.dump(description, file, indent=2)
        file.write("\n")
    generator = np.random.default_rng(11)
    records = [record_of(model, generator, periodic) for periodic in (False, True)]
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump({"structures": records}, file)
        file.write("\n")


main()
