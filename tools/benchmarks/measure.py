"""One measurement in its own process: ``python -m tools.benchmarks.measure NAME SUBJECT N BEGAN [--quick]``.

Only what is measured is imported, since the clock runs from ``BEGAN``, when the process was started.

Prints one line of JSON: for each subject its figures, in seconds, bytes and effective samples per second.
"""

import argparse
import ctypes
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.benchmarks import models
from tools.benchmarks.samplers import SAMPLERS, seconds

Figures = dict[str, dict[str, float]]

BOUND = "PyMC, categories still"


def step_method(subject: str) -> type:
    """Return a class of steps over the categories; that of `BOUND` leaves them as they are."""
    import pymc as pm

    if subject == "PyMC":
        return pm.CategoricalGibbsMetropolis
    if subject == "gmixlib":
        from gmixlib import CategoricalGibbs

        return CategoricalGibbs

    class Still(pm.step_methods.compound.BlockedStep):
        stats_dtypes_shapes: ClassVar[dict] = {}

        def __init__(self, variables):
            self.vars = [pm.modelcontext(None).rvs_to_values[variable] for variable in variables]

        def step(self, point):
            return point, [{}]

    return Still


def step(args: argparse.Namespace) -> Figures:
    """Measure the median time of one step over the categories, the two libraries in turn."""
    with models.with_categories() as model:
        steps = {name: step_method(name)([model["category"]]) for name in ("gmixlib", "PyMC")}
    point = model.initial_point() | {"mu": models.START["mu"]}
    took = {name: [] for name in steps}
    for _ in range(3 if args.quick else 50):
        for name, method in steps.items():
            for _ in range(50 if name == "gmixlib" else 1):
                began = time.perf_counter()
                point, _ = method.step(point)
                took[name].append(time.perf_counter() - began)
    return {name: {"step": float(np.median(values))} for name, values in took.items()}


def program(args: argparse.Namespace) -> Figures:
    """Measure a whole program, the three Gaussians with 500 categories: imports, model, compiling, sampling, trace."""
    import pymc as pm

    draws, tune = (20, 10) if args.quick else (10_000, 1_000)
    with models.with_categories() as model:
        metropolis = pm.Metropolis([model["w"], model["sigma"], model["mu"]])
        pm.sample(
            draws, tune=tune, chains=1, cores=1, step=[metropolis, step_method(args.subject)([model["category"]])],
            initvals={"mu": models.START["mu"]}, progressbar=False, random_seed=1,
        )  # fmt: skip
    return {args.subject: {"program": time.time() - args.began}}


def ess(args: argparse.Namespace) -> Figures:
    """Measure the seconds until the first draw, and the least bulk effective sample size per second after it."""
    result = SAMPLERS[args.subject](500 if args.quick else 2_500, 500 if args.quick else 1_000, args.began)
    import arviz as az

    least, worst = np.inf, 0.0
    for name, draws in result.posterior.items():
        near = np.abs(draws.mean(axis=(0, 1)) - models.START[name]) < 0.04
        if not near.all():
            raise AssertionError(
                f"{args.subject} samples something else: {name} is {draws.mean(axis=(0, 1))}"
            )
        for values in np.moveaxis(draws.reshape(*draws.shape[:2], -1), 2, 0):
            least = min(least, float(az.ess(values, method="bulk")))
            worst = max(worst, float(az.rhat(values)))
    figures = {"ess": least, "rhat": worst, "first": result.total - result.drawing}
    if worst > 1.01:
        least = np.nan  # not converged: a rate would mean nothing
    return {args.subject: figures | {"rate": least / result.drawing}}


def observations(n: int) -> NDArray:
    """Return ``n`` observations from three Gaussians."""
    from gmixlib import simulate

    return simulate(n, [1 / 3] * 3, [-5, 0, 5], 1.0, np.random.default_rng(1))[0]


def make_advance(subject: str, y: NDArray) -> Callable[[int], object]:
    """Return a function that makes a number of sweeps, or of iterations of EM, over the observations."""
    initial = {"w": np.full(3, 1 / 3), "mu": np.array([-5.0, 0.0, 5.0]), "sigma": np.ones(3)}
    if subject == "gmixlib":
        from gmixlib import sample_gibbs

        kwargs = {"prior": models.prior(), "tune": 0, "chains": 1, "cores": 1, "progressbar": False}
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


def sweep(args: argparse.Namespace) -> Figures:
    """Measure the time per point and sweep, or iteration of EM, on one core.

    The difference of a long and a short run leaves out what a run does only once.
    """
    own = args.subject == "gmixlib"
    work = (2e8 if own else 2e7) / (100 if args.quick else 1)
    long = max(50 if own else 5, int(work / args.n))
    short = long // 5
    advance = make_advance(args.subject, observations(args.n))
    advance(1)  # compiles
    took = [seconds(advance, long) - seconds(advance, short) for _ in range(3)]
    return {args.subject: {"sweep": float(np.median(took)) / (long - short) / args.n}}


def memory(args: argparse.Namespace) -> Figures:
    """Measure the peak of resident memory per point while it samples or fits, beyond the data."""
    make_advance(args.subject, observations(1000))(5)  # compiles
    advance = make_advance(args.subject, observations(args.n))
    # Memory freed after making the data, but not returned to the system, would be reused and not be counted.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # resets the peak
    before = _status("VmRSS")
    advance(5)
    return {args.subject: {"memory": (_status("VmHWM") - before) / args.n}}


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
    parser.add_argument("began", type=float)
    parser.add_argument("--quick", action="store_true", help="few draws, to try the code")
    arguments = parser.parse_args()
    print(json.dumps(MEASURES[arguments.name](arguments)))
