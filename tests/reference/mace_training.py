#!/usr/bin/env python3
"""Writes tests/data/mace_training: a small random MACE, labelled structures, and for several settings of a training the
loss of every step and of the validation after every epoch, as mace-torch's own train() gives them with its own losses,
parameter groups, schedules and averages. Needs mace-torch: OMP_NUM_THREADS=1 python3 tests/reference/mace_training.py
Made with mace-torch 0.3.16 (without cuequivariance), e3nn 0.4.4, torch 2.15 on a CPU, all in float64. Nothing but random
numbers and what these MIT and BSD licensed packages generate is inside, so the files stand under the licence of this
project."""
import argparse
import copy
import json
import struct
from pathlib import Path

import mace  # before e3nn: lets e3nn 0.4.4 load its constants with a new torch
import numpy as np
import torch
from ase import Atoms
from e3nn import o3
from mace import data, modules, tools
from mace.data.utils import KeySpecification
from mace.tools import scripts_utils, torch_geometric, utils
from torch_ema import ExponentialMovingAverage

torch.set_default_dtype(torch.float64)

FOLDER = Path(__file__).resolve().parents[1] / "data" / "mace_training"
NUMBERS, CUTOFF = [8, 14, 29], 4.0
HYPER = dict(model="ScaleShiftMACE", r_max=CUTOFF, num_bessel=5, num_polynomial_cutoff=5, max_ell=2, correlation=2,
             num_interactions=2, hidden_irreps="4x0e+4x1o", MLP_irreps="4x0e", radial_MLP=[8, 8],
             interaction="RealAgnosticResidualInteractionBlock", interaction_first="RealAgnosticInteractionBlock",
             heads=["only"], readout="NonLinearReadoutBlock", use_last_readout_only=False, distance_transform="None",
             pair_repulsion=False, gate="silu", avg_num_neighbors=6.5)
# Frames 8 and 9 lack labels, which mace-torch's plain Huber loss does not leave out: it is compared without them.
WITH_GAPS, COMPLETE = [[0, 1, 8], [2, 3], [4, 5, 9], [6, 7]], [[0, 1], [2, 3], [4, 5], [6, 7]]
VALIDATION, EPOCHS = [10, 11, 12], 5
DEFAULTS = dict(loss="weighted", energy_weight=1.0, forces_weight=100.0, stress_weight=1.0, huber_delta=0.01, lr=0.01,
                optimizer="adam", amsgrad=True, beta=0.9, weight_decay=5e-7, clip_grad=10.0, ema_decay=0.99, freeze=None,
                scheduler="ReduceLROnPlateau", lr_factor=0.8, scheduler_patience=50, lr_scheduler_gamma=0.9993,
                lr_params_factors="{}", max_num_epochs=EPOCHS, start_swa=None, swa_lr=1e-3, swa_energy_weight=1000.0,
                swa_forces_weight=100.0, swa_stress_weight=10.0, batches=WITH_GAPS)
CASES = {
    "weighted": dict(),
    "weighted_stress": dict(loss="stress", stress_weight=20.0, lr=3e-3),
    "universal": dict(loss="universal", forces_weight=10.0, stress_weight=5.0, huber_delta=0.02),
    "huber": dict(loss="huber", forces_weight=10.0, huber_delta=0.05, batches=COMPLETE),
    "huber_wide": dict(loss="huber", huber_delta=1.0, stress_weight=2.0, batches=COMPLETE, lr=3e-3),
    "without_amsgrad_and_averages": dict(amsgrad=False, ema_decay=None, lr=0.02),
    "strong_decay": dict(weight_decay=0.1),
    "strong_clipping": dict(clip_grad=0.3, lr=0.05, amsgrad=False),
    "plateau": dict(lr=0.05, ema_decay=None, scheduler_patience=0, lr_factor=0.4),
    "exponential": dict(scheduler="ExponentialLR", lr_scheduler_gamma=0.6),
    "cosine": dict(scheduler="cosine"),
    "stage_two": dict(loss="stress", start_swa=2, lr=5e-3),
    "stage_two_universal": dict(loss="universal", start_swa=3, swa_lr=2e-3, scheduler="ExponentialLR",
                                lr_scheduler_gamma=0.8),
}


def build():
    torch.manual_seed(11)
    kinds = modules.interaction_classes
    model = modules.ScaleShiftMACE(
        r_max=CUTOFF, num_bessel=HYPER["num_bessel"], num_polynomial_cutoff=HYPER["num_polynomial_cutoff"],
        max_ell=HYPER["max_ell"], interaction_cls=kinds[HYPER["interaction"]],
        interaction_cls_first=kinds[HYPER["interaction_first"]], num_interactions=HYPER["num_interactions"],
        num_elements=len(NUMBERS), hidden_irreps=o3.Irreps(HYPER["hidden_irreps"]),
        MLP_irreps=o3.Irreps(HYPER["MLP_irreps"]), gate=torch.nn.functional.silu,
        avg_num_neighbors=HYPER["avg_num_neighbors"], atomic_numbers=NUMBERS,
        atomic_energies=np.array([-2.0, -1.0, 0.5]), correlation=HYPER["correlation"], radial_MLP=HYPER["radial_MLP"],
        heads=HYPER["heads"], use_reduced_cg=False, atomic_inter_scale=0.8, atomic_inter_shift=0.1)
    with torch.no_grad():  # weights of the products start so small that they would not show
        for name, parameter in model.named_parameters():
            if "symmetric_contractions" in name:
                parameter *= 8.0
    return model


