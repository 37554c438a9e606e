#!/usr/bin/env python3
"""The same selections as selection_benchmark by their Python originals: DivBS in numpy as its authors' code does it, and
bmdal_reg. PYTHON needs numpy, torch and bmdal_reg; threads are those of OMP_NUM_THREADS.

    OMP_NUM_THREADS=2 PYTHON benchmarks/selection_against_originals.py [rows 100000] [columns 144] [batch 100]"""
import sys
import time

import numpy as np
import torch

np.Inf = np.inf  # bmdal_reg 3.0.2 uses the name that numpy 2 dropped

from bmdal_reg.bmdal import selection as bmdal
from bmdal_reg.bmdal.feature_data import TensorFeatureData
from bmdal_reg.bmdal.feature_maps import IdentityFeatureMap
from bmdal_reg.bmdal.features import Features

torch.set_default_dtype(torch.float64)


def divbs(rows, batch, random):
    """Draws by |g . rho|; every direction is made orthogonal to those before and taken out of rho."""
    rest, basis, picks = rows.mean(0), np.empty((0, rows.shape[1])), []
    for _ in range(batch):
        weights = np.abs(rows @ rest)
        pick = random.choice(len(rows), p=weights / weights.sum())
        direction = rows[pick] - basis.T @ (basis @ rows[pick])
        direction /= np.linalg.norm(direction)
        basis = np.vstack([basis, direction])
        rest = rest - (direction @ rest) * direction
        picks.append(pick)
    return picks


def features(rows):
    return Features(IdentityFeatureMap(rows.shape[1]), TensorFeatureData(torch.from_numpy(rows)))


def main():
    count, columns, batch = (int(x) for x in (sys.argv[1:] + ["100000", "144", "100"][len(sys.argv) - 1:])[:3])
    rows = np.random.default_rng(1).normal(size=(count, columns))
    pool, none = features(rows), features(rows[:0])
    runs = {
        "divbs, numpy": lambda: divbs(rows, batch, np.random.default_rng(2)),
        "maxdet": lambda: bmdal.MaxDetSelectionMethod(pool, none, noise_sigma=0.1, verbosity=0).select(batch),
        "maxdist": lambda: bmdal.MaxDistSelectionMethod(pool, none, sel_with_train=False, verbosity=0).select(batch),
        "lcmd": lambda: bmdal.LargestClusterMaxDistSelectionMethod(pool, none, sel_with_train=False,
                                                                   verbosity=0).select(batch),
        "frank_wolfe": lambda: bmdal.FrankWolfeSelectionMethod(pool, none, verbosity=0).select(batch),
        "bait": lambda: bmdal.BaitFeatureSpaceSelectionMethod(pool, none, noise_sigma=0.1, verbosity=0).select(batch),
    }
    for name, run in runs.items():
        start = time.time()
        run()
        print(f"{name:14} {time.time() - start:8.3f} s", flush=True)


if __name__ == "__main__":
    main()
