#!/usr/bin/env python3
"""How old may gradients be? What DivBS chooses by rows of k epochs ago, against what it chooses by present ones.

    benchmarks/selection/overlap.py [E3] [--data ../shared/data] [--epoch 20] [--ages 1 2 5 10] [--superbatches 200]
        [--program build/bin/fibonaqi] [--folder overlap]

The training of training.py's experiment is stopped after so many epochs, and so many before; rows of all training frames
are computed with both models. From random superbatches, beta frames are chosen (argmax) by old and by present rows. With
S and S' the chosen frames, P_S the projector on their present rows and g the mean present row of the superbatch:

    overlap    tr(P_S P_S') / beta: 1 where both choices span the same space; beta / rank for choices at random at most
    captured   |P_S' g|^2 / |P_S g|^2: how much of the mean gradient the old rows' choice explains, relative
    same       share of frames that both choose

Reported beside them is a choice at random. Python's standard library is all it needs.
"""

import argparse
import pathlib
import random
import re
import statistics
import struct

import lab
import training


def rows_of(path):
    """A .npy file of float64, C order."""
    data = path.read_bytes()
    begin = 10 + int.from_bytes(data[8:10], "little")
    header = data[10:begin].decode()
    count, columns = map(int, re.search(r"'shape': \((\d+), (\d+)", header).groups())
    numbers = struct.unpack(f"<{count * columns}d", data[begin:])
    return [numbers[i * columns:(i + 1) * columns] for i in range(count)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def without(row, basis):
    """What is left of a row beside orthonormal ones; twice, for rounding."""
    for _ in range(2):
        for one in basis:
            part = dot(row, one)
            row = [x - part * y for x, y in zip(row, one)]
    return row


def basis_of(rows):
    basis = []
    for row in rows:
        rest = without(row, basis)
        length = dot(rest, rest) ** 0.5
        if length > 1e-10 * dot(row, row) ** 0.5:
            basis.append([x / length for x in rest])
    return basis


def mean_of(rows):
    return [statistics.fmean(column) for column in zip(*rows)]


def divbs(rows, batch):
    """Places of the rows with the largest |g . rho|, one after the other."""
    chosen, residual = [], mean_of(rows)
    for _ in range(batch):
        place = max((i for i in range(len(rows)) if i not in chosen), key=lambda i: abs(dot(rows[i], residual)))
        chosen.append(place)
        residual = without(mean_of(rows), basis_of([rows[i] for i in chosen]))
    return chosen


def captured(vector, basis):
    return sum(dot(vector, one) ** 2 for one in basis)


def compare(now, old, batch, superbatch, draws):
    """Means of (overlap, captured, same) of choices by `old`, and of random ones, over superbatches."""
    found = {"old": [], "random": []}
    draw = random.Random("superbatches")
    for _ in range(draws):
        places = draw.sample(range(len(now)), superbatch)
        rows = [now[i] for i in places]
        mean, exact = mean_of(rows), divbs(rows, batch)
        span = basis_of([rows[i] for i in exact])
        for name, other in (("old", divbs([old[i] for i in places], batch)),
                            ("random", draw.sample(range(superbatch), batch))):
            theirs = basis_of([rows[i] for i in other])
            found[name].append((sum(captured(one, span) for one in theirs) / batch,
                                captured(mean, theirs) / captured(mean, span), len(set(exact) & set(other)) / batch))
    return {name: [statistics.fmean(column) for column in zip(*values)] for name, values in found.items()}


def rows_after(program, settings, epochs):
    """Gradients of all training frames with the model after so many epochs of training by DivBS."""
    training.train(program, settings | {"epochs": epochs}, f"divbs {settings['ratios'][0]}", 1)
    program.run("features", "--model", "trained.safetensors", "--data", "train.xyz", "--dtype", "float32", "-o", "rows.npy")
    return rows_of(program.folder / "rows.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", choices=list(training.SCALED), default="E3")
    parser.add_argument("--data", type=pathlib.Path, default=lab.ROOT / "../shared/data")
    parser.add_argument("--epoch", type=int, default=20)
    parser.add_argument("--ages", type=int, nargs="+", default=[1, 2, 5, 10])
    parser.add_argument("--superbatches", type=int, default=200)
    parser.add_argument("--program", type=pathlib.Path, default=lab.ROOT / "build/bin/fibonaqi")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("overlap"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    settings = training.SCALED[options.experiment]
    program = lab.Program(options.program, options.folder)
    training.cut(program, settings, options.data)
    batch = settings["batch"]
    superbatch = round(batch / settings["ratios"][0])
    now = rows_after(program, settings, options.epoch)
    print(f"{options.experiment}, after epoch {options.epoch}, {batch} of {superbatch}, rows of {len(now[0])} numbers\n")
    print("| gradients | overlap of the spaces | captured of the mean gradient | same frames |\n|---|---|---|---|")
    line = lambda name, values: print(f"| {name} | " + " | ".join(f"{100 * value:.0f} %" for value in values) + " |")
    for age in options.ages:
        found = compare(now, rows_after(program, settings, options.epoch - age), batch, superbatch, options.superbatches)
        line(f"of {age} epochs ago", found["old"])
    line("none: a choice at random", found["random"])


if __name__ == "__main__":
    main()
