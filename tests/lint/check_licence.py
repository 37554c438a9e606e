#!/usr/bin/env python3
"""LICENSE is the MIT licence, README and LICENSE agree, and binaries that link LAMMPS are named as GPL-2.0."""

import pathlib

import lint_support

mit_sentences = ("MIT License", "Permission is hereby granted, free of charge",
                 "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND")
foreign_marks = ("GNU General Public License for more details", "Licensed under the Apache License")


def check(root):
    root = pathlib.Path(root)
    licence = (root / "LICENSE").read_text(encoding="utf-8") if (root / "LICENSE").is_file() else ""
    for sentence in mit_sentences:
        if sentence not in licence:
            yield "LICENSE", 1, f"lacks '{sentence}'"
    readme = (root / "README.md").read_text(encoding="utf-8") if (root / "README.md").is_file() else ""
    for word in ("MIT", "GPL-2.0", "LAMMPS"):
        if word not in readme:
            yield "README.md", 1, f"does not speak of {word} (binaries that link LAMMPS are under GPL-2.0)"
    for name in lint_support.cpp_files(root):
        for mark in foreign_marks:
            if mark in (root / name).read_text(encoding="utf-8"):
                yield name, 1, f"carries the mark of another licence: '{mark}'"


if __name__ == "__main__":
    lint_support.run(check, __doc__)
