"""Labels from an ASE calculator: JSON lines on stdin and stdout (docs/drivers.md).

Started as: python ase_bridge.py SETTINGS.json. Built into FIBonAQi and written into each session's folder.
A fresh calculator is made for every structure: one that is used again starts from what it found before.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
import traceback


def keep_stdout_for_answers():
    """A stream for the answers; whatever else prints to stdout, C and Fortran libraries too, goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def load_setup(path):
    """Runs the user's file; its names can be called for as "setup:name"."""
    spec = importlib.util.spec_from_file_location("setup", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["setup"] = module
    spec.loader.exec_module(module)


def find_calculator(name):
    module_name, _, attribute = name.partition(":")
    found = importlib.import_module(module_name)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def versions(calculator):
    import ase
    package = sys.modules.get(calculator.__module__.split(".")[0])
    version = getattr(package, "__version__", None)
    name = getattr(package, "__name__", "")
    own = "" if name == "ase" or version is None else f", {name} {version}"
    return f"ase {ase.__version__}{own}"


def make_atoms(request):
    from ase import Atoms
    return Atoms(numbers=request["numbers"], positions=request["positions"], cell=request["cell"], pbc=request["pbc"])


def arguments_of(request, settings):
    arguments = dict(settings["arguments"])
    if request.get("changes", {}).get("spoil"):
        arguments.update(settings["spoil"])
    for quantity in ("charge", "multiplicity"):
        name = settings[quantity + "_argument"]
        if name and request[quantity]:
            arguments[name] = request[quantity]
    return arguments


def energy_of(atoms):
    """The energy whose derivative the forces are, where the calculator tells it apart."""
    from ase.calculators.calculator import PropertyNotImplementedError
    energy = atoms.get_potential_energy()
    try:
        return atoms.get_potential_energy(force_consistent=True), "force-consistent"
    except (PropertyNotImplementedError, TypeError):
        return energy, "as the calculator gives it"


def converged_state(calculator):
    """What the calculator itself says: True, False, or None where it says nothing."""
    for owner in (calculator, getattr(calculator, "scf", None)):
        state = getattr(owner, "converged", None)
        if callable(state):
            try:
                state = state()
            except TypeError:
                state = None
        if isinstance(state, bool) or type(state).__name__ == "bool_":
            return bool(state)
    return None


class NotConverged(Exception):
    pass


def compute(request, factory, settings):
    started = time.time()
    atoms = make_atoms(request)
    atoms.calc = factory(**arguments_of(request, settings))
    energy, kind_of_energy = energy_of(atoms)
    reply = {"energy": float(energy), "forces": atoms.get_forces().tolist()}
    if "stress" in request["want"]:
        reply["stress"] = atoms.get_stress(voigt=False).tolist()
    state = converged_state(atoms.calc)
    if state is False:
        raise NotConverged("the calculator says that it has not converged")
    reply["details"] = {"energy": kind_of_energy, "calculator_says_converged": state,
                        "seconds": round(time.time() - started, 3)}
    reply.update(ok=True, converged=True)
    return reply


def kind_of(error):
    """Kind of failure by the names of the error's classes: those of each calculator are its own."""
    names = " ".join(cls.__name__ for cls in type(error).__mro__)
    for text, kind in (("Converge", "scf_not_converged"), ("MemoryError", "out_of_memory"),
                       ("FileNotFoundError", "missing_file"), ("NotImplementedError", "bad_config"),
                       ("TypeError", "bad_config"), ("InputError", "bad_config"), ("KeyError", "bad_config")):
        if text in names:
            return kind
    text = str(error).lower()
    return "scf_not_converged" if "not converge" in text or "did not converge" in text else "unknown"


def answer(line, factory, settings):
    request = json.loads(line)
    try:
        reply = compute(request, factory, settings)
        json.dumps(reply, allow_nan=False)
    except ValueError as error:
        is_nan = "JSON compliant" in str(error)
        reply = {"ok": False, "kind": "non_finite" if is_nan else kind_of(error), "error": said(error)}
    except Exception as error:  # whatever a calculator raises is an answer
        traceback.print_exc()
        reply = {"ok": False, "kind": kind_of(error), "error": said(error)}
    return {"id": request["id"], **reply}


def said(error):
    return f"{type(error).__name__}: {error}"


def main():
    answers = keep_stdout_for_answers()

    def say(record):
        answers.write(json.dumps(record) + "\n")
        answers.flush()

    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    try:
        if settings["setup"]:
            load_setup(settings["setup"])
        factory = find_calculator(settings["calculator"])
        version = versions(factory)
    except (ImportError, AttributeError, OSError) as error:
        sys.exit(f"calculator '{settings['calculator']}' cannot be loaded ({said(error)}) with {sys.executable}")
    say({"ready": True, "protocol": 1, "version": version})
    for line in sys.stdin:
        if line.strip():
            say(answer(line, factory, settings))


if __name__ == "__main__":
    main()
