#!/usr/bin/env python3
"""Energy and forces, and steps of training, of a MACE model: this project against mace-torch eager, interleaved.

Run it with a Python that has mace-torch:

    PYTHON benchmarks/compare_with_mace_torch.py 2023-12-10-mace-128-L0_energy_epoch-249.model
        [--program build/benchmarks/model_benchmark] [--model mace-mp-0-small] [--dtype float32] [--rounds 20]
        [--threads 1] [--train]

Every round measures one evaluation of each program for each size, turn by turn, in CPU seconds (wall seconds with more
than one thread), so that a busy machine disturbs both alike; the fastest of all rounds counts. Both sides: weights that
need no gradient, allocator told to keep its memory, neighbour list made beforehand. Energies are compared first: both
must compute the same. With --train a step of training on 4 cells is measured instead: loss of energies and forces,
its gradient to all weights, a step of Adam (amsgrad). Peak memory is that of the larger cells.
"""

import argparse
import io
import os
import subprocess
import sys
import time
import warnings

SIZES = (8, 64)
# Numbers of bytes; glibc reads them at start-up only. This project sets the same by mallopt.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_TOP_PAD_": str(1 << 26),
               "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
FRAMES = 4  # of a step of training


def peak_memory_MB(process):
    """Largest resident memory of a process so far, by number or "self"."""
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000


class Ours:
    """The benchmark program of this project, obeying orders."""

    def __init__(self, program, model, dtype, threads):
        self.process = subprocess.Popen([program, model, dtype, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the benchmark program ended (its message is above)")
        return line

    def atoms(self, size, item):
        import ase.io

        text = self.order(f"atoms {size} {item}") + "".join(self.process.stdout.readline() for _ in range(size + 1))
        return ase.io.read(io.StringIO(text), format="extxyz")

    def seconds(self, size, train):
        return float(self.order(f"{'train' if train else 'time'} {size}"))

    def energy(self, size):
        return float(self.order(f"energy {size}"))


class MaceTorch:
    """The original, eager, on batches made beforehand."""

    def __init__(self, path, dtype, structures, threads):
        warnings.filterwarnings("ignore")
        import mace  # noqa: F401  before e3nn
        import torch
        from mace import data, modules, tools

        self.memory_before_MB = peak_memory_MB("self")
        torch.set_num_threads(threads)
        torch.set_default_dtype(getattr(torch, dtype))
        self.threads = threads
        self.model = torch.load(path, map_location="cpu", weights_only=False).to(getattr(torch, dtype))
        self.loss = modules.WeightedEnergyForcesLoss(energy_weight=1.0, forces_weight=100.0)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-8, amsgrad=True)
        table = tools.AtomicNumberTable([int(z) for z in self.model.atomic_numbers])
        self.single, self.batches = {}, {}
        for size, cells in structures.items():
            graphs = []
            for atoms in cells:
                atoms.info["REF_energy"] = -5.0 * size
                atoms.arrays["REF_forces"] = [[0.1, -0.2, 0.1]] * size
                config = data.config_from_atoms(atoms)
                graphs.append(data.AtomicData.from_config(config, z_table=table, cutoff=float(self.model.r_max)))
            loader = tools.torch_geometric.dataloader.DataLoader
            self.single[size] = next(iter(loader(graphs[:1], batch_size=1))).to_dict()
            self.batches[size] = next(iter(loader(graphs, batch_size=FRAMES)))

    def evaluate(self, size):
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        return self.model(self.single[size], compute_force=True)["energy"].item()

    def train(self, size):
        for parameter in self.model.parameters():
            parameter.requires_grad_(True)
        batch = self.batches[size]
        self.optimizer.zero_grad(set_to_none=True)
        output = self.model(batch.to_dict(), training=True, compute_force=True)
        self.loss(pred=output, ref=batch).backward()
        self.optimizer.step()

    def seconds(self, size, train):
        clock = time.process_time if self.threads == 1 else time.perf_counter
        start = clock()
        self.train(size) if train else self.evaluate(size)
        return clock() - start


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", help="the .model file")
    parser.add_argument("--program", default="build/benchmarks/model_benchmark")
    parser.add_argument("--model", default="mace-mp-0-small", help="the same as a model file or installed model")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--train", action="store_true", help="measure steps of training")
    return parser.parse_args()


def main():
    arguments = parse()
    environment = {**ENVIRONMENT, **{name: str(arguments.threads) for name in THREADS}}
    if any(os.environ.get(name) != value for name, value in environment.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **environment})
    ours = Ours(arguments.program, arguments.model, arguments.dtype, arguments.threads)
    cells = {size: [ours.atoms(size, item) for item in range(FRAMES)] for size in SIZES}
    original = MaceTorch(arguments.original, arguments.dtype, cells, arguments.threads)
    for size in SIZES:
        difference = abs(ours.energy(size) - original.evaluate(size)) / size
        if difference > 1e-5:
            sys.exit(f"the energies of Si{size} differ by {difference:.1e} eV/atom (another model?); nothing was measured")
    measure(arguments, ours, original)


def measure(arguments, ours, original):
    for _ in range(2):  # the first ones load code and fill the allocators
        for size in SIZES:
            ours.seconds(size, arguments.train), original.seconds(size, arguments.train)
    taken = {(who, size): [] for who in ("ours", "original") for size in SIZES}
    for _ in range(arguments.rounds):
        for size in SIZES:
            taken["ours", size].append(ours.seconds(size, arguments.train))
            taken["original", size].append(original.seconds(size, arguments.train))
    print(f"{'step of training on 4 cells' if arguments.train else 'energy and forces'}, {arguments.dtype}, "
          f"{arguments.threads} threads, {arguments.rounds} interleaved rounds; "
          f"{'CPU' if arguments.threads == 1 else 'wall'} time, fastest (median) in ms")
    for size in SIZES:
        a, b = sorted(taken["ours", size]), sorted(taken["original", size])
        middle = len(a) // 2
        print(f"Si{size:<3} ours {1e3 * a[0]:7.1f} ({1e3 * a[middle]:7.1f})   mace-torch {1e3 * b[0]:7.1f} "
              f"({1e3 * b[middle]:7.1f})   ours / mace-torch {a[0] / b[0]:5.2f} ({a[middle] / b[middle]:5.2f})")
    print(f"peak memory: ours {peak_memory_MB(ours.process.pid):.0f} MB, mace-torch {peak_memory_MB('self'):.0f} MB, "
          f"{original.memory_before_MB:.0f} MB of it before its model was read")


if __name__ == "__main__":
    main()
