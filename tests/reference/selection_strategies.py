#!/usr/bin/env python3
"""Writes tests/data/selection/published_picks.json, direct.json and feature_map.json: what the public originals choose from matrices that
both this script and the tests make by the same integer recurrence.

    python3 tests/reference/selection_strategies.py

Needs numpy, torch, scikit-learn, bmdal_reg, cords (its omp_solvers.py only) and maml (its sampling package only); those
files were made with bmdal_reg 3.0.2 (Apache-2.0), cords 0.0.4 (MIT), maml 2025.4.3 and scikit-learn 1.9.1 (both
BSD-3-Clause), numpy 2.4, torch 2.15, all in float64. Nothing but the numbers that they return is written."""
import importlib.util
import json
import warnings
from pathlib import Path

import numpy as np
import torch

np.Inf = np.inf  # bmdal_reg 3.0.2 uses the name that numpy 2 dropped

from bmdal_reg.bmdal import selection as bmdal
from bmdal_reg.bmdal.feature_data import TensorFeatureData
from bmdal_reg.bmdal.feature_maps import IdentityFeatureMap
from bmdal_reg.bmdal.features import Features
from maml.sampling.pca import PrincipalComponentAnalysis
from maml.sampling.stratified_sampling import SelectKFromClusters
from sklearn.cluster import Birch
from sklearn.decomposition import PCA
from sklearn.linear_model import orthogonal_mp
from sklearn.preprocessing import StandardScaler

torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")

FOLDER = Path(__file__).resolve().parents[1] / "data" / "selection"
# Rows x columns and labelled rows; the second has fewer rows than columns.
SHAPES = [dict(seed=1, rows=40, columns=6, labelled=8), dict(seed=2, rows=25, columns=60, labelled=5),
          dict(seed=3, rows=120, columns=20, labelled=30)]
BATCH = 9


def matrix(seed, rows, columns):
    """Entries in (-2, 2) from x <- 1103515245 x + 12345 mod 2^31; row i is 1 + (i mod 7) / 2 times as long."""
    state, values = seed, np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            state = (1103515245 * state + 12345) % 2**31
            values[i, j] = (state / 2**31 - 0.5) * 4.0 * (1.0 + (i % 7) / 2.0)
    return values


def features_of(shape):
    """Pool and labelled rows: one matrix cut in two."""
    both = matrix(shape["seed"], shape["rows"] + shape["labelled"], shape["columns"])
    return both[:shape["rows"]], both[shape["rows"]:]


def bmdal_picks(method, shape, mode, posterior, batch=BATCH, **settings):
    pool, labelled = ([Features(IdentityFeatureMap(shape["columns"]), TensorFeatureData(torch.tensor(rows)))
                       for rows in features_of(shape)])
    if posterior:
        transform = labelled.posterior_tfm(posterior, allow_kernel_space_posterior=False)
        pool, labelled = transform(pool).precompute(), transform(labelled).precompute()
    rows = [pool] if method is bmdal.MaxDiagSelectionMethod else [pool, labelled]
    chooser = method(*rows, sel_with_train=mode == "tp", verbosity=0, **settings)
    picks = [int(i) for i in chooser.select(batch)]
    assert chooser.get_status() is None, chooser.get_status()
    return picks


METHODS = [
    ("maxdiag", bmdal.MaxDiagSelectionMethod, [{}]),
    ("maxdet", bmdal.MaxDetSelectionMethod, [{"sigma": 0.1}, {"sigma": 1.5}]),
    ("maxdist", bmdal.MaxDistSelectionMethod, [{}]),
    ("lcmd", bmdal.LargestClusterMaxDistSelectionMethod, [{}]),
    ("frank_wolfe", bmdal.FrankWolfeSelectionMethod, [{}]),
    ("bait", bmdal.BaitFeatureSpaceSelectionMethod,
     [{"sigma": 0.1}, {"sigma": 1.5}, {"sigma": 0.1, "overselect": 2.0}, {"sigma": 1.5, "overselect": 2.5}]),
]


def active_learning_cases():
    for shape in SHAPES:
        for name, method, variants in METHODS:
            for options in variants:
                for mode in ("p", "tp"):
                    for posterior in (None, 0.7):
                        settings = {{"sigma": "noise_sigma", "overselect": "overselection_factor"}[k]: v
                                    for k, v in options.items()}
                        picks = bmdal_picks(method, shape, mode, posterior, **settings)
                        given = dict(options, mode=mode, **({"posterior_sigma": posterior} if posterior else {}))
                        # MaxDiag sorts upwards.
                        yield dict(strategy=name, options=given, **shape, picks=picks[::-1] if name == "maxdiag" else picks)
        if shape["columns"] >= BATCH:
            picks = bmdal_picks(bmdal.MaxDetSelectionMethod, shape, "p", None, noise_sigma=0.0)
            yield dict(strategy="maxdet", options={"sigma": 0.0, "mode": "p"}, **shape, picks=picks)


