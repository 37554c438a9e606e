#!/usr/bin/env python3
"""Includes point downwards only, and outside libraries stay where they belong.

The order of the layers is the list in src/fibonaqi/CMakeLists.txt.
"""

import pathlib
import re

import lint_support

include = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
torch_header = re.compile(r"^(torch|ATen|c10|caffe2)/")
log_header = re.compile(r"^(fmt|spdlog)/")
lammps_header = re.compile(r"^(lammps/|lammps\.h|pair\.h|fix\.h|atom\.h|force\.h|comm\.h|lammpsplugin\.h|mpi\.h"
                           r"|library\.h|neighbor\.h|neigh_list\.h|neigh_request\.h|update\.h|domain\.h|modify\.h)")

torch_homes = ("src/fibonaqi/select/", "src/fibonaqi/nn/", "workflows/worker/", "workflows/md/",
               "workflows/composition/", "tests/", "benchmarks/")
lammps_homes = ("lammps_plugin/", "src/fibonaqi/lammps/", "workflows/md/", "tests/")
extra_rows = {"dft_drivers": {"base", "atoms", "model", "label"}}
# What the engine may know of selection: names and options, which need no LibTorch.
engine_headers = {"fibonaqi/select/candidate_choice.hpp", "fibonaqi/select/strategy_options.hpp"}
# The LAMMPS styles run any potential: they know the interface in model, and neither networks nor LibTorch.
plugin_row = {"base", "atoms", "model"}


def layer_order(root):
    """Layers from lowest to highest, as the build lists them."""
    text = (pathlib.Path(root) / "src/fibonaqi/CMakeLists.txt").read_text(encoding="utf-8")
    names = re.search(r"foreach\(layer ([^)]*)\)", text).group(1).split()
    campaign = names.index("campaign") if "campaign" in names else len(names)
    return names[:campaign] + ["lammps"] + names[campaign:]


def allowed_layers(name, order):
    """Layers that the file may include from; None: any."""
    parts = name.split("/")
    if name.startswith("src/fibonaqi/"):
        layer = parts[2]
        if layer == "campaign":
            return set(order) - {"nn", "lammps", "select"}
        if layer == "lammps":
            return plugin_row | {"lammps"}
        return set(order[:order.index(layer) + 1]) if layer in order else set()
    if parts[0] == "lammps_plugin":
        return plugin_row
    return extra_rows.get(parts[0])


def wrong_include(name, header, order):
    """Why this include is not allowed, or None."""
    allowed = allowed_layers(name, order)
    own = re.match(r"fibonaqi/([a-z_0-9]+)/", header)
    is_of_engine = name.startswith("src/fibonaqi/campaign/") and header in engine_headers
    if own and allowed is not None and own.group(1) not in allowed and not is_of_engine:
        return f"includes '{header}' (layer '{own.group(1)}' is not below this file); see the list of layers"
    if name.startswith("src/") and re.match(r"(workflows|dft_drivers)/", header):
        return f"includes '{header}' (libraries do not know programs or drivers)"
    if torch_header.match(header) and not name.startswith(torch_homes):
        return f"includes '{header}' (LibTorch belongs in select, nn and the programs that load it)"
    if header in ("torch/torch.h", "torch/all.h") and name.endswith((".hpp", ".h")):
        return f"includes '{header}' in a header (18 s per translation unit); take the smaller headers"
    if log_header.match(header) and name != "src/fibonaqi/base/log.cpp":
        return f"includes '{header}' (LAMMPS brings another fmt; only base/log.cpp may)"
    if lammps_header.match(header) and not name.startswith(lammps_homes):
        return f"includes '{header}' (LAMMPS belongs in lammps_plugin and src/fibonaqi/lammps)"
    return None


def check(root):
    order = layer_order(root)
    for name in lint_support.cpp_files(root):
        for number, line in enumerate(lint_support.read_lines(root, name), start=1):
            found = include.match(line)
            reason = wrong_include(name, found.group(2), order) if found else None
            if reason:
                yield name, number, reason


if __name__ == "__main__":
    lint_support.run(check, __doc__)
