"""One measurement in its own process: ``python -m tools.benchmarks.measure NAME SUBJECT N [--quick]``.

Prints one line of JSON: for each subject its figures, in seconds, bytes and effective samples per second.
"""

import argparse
import ctypes
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import arviz as az
import numpy as np
import pymc as pm
from numpy.typing import NDArray

from gmixlib import CategoricalGibbs, sample_gibbs, simulate
from tools.benchmarks import models
from tools.benchmarks.samplers import SAMPLERS, clock, start_compiler

Figures = dict[str, dict[str, float]]

STEPS = {"gmixlib": CategoricalGibbs, "PyMC": pm.CategoricalGibbsMetropolis}


def step(subject: str, n: int, quick: bool) -> Figures:
    """Measure the median time of one step over the categories, the two libraries in turn."""
    with models.with_categories() as model:
        steps = {name: make([model["category"]]) for name, make in STEPS.items()}
    point = model.initial_point() | {"mu": models.START["mu"]}
    seconds = {name: [] for name in steps}
    for _ in range(3 if quick else 50):
        for name, method in steps.items():
            for _ in range(50 if name == "gmixlib" else 1):
                took, (point, _) = clock(method.step, point)
                seconds[name].append(took)
    return {name: {"step": float(np.median(values))} for name, values in seconds.items()}


def program(subject: str, n: int, quick: bool) -> Figures:
    """Measure a whole program, the three Gaussians with 500 categories: model, compiling, sampling, trace."""
    draws, tune = (20, 10) if quick else (10_000, 1_000)
    began = time.perf_counter()
    with models.with_categories() as model:
        metropolis = pm.Metropolis([model["w"], model["sigma"], model["mu"]])
        pm.sample(
            draws, tune=tune, chains=1, cores=1, step=[metropolis, STEPS[subject]([model["category"]])],
            initvals={"mu": models.START["mu"]}, progressbar=False, random_seed=1,
        )  # fmt: skip
    return {subject: {"program": time.perf_counter() - began}}


def ess(subject: str, n: int, quick: bool) -> Figures:
    """Measure the least bulk effective sample size per second over all parameters of the marginal model."""
    start_compiler(subject)
    result = SAMPLERS[subject](draws=500 if quick else 2_500, tune=500 if quick else 1_000)
    least, worst = np.inf, 0.0
    for name, draws in result.posterior.items():
        near = np.abs(draws.mean(axis=(0, 1)) - models.START[name]) < 0.04
        if not near.all():
            raise AssertionError(f"{subject} samples something else: {name} is {draws.mean(axis=(0, 1))}")
        for values in np.moveaxis(draws.reshape(*draws.shape[:2], -1), 2, 0):
            least = min(least, float(az.ess(values, method="bulk")))
            worst = max(worst, float(az.rhat(values)))
    figures = {"ess": least, "rhat": worst, "sampling": result.sampling, "total": result.total}
    if worst > 1.01:
        least = np.nan  # not converged: a rate would mean nothing
    return {subject: figures | {"rate": least / result.sampling, "rate_with_compile": least / result.total}}


def observations(n: int) -> NDArray:
    """Return ``n`` observations from three Gaussians."""
    return simulate(n, [1 / 3] * 3, [-5, 0, 5], 1.0, np.random.default_rng(1))[0]


def make_advance(subject: str, y: NDArray) -> Callable[[int], object]:
    """Return a function that makes a number of sweeps, or of iterations of EM, over the observations."""
    initial = {"w": np.full(3, 1 / 3), "mu": np.array([-5.0, 0.0, 5.0]), "sigma": np.ones(3)}
    if subject == "gmixlib":
        kwargs = {"prior": models.PRIOR, "tune": 0, "chains": 1, "cores": 1, "progressbar": False}
        return lambda sweeps: sample_gibbs(y, 3, draws=sweeps, initial=initial, random_seed=1, **kwargs)
    from sklearn.mixture import GaussianMixture

    warnings.simplefilter("ignore")  # that it has not converged: tol=0 is there to prevent it
    x, start = y[:, None], {"weights_init": initial["w"], "means_init": initial["mu"][:, None]}
    start |= {
        "precisions_init": np.ones((1, 1)),
        "covariance_type": "tied",
        "init_params": "random_from_data",
    }
    return lambda sweeps: GaussianMixture(3, tol=0, max_iter=sweeps, random_state=1, **start).fit(x)


def sweep(subject: str, n: int, quick: bool) -> Figures:
    """Measure the time per point and sweep, or iteration of EM, on one core.

    The difference of a long and a short run leaves out what a run does only once.
    """
    work = (2e8 if subject == "gmixlib" else 2e7) / (100 if quick else 1)
    long = max(50 if subject == "gmixlib" else 5, int(work / n))
    short = long // 5
    advance = make_advance(subject, observations(n))
    advance(1)  # compiles
    seconds = [clock(advance, long)[0] - clock(advance, short)[0] for _ in range(3)]
    return {subject: {"sweep": float(np.median(seconds)) / (long - short) / n}}


def memory(subject: str, n: int, quick: bool) -> Figures:
    """Measure the peak of resident memory per point while it samples or fits, beyond the data."""
    make_advance(subject, observations(1000))(5)  # compiles
    advance = make_advance(subject, observations(n))
    # Memory freed after making the data, but not returned to the system, would be reused and not be counted.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # resets the peak
    before = _status("VmRSS")
    advance(5)
    return {subject: {"memory": (_status("VmHWM") - before) / n}}


def _status(name: str) -> int:
    """Return a size from Linux's status of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


MEASURES = {function.__name__: function for function in (step, program, ess, sweep, memory)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.measure", description=__doc__)
    parser.add_argument("name", choices=MEASURES)
    parser.add_argument("subject")
    parser.add_argument("n", type=int)
    parser.add_argument("--quick", action="store_true", help="few draws, to try the code")
    args = parser.parse_args()
    print(json.dumps(MEASURES[args.name](args.subject, args.n, args.quick)))