def omp_module():
    package = importlib.util.find_spec("cords").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("omp", f"{package}/selectionstrategies/helpers/omp_solvers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pursuit_cases():
    omp = omp_module()
    for shape in SHAPES:
        pool, _ = features_of(shape)
        mean = pool.mean(0)
        batch = min(BATCH, shape["columns"] - 1)
        support = np.nonzero(orthogonal_mp(pool.T, mean, n_nonzero_coefs=batch))[0]
        yield dict(strategy="divbs", options={"pick": "argmax"}, **shape, picks=[int(i) for i in support], sorted=True)
        for count in (3, 6):
            solution = omp.OrthogonalMP(pool.T, mean, tol=1e-12, nnz=count, positive=True)
            support = np.nonzero(solution)[0]
            yield dict(strategy="gradmatch", options={"ridge": 0.0, "fill": "stop"}, **shape, steps=count,
                       picks=[int(i) for i in support], weights=[float(solution[i]) for i in support], sorted=True)


def own_centres(model, count):
    """Centre of every cluster: the mean of its subclusters, weighted by their sizes."""
    sizes = np.array([s.n_samples_ for leaf in model._get_leaves() for s in leaf.subclusters_])
    labels = model.subcluster_labels_
    return {c: np.average(model.subcluster_centers_[labels == c], axis=0, weights=sizes[labels == c])
            for c in range(count)}


def direct_case(seed, rows, columns, clusters, per_cluster, threshold):
    scaled = StandardScaler().fit_transform(matrix(seed, rows, columns))
    scores = PrincipalComponentAnalysis().fit(scaled).transform(scaled)
    used = threshold
    model = Birch(n_clusters=clusters, threshold=used).fit(scores)
    while len(set(model.subcluster_labels_)) < clusters:  # the rule of maml's BirchClustering
        used = used / clusters * len(set(model.subcluster_labels_))
        model = Birch(n_clusters=clusters, threshold=used).fit(scores)
    labels = model.predict(scores)
    chosen = SelectKFromClusters(k=per_cluster).transform(
        dict(labels=labels, PCAfeatures=scores, label_centers=own_centres(model, clusters)))["selected_indexes"]
    lengths = [float(x) for x in np.square(scores).sum(1)[:5]]
    return dict(seed=seed, rows=rows, columns=columns, clusters=clusters, per_cluster=per_cluster, threshold=threshold,
                components=scores.shape[1], squared_lengths=lengths, used_threshold=float(used),
                subclusters=len(model.subcluster_centers_), labels=[int(i) for i in labels],
                picks=sorted(int(i) for i in chosen))


def map_case(shape):
    """Two principal components of the pool, and the labelled rows there; each axis turned so that its entry of largest
    size is positive."""
    pool, labelled = features_of(shape)
    pca = PCA(n_components=2, svd_solver="full").fit(pool)
    signs = np.sign([axis[np.abs(axis).argmax()] for axis in pca.components_])
    return dict(seed=shape["seed"], rows=shape["rows"], columns=shape["columns"], labelled=shape["labelled"],
                variance_shares=pca.explained_variance_ratio_.tolist(),
                points=(pca.transform(pool) * signs)[:8].tolist(),
                labelled_points=(pca.transform(labelled) * signs)[:3].tolist())


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    made_with = dict(bmdal_reg="3.0.2", cords="0.0.4", maml="2025.4.3", scikit_learn="1.9.1")
    picks = dict(made_with=made_with, batch=BATCH, cases=list(active_learning_cases()) + list(pursuit_cases()))
    direct = dict(made_with=made_with, cases=[
        direct_case(11, 60, 8, 6, 1, 0.5), direct_case(12, 150, 8, 10, 1, 0.05), direct_case(13, 400, 5, 40, 1, 0.5),
        direct_case(14, 150, 6, 5, 3, 0.02), direct_case(15, 80, 12, 20, 2, 0.1)])
    maps = dict(made_with=made_with, cases=[map_case(shape) for shape in SHAPES])
    for name, content in (("published_picks.json", picks), ("direct.json", direct), ("feature_map.json", maps)):
        lines = ",\n  ".join(json.dumps(case) for case in content.pop("cases"))
        head = json.dumps(content)[:-1]
        (FOLDER / name).write_text(f'{head}, "cases": [\n  {lines}\n]}}\n')


if __name__ == "__main__":
    main()
