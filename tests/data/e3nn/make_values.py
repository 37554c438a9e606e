#!/usr/bin/env python3
"""Writes values.json: spherical harmonics and 3j tensors of e3nn >= 0.5, for tests.

    PYTHON make_values.py values.json      (e3nn 0.5.6, torch, numpy)

A 3j tensor is told apart by one number: the sum of its entries times sin(1 + m1 + 3 m2 + 7 m3).
"""
import json
import sys

import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
highest = 4

directions = torch.tensor([[0.6, 0.0, 0.8], [0.48, 0.6, 0.64], [-2.0, 1.0, 2.0], [0.1, -0.7, -0.3]])
directions = directions / directions.norm(dim=1, keepdim=True)
harmonics = o3.spherical_harmonics(list(range(highest + 1)), directions, normalize=True, normalization="component")

coupling = []
for a in range(highest + 1):
    for b in range(highest + 1):
        for c in range(abs(a - b), min(a + b, highest) + 1):
            tensor = o3.wigner_3j(a, b, c)
            m1, m2, m3 = (torch.arange(2.0 * l + 1) for l in (a, b, c))
            phase = 1 + m1[:, None, None] + 3 * m2[None, :, None] + 7 * m3[None, None, :]
            coupling.append([a, b, c, float((tensor * torch.sin(phase)).sum())])

with open(sys.argv[1], "w") as file:
    json.dump(
        {"directions": directions.tolist(), "harmonics": harmonics.tolist(), "wigner_3j": coupling}, file
    )
    file.write("\n")