def make_frames():
    rng = np.random.default_rng(5)
    frames = []
    for index in range(13):
        size = 3 + index % 4
        lattice = np.eye(3) * (3.6 + 0.15 * size) + rng.normal(0.0, 0.15, (3, 3))
        corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * 0.5
        positions = corners[rng.permutation(8)[:size]] @ lattice + rng.normal(0.0, 0.12, (size, 3))
        atoms = Atoms(numbers=rng.choice(NUMBERS, size), positions=positions, cell=lattice, pbc=True)
        if index == 8:
            atoms.pbc, atoms.cell = False, np.zeros((3, 3))
        energies = dict(zip(NUMBERS, [-2.0, -1.0, 0.5]))
        energy = sum(energies[z] for z in atoms.numbers) + size * rng.normal(0.0, 0.3)
        forces = rng.normal(0.0, 0.7, (size, 3))
        for atom, length in ((0, 150.0), (1, 250.0), (2, 420.0)):  # the tiers of the universal loss
            if index == 4:
                forces[atom] *= length / np.linalg.norm(forces[atom])
        stress = rng.normal(0.0, 0.03, (3, 3))
        atoms.arrays["F"] = forces
        if index != 9:
            atoms.info["E"] = energy
        if index != 8:
            atoms.info["S"] = 0.5 * (stress + stress.T)
        frames.append(atoms)
    return frames


def batch_of(frames):
    keys = KeySpecification(info_keys={"energy": "E", "stress": "S"}, arrays_keys={"forces": "F"})
    table = utils.AtomicNumberTable(NUMBERS)
    graphs = [data.AtomicData.from_config(data.config_from_atoms(atoms, key_specification=keys, head_name="only"),
                                          z_table=table, cutoff=CUTOFF, heads=HYPER["heads"]) for atoms in frames]
    return next(iter(torch_geometric.dataloader.DataLoader(graphs, batch_size=len(graphs), shuffle=False)))


class CosineSchedule:
    """mace-torch has no cosine: torch's, called once an epoch as train() calls the others."""

    def __init__(self, optimizer):
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)

    def step(self, metrics=None):
        self.schedule.step()


class Logger:
    """Takes what train() logs: losses of steps, losses of validations, and the rate of every step."""

    def __init__(self, optimizer):
        self.optimizer, self.steps, self.rates, self.validation = optimizer, [], [], []

    def log(self, metrics):
        if metrics["mode"] == "opt":
            self.steps.append(float(metrics["loss"]))
            self.rates.append(self.optimizer.param_groups[0]["lr"])
        elif metrics["epoch"] is not None:
            self.validation.append(metrics["loss"] * len(VALIDATION))  # a loss divided by the number of graphs there


class NoCheckpoints:
    def save(self, **_):
        pass


def train(start, frames, changes):
    args = argparse.Namespace(**{**DEFAULTS, **changes})
    model = copy.deepcopy(start)
    optimizer = scripts_utils.get_optimizer(args, scripts_utils.get_params_options(args, model))
    is_cosine = args.scheduler == "cosine"
    schedule = CosineSchedule(optimizer) if is_cosine else scripts_utils.LRScheduler(optimizer, args)
    loss = scripts_utils.get_loss_fn(args, dipole_only=False, compute_dipole=False)
    has_stage_two = args.start_swa is not None
    swa = scripts_utils.get_swa(args, model, optimizer, [])[0] if has_stage_two else None
    ema = ExponentialMovingAverage(model.parameters(), decay=args.ema_decay) if args.ema_decay is not None else None
    logger = Logger(optimizer)
    tools.train(model=model, loss_fn=loss, train_loader=[batch_of([frames[i] for i in ids]) for ids in args.batches],
                valid_loaders={"only": [batch_of([frames[i] for i in VALIDATION])]}, optimizer=optimizer,
                lr_scheduler=schedule, start_epoch=0, max_num_epochs=EPOCHS, patience=1000,
                checkpoint_handler=NoCheckpoints(), logger=logger, eval_interval=1,
                output_args={"forces": True, "virials": False, "stress": args.loss != "weighted"},
                device=torch.device("cpu"), log_errors="PerAtomRMSE", swa=swa, ema=ema, max_grad_norm=args.clip_grad)
    return dict(settings={**DEFAULTS, **changes}, losses=logger.steps, rates=logger.rates, validation=logger.validation)


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
    model, frames = build(), make_frames()
    unused = ("output_mask", "_zeroed", "_w3j", "bessel_fn.prefactor")
    tensors = {key: value for key, value in model.state_dict().items() if not any(word in key for word in unused)}
    record = {"hyperparameters": HYPER, "atomic_numbers": NUMBERS, "validation": VALIDATION, "frames": [], "cases": {}}
    for atoms in frames:
        record["frames"].append(dict(numbers=atoms.numbers.tolist(), positions=atoms.positions.tolist(),
                                     cell=atoms.cell.array.tolist(), periodic=bool(atoms.pbc.all()),
                                     energy=atoms.info.get("E"), forces=atoms.arrays["F"].tolist(),
                                     stress=atoms.info["S"].tolist() if "S" in atoms.info else None))
    for name, changes in CASES.items():
        record["cases"][name] = case = train(model, frames, changes)
        print(f"{name:30}", *(f"{value:.5g}" for value in case["losses"][::4] + case["validation"]), case["rates"][::4])
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / "training.json", "w") as file:
        json.dump(record, file)
        file.write("\n")
    write_safetensors(FOLDER / "model.safetensors", tensors)


main()
