#!/usr/bin/env python3
"""Energy and forces of MACE-MP-0 small, one thread: this project against mace-torch eager, interleaved.

Run it with a Python that has mace-torch:

    PYTHON benchmarks/compare_with_mace_torch.py 2023-12-10-mace-128-L0_energy_epoch-249.model
        [--program build/benchmarks/evaluate_benchmark] [--model mace-mp-0-small] [--dtype float32] [--rounds 20]

Every round measures one evaluation of each program for each size, turn by turn, in CPU seconds, so that a busy machine
disturbs both alike; the fastest of all rounds counts. Both sides: one thread, weights that need no gradient, allocator told to keep its memory,
neighbour list made beforehand. Energies are compared first: both must compute the same.
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
               "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Ours:
    """The benchmark program of this project, obeying orders."""

    def __init__(self, program, model, dtype):
        self.process = subprocess.Popen([program, model, dtype], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the benchmark program ended (its message is above)")
        return line

    def atoms(self, size):
        import ase.io

        text = self.order(f"atoms {size}") + "".join(self.process.stdout.readline() for _ in range(size + 1))
        return ase.io.read(io.StringIO(text), format="extxyz")

    def seconds(self, size):
        return float(self.order(f"time {size}"))

    def energy(self, size):
        return float(self.order(f"energy {size}"))


class MaceTorch:
    """The original, eager, on batches made beforehand."""

    def __init__(self, path, dtype, structures):
        warnings.filterwarnings("ignore")
        import mace  # noqa: F401  before e3nn
        import torch
        from mace import data, tools

        torch.set_num_threads(1)
        torch.set_default_dtype(getattr(torch, dtype))
        self.model = torch.load(path, map_location="cpu", weights_only=False).to(getattr(torch, dtype))
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        table = tools.AtomicNumberTable([int(z) for z in self.model.atomic_numbers])
        self.batches = {}
        for size, atoms in structures.items():
            graph = data.AtomicData.from_config(data.config_from_atoms(atoms), z_table=table,
                                                cutoff=float(self.model.r_max))
            loader = tools.torch_geometric.dataloader.DataLoader([graph], batch_size=1)
            self.batches[size] = next(iter(loader)).to_dict()

    def evaluate(self, size):
        return self.model(self.batches[size], compute_force=True)["energy"].item()

    def seconds(self, size):
        start = time.process_time()
        self.evaluate(size)
        return time.process_time() - start


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", help="the .model file")
    parser.add_argument("--program", default="build/benchmarks/evaluate_benchmark")
    parser.add_argument("--model", default="mace-mp-0-small", help="the same as a model file or installed model")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--rounds", type=int, default=20)
    return parser.parse_args()


def main():
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ENVIRONMENT})
    arguments = parse()
    ours = Ours(arguments.program, arguments.model, arguments.dtype)
    original = MaceTorch(arguments.original, arguments.dtype, {size: ours.atoms(size) for size in SIZES})
    for size in SIZES:
        difference = abs(ours.energy(size) - original.evaluate(size)) / size
        if difference > 1e-5:
            sys.exit(f"the energies of Si{size} differ by {difference:.1e} eV/atom (another model?); nothing was measured")
    for _ in range(3):  # the first ones load code and fill the allocators
        for size in SIZES:
            ours.seconds(size), original.seconds(size)
    taken = {(who, size): [] for who in ("ours", "original") for size in SIZES}
    for _ in range(arguments.rounds):
        for size in SIZES:
            taken["ours", size].append(ours.seconds(size))
            taken["original", size].append(original.seconds(size))
    print(f"{arguments.dtype}, 1 thread, {arguments.rounds} interleaved rounds; CPU time, fastest (median) in ms")
    for size in SIZES:
        a, b = sorted(taken["ours", size]), sorted(taken["original", size])
        middle = len(a) // 2
        print(f"Si{size:<3} ours {1e3 * a[0]:7.1f} ({1e3 * a[middle]:7.1f})   mace-torch {1e3 * b[0]:7.1f} "
              f"({1e3 * b[middle]:7.1f})   ours / mace-torch {a[0] / b[0]:5.2f} ({a[middle] / b[middle]:5.2f})")


if __name__ == "__main__":
    main()
