#!/usr/bin/env python3
"""Writes the inputs that import_fuzz starts from: make_seeds.py SOURCE_FOLDER SEED_FOLDER"""
import pathlib
import sys
import zipfile

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
target.mkdir(parents=True, exist_ok=True)
for model in ("tiny", "options", "heads"):
    file = source / "tests/data/mace" / (model + ".model")
    with zipfile.ZipFile(file) as archive:
        pickle = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        (target / (model + ".pickle")).write_bytes(b"\0" + archive.read(pickle))
    (target / (model + ".archive")).write_bytes(b"\1" + file.read_bytes())
    (target / (model + ".tensors")).write_bytes(b"\2" + (file.parent / (model + ".state.safetensors")).read_bytes())
