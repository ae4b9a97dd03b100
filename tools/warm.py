"""Compile what the chapters' models need, so that PyTensor's and numba's caches hold it: ``python tools/warm.py``.

A cache serves the type of processor it was made on: a session on another type compiles for itself.
"""

import numpy as np
import pymc as pm
from pymc.distributions.transforms import ordered

from gmixlib import two_gaussians

START = {"mu": np.array([-1.0, 1.0])}


def two_means(**options) -> pm.Model:
    """Return the model of two unknown means, as chapters 4, 5 and 7 have it, with more options for the means."""
    y, _ = two_gaussians()
    with pm.Model(coords={"component": [0, 1]}) as model:
        mu = pm.Normal("mu", mu=0, sigma=10, dims="component", **options)
        pm.NormalMixture("y", w=np.array([0.5, 0.5]), mu=mu, sigma=1, observed=y)
    return model


def main() -> None:
    """Sample from and fit the model in a few steps, without and with the ordering of its means."""
    for options in ({}, {"transform": ordered}):
        with two_means(**options):
            pm.sample(draws=10, tune=10, chains=2, initvals=START, random_seed=1, progressbar=False)
            pm.fit(n=10, start=START, random_seed=1, progressbar=False)


if __name__ == "__main__":
    main()
