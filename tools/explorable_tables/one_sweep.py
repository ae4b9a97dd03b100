"""Tables for the explorable *One sweep*: ``python -m tools.explorable_tables.one_sweep`` (some seconds).

For each data set: the chain that the sixth chapter's sampler draws with its seed, where it starts, and what is exact.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from gmixlib import (
    TwoMeansPosterior,
    hdr_levels,
    hermite_grid,
    responsibilities,
    three_gaussians,
    two_gaussians,
)
from tools.notebooks import ROOT

Floats = NDArray[np.float64]
NUMERICS = ROOT / "book" / "explorables" / "numerics"
BY = "// Written by tools/explorable_tables/one_sweep.py.\n\n"
SEED, SWEEPS = 6, 2_000
GAPS = {"apart": 2.0, "close": 0.4}  # half gaps of the two groups
UNIT = 1000  # locations are kept in thousandths
DIGITS = 6  # after the decimal point, of what is exact


class Model(NamedTuple):
    """Normal components of scale 1 with known weights, and a normal prior around 0 for each location."""

    y: Floats
    w: Floats
    prior_sd: float


def chain(model: Model, start: Floats, sweeps: int, seed: int) -> Floats:
    """The locations after each sweep, drawn as the chapter's `two_locations` draws them."""
    y, w, prior_sd = model
    rng, mu, kept = np.random.default_rng(seed), start, np.empty((sweeps, w.size))
    for t in range(sweeps):
        cumulative = responsibilities(y, w, mu, 1.0).cumsum(axis=-1)
        z = (rng.random(y.size)[:, np.newaxis] > cumulative[:, :-1]).sum(axis=1)
        for k in range(w.size):
            precision = np.sum(z == k) + 1 / prior_sd**2
            kept[t, k] = rng.normal(y[z == k].sum() / precision, precision**-0.5)
        mu = kept[t]
    return kept


def log_joint(model: Model, mu: Floats) -> Floats:
    """Log of likelihood times prior, up to a constant, for columns mu."""
    y, w, prior_sd = model
    centred = y.reshape(-1, *[1] * mu.ndim) - mu
    log_w = np.log(w).reshape(-1, *[1] * (mu.ndim - 1))
    return logsumexp(log_w - centred**2 / 2, axis=1).sum(axis=0) - (mu**2).sum(axis=0) / (2 * prior_sd**2)


def share_of_doubt(model: Model, mu: Floats, mass: Floats) -> float:
    """1 - E[1 / P] / Var of the first location, by quadrature over columns mu.

    Given the locations each point is in the first category or not, independently of the others. So the probabilities
    of the counts come from adding one point after the other.
    """
    y, w, prior_sd = model
    counts = np.zeros((y.size + 1, mass.size))
    counts[0] = 1
    for value in y:
        r = softmax(np.log(w)[:, np.newaxis] - (value - mu) ** 2 / 2, axis=0)[0]
        counts[1:] = counts[1:] * (1 - r) + counts[:-1] * r
        counts[0] *= 1 - r
    known = counts.T @ (1 / (np.arange(y.size + 1) + 1 / prior_sd**2)) @ mass
    variance = (mu[0] - mu[0] @ mass) ** 2 @ mass
    return float(1 - known / variance)


def exact(start: Floats, levels: Floats, doubt: float) -> dict:
    """What is exact of a data set, rounded."""
    return {"start": start.round(DIGITS), "levels": levels.round(DIGITS), "doubt": round(doubt, DIGITS)}


def two_groups(name: str) -> tuple[Model, dict]:
    """The first data set with its groups moved along, as in the staircase figure."""
    y, z = two_gaussians()
    model = Model(y + (GAPS[name] - 1) * np.array([-1.0, 1.0])[z], np.array([0.5, 0.5]), 10.0)
    posterior = TwoMeansPosterior(model.y)
    plane = np.linspace(-4, 4, 401)
    density = np.exp(posterior.log_density(plane, plane[:, np.newaxis]))
    top = posterior.log_density(*posterior.mode)
    corners = np.array([*map(np.ravel, np.meshgrid(plane[::2], plane[::2]))])
    mass = density[::2, ::2].ravel() * (
        corners[0] < corners[1] if name == "apart" else 1
    )  # one hill, or both
    used = mass > 1e-12 * mass.max()
    doubt = share_of_doubt(model, corners[:, used], mass[used] / mass[used].sum())
    return model, exact(posterior.mode, np.log(hdr_levels(density)) - top, doubt)


def three_groups() -> tuple[Model, dict]:
    """The second data set; weights and scale are those that made it."""
    model = Model(three_gaussians()[0], np.full(3, 1 / 3), 15.0)
    grid = hermite_grid(lambda mu: log_joint(model, mu), [-5, 0, 5], sd=0.1, nodes=5)
    mean = grid.points @ grid.mass
    sd = np.sqrt((grid.points - mean[:, np.newaxis]) ** 2 @ grid.mass)
    # Three nodes of Gauss-Hermite quadrature integrate the third location out; each mass is over the density there.
    nodes = np.array([-(3**0.5), 0, 3**0.5])
    masses = np.array([1, 4, 1]) / 6 * np.exp(nodes**2 / 2)
    plane = [m + s * np.linspace(-4.5, 4.5, 61) for m, s in zip(mean[:2], sd[:2], strict=True)]
    first, second = np.meshgrid(*plane)
    others = [
        {"mu": [round(mean[2] + node * sd[2], DIGITS)], "mass": round(mass, DIGITS)}
        for node, mass in zip(nodes, masses, strict=True)
    ]
    parts = [
        np.log(other["mass"])
        + log_joint(model, np.array([first, second, np.full_like(first, other["mu"][0])]))
        for other in others
    ]
    log_density = logsumexp(parts, axis=0) - np.max(logsumexp(parts, axis=0))
    levels = np.log(hdr_levels(np.exp(log_density)))
    mode = grid.points[:, grid.mass.argmax()]
    return model, exact(mode, levels, share_of_doubt(model, grid.points, grid.mass)) | {"others": others}


def tables() -> dict[str, tuple[Model, dict]]:
    """For each data set its model, what is exact, and the chain."""
    found = {name: two_groups(name) for name in GAPS} | {"three": three_groups()}
    for model, table in found.values():
        table["draws"] = np.rint(UNIT * chain(model, table["start"], SWEEPS, SEED)[:, 0]).astype(int)
    return found


def written(value: object) -> str:
    """A value as JavaScript."""
    return json.dumps(value, default=lambda array: array.tolist(), separators=(",", ":"))


def module(text: str, values: Iterable[tuple[str, object]]) -> str:
    """A module with a comment and some constants, a line each."""
    return BY + text + "".join(f"export const {name} = {written(value)};\n" for name, value in values)


def files() -> dict[str, str]:
    """The files' texts, by name."""
    comment = (
        "// Of each data set: a chain's start, a mode; the levels of the log posterior, from its height there, that bound the\n"
        "// regions of 99, 90, 50 and 10 per cent; the exact share of the doubt; and the first location after each of\n"
        f"// {SWEEPS} sweeps of the chapter's sampler, in thousandths. Of three groups besides: places of the third location,\n"
        "// with masses that integrate it out.\n"
    )
    chains = [(name, table) for name, (_, table) in tables().items()]
    points = [("threeGaussians", three_gaussians()[0])]
    return {
        "three_gaussians.js": module("// The second data set, gmixlib.three_gaussians().\n", points),
        "gibbs_chains.js": module(comment, chains),
    }


def main() -> None:
    """Write the files."""
    for name, text in files().items():
        (NUMERICS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
