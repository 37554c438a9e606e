"""What every check needs: the files of the tree, and one way to report what is wrong with them.

A check is a module with `check(root)` that yields (path, line, message). Standard library only.
"""

import argparse
import pathlib
import subprocess
import sys

cpp_endings = (".cpp", ".hpp", ".h")
not_ours = ("build", ".venv", "runs", ".git", "__pycache__", ".cache")


def tracked_files(root):
    """Paths relative to root: what git knows; without git, everything outside build folders."""
    root = pathlib.Path(root)
    if (root / ".git").exists():
        listing = subprocess.run(["git", "-c", f"safe.directory={root.resolve()}", "ls-files", "-z"],
                                 cwd=root, capture_output=True)
        if listing.returncode == 0:
            names = listing.stdout.decode().split("\0")
            return sorted(name for name in names if name and (root / name).is_file())
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(str(path) for path in paths
                  if not any(path.parts[0] == name or path.parts[0].startswith("build-") for name in not_ours))


def cpp_files(root, *folders):
    """C++ files of the tree, of the given top folders only where any are given."""
    return [name for name in tracked_files(root)
            if name.endswith(cpp_endings) and (not folders or name.startswith(tuple(f + "/" for f in folders)))]


def read_lines(root, name):
    return (pathlib.Path(root) / name).read_text(encoding="utf-8").splitlines()


def run(check, description):
    """Command line of one check: prints file:line: message for each violation, exit status 1 if any."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("root", help="the checkout")
    found = 0
    for path, line, message in check(parser.parse_args().root):
        print(f"{path}:{line}: {message}")
        found += 1
    if found:
        print(f"{found} violation{'s' if found > 1 else ''}")
    sys.exit(1 if found else 0)
