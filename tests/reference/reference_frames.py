"""Structures of all 89 elements that the common pretrained models know, and the frames that labels of them stand in.

The structures are made here, by rules and a frozen stream of random numbers: crystals, strained, sheared and rattled;
mixed compositions; a cell much smaller than the cutoff; a molecule; a slab and a wire with mixed periodicity, atoms
outside of the cell among them; an atom alone.
Labels (REF_energy, REF_forces, REF_stress) are of the original in float64; float32_energy, float32_forces and
float32_stress are of the same in float32. Energies in eV, forces in eV/angstrom, stress in eV/angstrom^3, positive
under tension.
"""

import numpy as np
from ase import Atoms
from ase.build import bulk, fcc111, molecule


def distorted(atoms, seed, amplitude, strain=None):
    """`atoms` after a homogeneous strain (3x3, added to 1) and normal displacements of `amplitude` angstrom."""
    random = np.random.RandomState(seed)  # its stream is frozen, unlike default_rng's
    if strain is not None:
        atoms.set_cell(atoms.cell.array @ (np.eye(3) + np.array(strain)), scale_atoms=True)
    atoms.positions += amplitude * random.standard_normal(atoms.positions.shape)
    return atoms


def mixed(prototype, elements, repeat):
    """A repeated prototype crystal whose sites are taken by `elements`, one after the other."""
    atoms = prototype.repeat(repeat)
    atoms.symbols = elements.split()
    return atoms


def rocksalt(cations, anions, a):
    """A 2x2x2 supercell of the primitive cell: 8 cations and 8 anions, each list repeated as often as needed."""
    ions = [(cations.split() * 8)[:8], (anions.split() * 8)[:8]]
    return mixed(bulk("NaCl", "rocksalt", a=a), " ".join(ions[i % 2][i // 2] for i in range(16)), (2, 2, 2))


def perovskite():
    return Atoms("SrTiO3", cell=[3.9, 3.9, 3.9], pbc=True,
                 scaled_positions=[(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)])


def slab():
    """CO over two layers of copper; periodic along two directions, one atom outside of the cell."""
    atoms = fcc111("Cu", (2, 2, 2), a=3.65, vacuum=5.0)
    top = atoms.positions[:, 2].max()
    atoms += Atoms("CO", positions=[(1.3, 0.8, top + 1.9), (1.5, 0.9, top + 3.05)])
    atoms.positions[0] -= atoms.cell[0]
    atoms.pbc = (True, True, False)
    return atoms


def wire():
    """A zigzag of polonium's neighbours in the table, periodic along one direction."""
    atoms = Atoms("BiTePbSe", positions=[(0, 0, 0), (1.6, 2.3, 0.2), (3.3, 0.1, -0.3), (4.9, 2.2, 0.4)],
                  cell=[6.6, 12, 12], pbc=(True, False, False))
    atoms.positions[3, 0] += 6.6
    return atoms


def molecules():
    """Two small molecules beside each other, without a cell."""
    second = molecule("CH3Cl")
    second.positions += (1.0, 4.0, 0.5)
    return molecule("CH3CH2OH") + second


def structures():
    shear = [[0.02, 0.05, 0.0], [0.0, -0.03, 0.04], [-0.02, 0.0, 0.01]]
    fcc, bcc = bulk("Cu", "fcc", a=3.7, cubic=True), bulk("W", "bcc", a=3.2)
    return [
        ("silicon, rattled", distorted(bulk("Si", "diamond", a=5.46, cubic=True), 1, 0.15)),
        ("copper, one atom", bulk("Cu", "fcc", a=3.62)),
        ("tungsten, one atom, sheared", distorted(bulk("W", "bcc", a=3.17), 2, 0.0, shear)),
        ("magnesium oxide, sheared", distorted(bulk("MgO", "rocksalt", a=4.25), 3, 0.1, shear)),
        ("strontium titanate", distorted(perovskite(), 4, 0.08)),
        ("late transition metals", distorted(mixed(fcc, "Cr Mn Fe Co Ni Pd Pt Rh", (2, 1, 1)), 5, 0.1, shear)),
        ("refractory metals", distorted(mixed(bcc, "Ti V Zr Nb Mo Hf Ta Re", (2, 2, 2)), 6, 0.1)),
        ("noble and soft metals", distorted(mixed(bcc, "Au Ag Cd Zn Hg Tl Ir Os Ru Tc Sn Be", (3, 2, 2)), 7, 0.15)),
        ("semiconductors", distorted(mixed(bulk("GaAs", "zincblende", a=5.4), "Al N Ga P In As B Sb Ge Sb Al Ge In N Ga P",
                                           (2, 2, 2)), 8, 0.1)),
        ("salts", distorted(rocksalt("Li Na K Rb Cs Ca Ba Sc", "F Cl Br I O S Se Te", 6.2), 9, 0.15, shear)),
        ("lanthanides", distorted(rocksalt("La Ce Pr Nd Pm Sm Eu Gd", "N O", 5.1), 10, 0.1)),
        ("heavy lanthanides", distorted(rocksalt("Tb Dy Ho Er Tm Yb Lu Y", "O S", 5.1), 11, 0.1, shear)),
        ("actinides", distorted(rocksalt("Ac Th Pa U Np Pu Bi Pb", "C N O", 5.2), 12, 0.1)),
        ("rare gases", distorted(mixed(bulk("Ar", "fcc", a=5.0), "He Ne Ar Kr Xe Ar He Xe", (2, 2, 2)), 13, 0.2)),
        ("molecules", distorted(molecules(), 14, 0.05)),
        ("slab", distorted(slab(), 15, 0.05)),
        ("wire", distorted(wire(), 16, 0.05)),
        ("iron, alone", Atoms("Fe", positions=[(0.3, -0.2, 0.1)])),
    ]


def numbers(values):
    return " ".join(repr(float(x)) for x in values)


def frame(name, atoms, double, single):
    """One frame of extended XYZ with every digit: ASE's writer would round to 1e-8."""
    pairs = [f'name="{name}"', "pbc=\"" + " ".join("FT"[int(p)] for p in atoms.pbc) + '"']
    if atoms.pbc.any():
        pairs.append(f'Lattice="{numbers(atoms.cell.array.ravel())}"')
    for prefix, (energy, _, stress) in (("REF_", double), ("float32_", single)):
        pairs.append(f"{prefix}energy={energy!r}")
        if stress is not None:
            pairs.append(f'{prefix}stress="{numbers(stress)}"')
    pairs.append("Properties=species:S:1:pos:R:3:REF_forces:R:3:float32_forces:R:3")
    rows = [f"{atoms.symbols[i]} {numbers(atoms.positions[i])} {numbers(double[1][i])} {numbers(single[1][i])}"
            for i in range(len(atoms))]
    return "\n".join([str(len(atoms)), " ".join(pairs), *rows]) + "\n"
