#!/usr/bin/env python3
"""Writes the inputs that import_fuzz starts from: make_seeds.py SOURCE_FOLDER SEED_FOLDER"""
import pathlib
import sys
import zipfile

PICKLE_WITH_MACE, ARCHIVE, TENSORS, PICKLE_WITH_SEVENNET, STATE_DICT = (bytes([kind]) for kind in range(5))


def pickle_in(file):
    with zipfile.ZipFile(file) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("/data.pkl")))


data, target = pathlib.Path(sys.argv[1]) / "tests/data", pathlib.Path(sys.argv[2])
target.mkdir(parents=True, exist_ok=True)
for name in ("tiny", "options", "heads"):
    file = data / "mace" / (name + ".model")
    (target / (name + ".pickle")).write_bytes(PICKLE_WITH_MACE + pickle_in(file))
    (target / (name + ".archive")).write_bytes(ARCHIVE + file.read_bytes())
    (target / (name + ".tensors")).write_bytes(TENSORS + (file.parent / (name + ".state.safetensors")).read_bytes())
for file in (data / "sevennet").glob("*.pth"):
    (target / (file.stem + ".sevennet.pickle")).write_bytes(PICKLE_WITH_SEVENNET + pickle_in(file))
    (target / (file.stem + ".sevennet.archive")).write_bytes(ARCHIVE + file.read_bytes())
for file in (data / "matgl").rglob("state.pt"):
    (target / (file.parent.name + ".state")).write_bytes(STATE_DICT + file.read_bytes())
