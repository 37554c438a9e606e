"""What the experiments on selection share: frames as text, runs of the program, results that are kept, statistics."""

import itertools
import json
import math
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEACHER = ROOT / "models/silicon-mace/silicon-mace.safetensors"


def read_frames(path):
    """Frames of an extended XYZ file as text."""
    lines, frames, at = path.read_text().splitlines(keepends=True), [], 0
    while at < len(lines):
        end = at + 2 + int(lines[at])
        frames.append("".join(lines[at:end]))
        at = end
    return frames


def value_of(frame, key):
    """Of a key of the comment line, as text; "" where it is not there."""
    found = re.search(rf"\b{re.escape(key)}=(\S+)", frame.split("\n", 2)[1])
    return found.group(1) if found else ""


class Program:
    """fibonaqi, run in a folder."""

    def __init__(self, path, folder):
        self.path, self.folder = str(pathlib.Path(path).resolve()), folder

    def run(self, *words):
        done = subprocess.run([self.path, *map(str, words)], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"fibonaqi {' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")

    def write(self, name, frames):
        (self.folder / name).write_text("".join(frames))

    def write_json(self, name, value):
        (self.folder / name).write_text(json.dumps(value, indent=1))

    def read_json(self, name):
        return json.loads((self.folder / name).read_text())


def cpu_seconds():
    """Of all programs run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Kept:
    """Results by name, in a file; computed when they are not there. Refuses a file of other options."""

    def __init__(self, path, options):
        self.path, self.values = path, json.loads(path.read_text()) if path.exists() else {}
        if self.get("options", lambda: options) != options:
            sys.exit(f"{path} holds results of other options; give another --folder")

    def get(self, name, compute):
        if name not in self.values:
            self.values[name] = compute()
            self.path.write_text(json.dumps(self.values, indent=1))
            print("done:", name, json.dumps(self.values[name])[:200], file=sys.stderr, flush=True)
        return self.values[name]


def made_silicon(program, count):
    """Frames of rattled, strained silicon, a fifth of them far from the crystal, labelled by the model of this
    repository: a pool for machines that have no other data."""
    draw, frames = random.Random("silicon"), []
    basis = [(x, y, z) for x, y, z in itertools.product((0, 0.5), repeat=3) if (x + y + z) % 1 == 0]
    sites = basis + [(x + 0.25, y + 0.25, z + 0.25) for x, y, z in basis]
    for index in range(count):
        amplitude = draw.choice((0.05, 0.05, 0.1, 0.1, 0.2))
        a = 5.46 * (1 + draw.uniform(-0.03, 0.03))
        rows = "".join("Si " + " ".join(f"{a * u + draw.gauss(0, amplitude):.8f}" for u in site) + "\n" for site in sites)
        frames.append(f'8\nLattice="{a} 0 0 0 {a} 0 0 0 {a}" pbc="T T T" Properties=species:S:1:pos:R:3 '
                      f"rattle_A={amplitude} frame={index}\n{rows}")
    program.write("unlabelled.xyz", frames)
    program.run("evaluate", "--model", TEACHER, "--data", "unlabelled.xyz", "--write", "made.xyz", "--as-labels")
    return program.folder / "made.xyz"


def sign_flip(differences):
    """Two-sided p-value of the mean of paired differences: the share of all choices of signs that are as far off."""
    reached, tries = 0, 0
    for signs in itertools.product((1, -1), repeat=len(differences)):
        tries += 1
        reached += abs(sum(s * d for s, d in zip(signs, differences))) >= abs(sum(differences)) - 1e-12
    return reached / tries


def paired(values, base):
    """"mean +- standard error, p" of the differences of two lists, seed by seed; "" where that says nothing."""
    if values is base or len(values) < 2:
        return ""
    pairs = [a - b for a, b in zip(values, base)]
    error = statistics.stdev(pairs) / math.sqrt(len(pairs))
    return f"{statistics.fmean(pairs):+.1f} +- {error:.1f}, p {sign_flip(pairs):.3f}"


def spread(values):
    """"mean (least-most)"."""
    return f"{statistics.fmean(values):.1f} ({min(values):.1f}-{max(values):.1f})"


COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#9c6b4e", "#a463f2", "#97bbf5", "#3ca951", "#9498a0", "#d0459a")


def log_ticks(low, high):
    """Round values between 10**low and 10**high: three or more where the finest set has so many."""
    for digits in ((1, 2, 3, 5), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8), tuple(i / 10 for i in range(10, 100))):
        ticks = [digit * 10.0**exponent for exponent in range(math.floor(low), math.ceil(high) + 1) for digit in digits]
        ticks = [y for y in ticks if low <= math.log10(y) <= high]
        if len(ticks) >= 3:
            break
    return ticks


def chart(title, x_label, y_label, lines):
    """SVG of named lines [(name, [(x, mean, least, most), ...])]; the y axis is logarithmic."""
    width, height, left, top, right, bottom = 720, 420, 70, 40, 170, 50
    points = [point for _, line in lines for point in line]
    x_most = max(point[0] for point in points) or 1
    low, high = (math.log10(f(point[i] for point in points)) for f, i in ((min, 2), (max, 3)))
    low, high = low - 0.03, max(high, low + 0.1) + 0.03
    at = lambda x, y: (left + (width - left - right) * x / x_most,
                       top + (height - top - bottom) * (high - math.log10(y)) / (high - low))
    path = lambda line: " ".join(f"{'L' if i else 'M'}{at(*xy)[0]:.1f} {at(*xy)[1]:.1f}" for i, xy in enumerate(line))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="13"><rect width="{width}" height="{height}" fill="white"/>'
           f'<text x="{left}" y="22" font-size="15">{title}</text>']
    for y in log_ticks(low, high):
        out.append(f'<path d="M{left} {at(0, y)[1]:.1f}H{width - right}" stroke="#ddd"/>'
                   f'<text x="{left - 6}" y="{at(0, y)[1] + 4:.1f}" text-anchor="end">{y:g}</text>')
    step = next(digit * 10.0**exponent for exponent in range(-6, 9) for digit in (1, 2, 5)
                if x_most <= 6 * digit * 10.0**exponent)
    for i in range(math.floor(x_most / step + 1e-9) + 1):
        out.append(f'<text x="{at(i * step, 10**low)[0]:.1f}" y="{height - bottom + 18}" '
                   f'text-anchor="middle">{i * step:g}</text>')
    for place, (name, line) in enumerate(lines):
        colour = COLOURS[place % len(COLOURS)]
        band = path([(x, most) for x, _, _, most in line]) + " " + path(
            [(x, least) for x, _, least, _ in reversed(line)]).replace("M", "L", 1) + "Z"
        out.append(f'<path d="{band}" fill="{colour}" opacity="0.15"/>'
                   f'<path d="{path([(x, mean) for x, mean, _, _ in line])}" fill="none" stroke="{colour}" '
                   f'stroke-width="2"/><text x="{width - right + 10}" y="{top + 14 + 20 * place}" '
                   f'fill="{colour}">{name}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">{x_label}</text>'
               f'<text transform="translate(16 {(top + height - bottom) / 2}) rotate(-90)" '
               f'text-anchor="middle">{y_label}</text></svg>\n')
    return "".join(out)
