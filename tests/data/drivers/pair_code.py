"""A code for tests: a pair potential, told by JSON lines, and a fault that can be asked for.

    pair_code.py [FAULT]

Pairs of atoms feel the universal repulsion (Ziegler, Biersack and Littmark) and a Gaussian well, smoothly cut off at
5 A; energies are exact, so that every difference between forces and energies is the fault's.
"""
import itertools
import json
import math
import random
import sys

CUTOFF = 5.0
HARTREE, BOHR, GPA = 27.211386245988, 0.529177210903, 160.21766208
ZBL = ((0.18175, 3.1998), (0.50986, 0.94229), (0.28022, 0.4029), (0.02817, 0.20162))


def pair(first, second, r):
    """Energy and its derivative."""
    a = 0.8854 * BOHR / (first**0.23 + second**0.23)
    terms = [(c * math.exp(-d * r / a), d / a) for c, d in ZBL]
    charge = HARTREE * BOHR * first * second
    energy = charge * sum(t for t, _ in terms) / r
    slope = -energy / r - charge * sum(t * d for t, d in terms) / r
    well = 30.0 * math.exp(-(((r - 1.6) / 0.6) ** 2))
    energy, slope = energy - well, slope + well * 2 * (r - 1.6) / 0.36
    cut = (1 - (r / CUTOFF) ** 2) ** 3
    return energy * cut, slope * cut - energy * 6 * r / CUTOFF**2 * (1 - (r / CUTOFF) ** 2) ** 2


def compute(numbers, positions, cell, pbc):
    energy, forces, virial = 0.0, [[0.0] * 3 for _ in numbers], [[0.0] * 3 for _ in range(3)]
    images = [range(-3, 4) if periodic else (0,) for periodic in pbc]
    for i, j in itertools.product(range(len(numbers)), repeat=2):
        for image in itertools.product(*images):
            v = [positions[j][k] - positions[i][k] + sum(image[m] * cell[m][k] for m in range(3)) for k in range(3)]
            r = math.sqrt(sum(x * x for x in v))
            if 1e-8 < r < CUTOFF:
                e, slope = pair(numbers[i], numbers[j], r)
                energy += 0.5 * e
                for k in range(3):
                    forces[i][k] += slope * v[k] / r
                    for m in range(3):
                        virial[k][m] += 0.5 * slope * v[k] * v[m] / r
    return energy, forces, virial


def volume(cell):
    a, b, c = cell
    return abs(sum(a[i] * (b[(i + 1) % 3] * c[(i + 2) % 3] - b[(i + 2) % 3] * c[(i + 1) % 3]) for i in range(3)))


def scaled(rows, factor):
    return [[factor * x for x in row] for row in rows]


def distorted(fault, request, energy, forces, stress, cell_volume):
    """What a driver with this fault would say."""
    if fault == "energy_hartree":
        energy /= HARTREE
    elif fault == "forces_hartree_bohr":
        forces = scaled(forces, BOHR / HARTREE)
    elif fault == "forces_per_bohr":
        forces = scaled(forces, BOHR)
    elif fault == "gradient":
        forces = scaled(forces, -1)
    elif fault == "forces_slightly_off":  # as an unconverged field leaves them
        forces = scaled(forces, 1.003)
    elif fault == "all_hartree":
        energy, forces, stress = energy / HARTREE, scaled(forces, 1 / HARTREE), scaled(stress, 1 / HARTREE)
    elif fault == "stress_sign":
        stress = scaled(stress, -1)
    elif fault == "stress_GPa":
        stress = scaled(stress, GPA)
    elif fault == "virial":
        stress = scaled(stress, -cell_volume)
    elif fault == "half_shear":
        stress = [[x if i == k else 0.5 * x for k, x in enumerate(row)] for i, row in enumerate(stress)]
    elif fault == "sorted_atoms":
        order = sorted(range(len(forces)), key=lambda i: request["numbers"][i])
        forces = [forces[i] for i in order]
    elif fault == "noise":
        energy += random.gauss(0, 0.02)
    elif fault == "egg_box":
        for i, position in enumerate(request["positions"]):
            energy += 0.05 * math.sin(4 * position[0])
            forces[i][0] -= 0.2 * math.cos(4 * position[0])
    elif fault == "field":
        for i, (number, position) in enumerate(zip(request["numbers"], request["positions"])):
            energy += (0.1 if number == 8 else -0.1) * position[2]
            forces[i][2] -= 0.1 if number == 8 else -0.1
    elif fault == "other_energy":
        energy *= 1.03
    return energy, forces, stress


def answer(request, fault):
    cell = request["cell"] or [[0.0] * 3] * 3
    if request.get("changes", {}).get("spoil") and fault != "dishonest":
        return {"id": request["id"], "ok": False, "kind": "scf_not_converged", "error": "spoilt"}
    energy, forces, virial = compute(request["numbers"], request["positions"], cell, request["pbc"])
    size = volume(cell) or 1.0
    energy, forces, stress = distorted(fault, request, energy, forces, scaled(virial, 1 / size), size)
    if fault == "litter":
        open("../notes.txt", "w").close()
    return {"id": request["id"], "ok": True, "converged": True, "energy": energy, "forces": forces, "stress": stress}


def main():
    fault = sys.argv[1] if len(sys.argv) > 1 else ""
    print(json.dumps({"ready": True, "protocol": 1, "version": "pair 1"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), fault)), flush=True)


main()
