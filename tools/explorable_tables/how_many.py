"""Log evidences for the explorable *How many?*: ``python -m tools.explorable_tables.how_many`` (a quarter of an hour)."""

import json
from warnings import catch_warnings, simplefilter

import arviz as az
import numpy as np
from scipy.special import gammaln

from gmixlib import log_evidence, sample_gibbs
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal
from tools.notebooks import ROOT

TABLE = ROOT / "book" / "explorables" / "numerics" / "how_many_table.js"
GALAXIES = ROOT / "chapters" / "data" / "galaxies.csv"

SEED = 12
MOST = 12
SCALES = 0.25, 1, 4, 16, 64  # beta, the prior mean of a variance
SPREADS = 5, 10, 25, 50, 100  # standard deviation of a location, whatever the scale
WORTHS = 0.5, 0.05, 0.005, 0.0005, 0.00005  # lambda, where a location is tied to the scale
LOCATIONS = {
    "free": [Normal(20, spread) for spread in SPREADS],
    "tied": [ScaledNormal(20, worth) for worth in WORTHS],
}
BY_WEIGHTS = 4  # up to here importance sampling, beyond it counting empty components
DRAWS = {1: 4_000, 2: 8_000, 3: 8_000, 4: 3_000}  # from the proposal
# Of each of four chains.
SWEEPS = {5: 24_000, 6: 12_000, 7: 12_000} | dict.fromkeys(range(8, MOST + 1), 6_000)
WORST_R_HAT = 1.05


def log_empty(k: int, n: int) -> float:
    """Log prior probability that a given one of k components owns none of n points; all weights equally likely."""
    return gammaln(k) + gammaln(n + k - 1) - gammaln(k - 1) - gammaln(n + k)


def by_weights(y: np.ndarray, k: int, prior: Prior, seed: np.random.SeedSequence) -> tuple[float, float]:
    """Log evidence and its error, by importance sampling."""
    with catch_warnings():
        simplefilter("ignore")  # of a large error, which the table has
        found = log_evidence(
            y, k, prior=prior, chains=64, draws=DRAWS[k], random_seed=seed, progressbar=False
        )
    return found.log_evidence, found.error


def by_counting(y: np.ndarray, k: int, prior: Prior, seed: np.random.SeedSequence) -> tuple[float, float]:
    """Log evidence of k components less that of one fewer, and its error.

    It is the log of how much less often the data leave a component empty than the prior does (chapter 12).
    """
    run = sample_gibbs(y, k, prior=prior, draws=SWEEPS[k], random_seed=seed, progressbar=False)
    share = (run.sample_stats["counts"].values == 0).mean(axis=-1)
    r_hat = float(az.rhat(share))
    if not r_hat < WORST_R_HAT:
        raise RuntimeError(f"{k} components under {prior}: R-hat is {r_hat:.3f}; use more sweeps")
    return log_empty(k, y.size) - np.log(share.mean()), float(az.mcse(share)) / share.mean()


def row(y: np.ndarray, prior: Prior, seed: np.random.SeedSequence) -> tuple[list[float], list[float]]:
    """Log evidences of 1 to MOST components, and the error that each adds.

    Up to BY_WEIGHTS that is the error of the evidence, then the error of the step from one component fewer.
    """
    values, errors = [], []
    for k, own in enumerate(seed.spawn(MOST), start=1):
        found, error = (by_weights if k <= BY_WEIGHTS else by_counting)(y, k, prior, own)
        values.append(found if k <= BY_WEIGHTS else values[-1] + found)
        errors.append(error)
    return [round(value, 2) for value in values], [round(error, 3) for error in errors]


Rows = list[list[tuple[list[float], list[float]]]]  # for each prior of the locations and of the scales


def how_many() -> str:
    """Log evidences of the galaxies by locations' prior, scales' prior and number of components."""
    y = np.loadtxt(GALAXIES, skiprows=2) / 1000
    seed = np.random.SeedSequence(SEED)
    return how_many_text({
        name: [
            [row(y, Prior(mu, InverseGamma(2, beta), Dirichlet(1)), seed.spawn(1)[0]) for beta in SCALES]
            for mu in priors
        ]
        for name, priors in LOCATIONS.items()
    })  # fmt: skip


def how_many_text(found: dict[str, Rows]) -> str:
    """The table as JavaScript."""
    lines = [
        "// Log evidences of the 82 galaxies for 1 to 12 components, made by tools/explorable_tables/how_many.py.",
        "// Scales: sigma^2 ~ InverseGamma(2, beta). Weights: Dirichlet(1). Locations: free, N(20, spread^2); or tied to",
        "// the scale, N(20, sigma^2 / lambda). One block for each prior of the locations, one row for each beta.",
        "// The errors: up to BY_WEIGHTS components of the log evidence, then of the step from one component fewer.",
        "",
        f"export const SCALES = {json.dumps(SCALES)}; // beta",
        f"export const SPREADS = {json.dumps(SPREADS)};",
        f"export const WORTHS = {json.dumps(WORTHS)}; // lambda",
        f"export const BY_WEIGHTS = {BY_WEIGHTS};",
    ]
    for part, name in enumerate(("LOG_EVIDENCES", "ERRORS")):
        lines.append(f"export const {name} = {{")
        for locations, blocks in found.items():
            lines.append(f"  {locations}: [")
            for block in blocks:
                lines += ["    [", *(f"      {json.dumps(one[part])}," for one in block), "    ],"]
            lines.append("  ],")
        lines.append("};")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compute the table and write it."""
    TABLE.write_text(how_many_text(how_many()), encoding="utf-8")


if __name__ == "__main__":
    main()
