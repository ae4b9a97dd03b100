"""Posterior samplers on one model: each runs 4 chains on the machine's cores.

One clock holds for all. It starts with the process, before any import, and the draws of the whole program are there
when it stops. How long drawing takes alone is measured in a further run of the same process, whose code is compiled;
what is left is the time until the first draw: imports, compiling, tuning.
"""

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.benchmarks import models

CHAINS = 4
NAMES = ("w", "mu", "sigma")


class Result(NamedTuple):
    """What a sampler returned, and its seconds."""

    posterior: dict[str, NDArray]  # each of shape (chain, draw, ...)
    total: float  # of the whole program
    drawing: float  # of all draws after the tuning


def seconds(function: Callable, *args, **kwargs) -> float:
    """Return the seconds that a call took."""
    began = time.perf_counter()
    function(*args, **kwargs)
    return time.perf_counter() - began


def seconds_of_drawing(run: Callable, draws: int) -> float:
    """Return the seconds that all draws but the first take."""
    return float(np.median([seconds(run, draws) - seconds(run, 1) for _ in range(3)]))


def run_gmixlib(draws: int, tune: int, began: float) -> Result:
    """Run compiled Gibbs."""
    from gmixlib import sample_gibbs

    start = models.START | {"sigma": np.full(3, models.START["sigma"])}

    def run(draws: int):
        return sample_gibbs(
            models.Y, 3, prior=models.prior(), draws=draws, tune=tune, chains=CHAINS, ordered=True, initial=start,
            random_seed=1, progressbar=False,
        )  # fmt: skip

    posterior = run(draws)["posterior"]
    total = time.time() - began
    values = {name: posterior[name].values for name in NAMES}
    return Result(values | {"sigma": values["sigma"][..., 0]}, total, seconds_of_drawing(run, draws))


def run_pymc(draws: int, tune: int, began: float) -> Result:
    """Run PyMC's own NUTS, which reports the seconds of sampling itself: its runs compile each anew."""
    import pymc as pm

    logging.getLogger("pymc").setLevel(logging.ERROR)

    def run(draws: int):
        with models.marginal():
            return pm.sample(
                draws, tune=tune, chains=CHAINS, cores=min(CHAINS, os.cpu_count()), random_seed=1,
                nuts_sampler="pymc", initvals=models.START, progressbar=False,
                compute_convergence_checks=False,
            )["posterior"]  # fmt: skip

    posterior = run(draws)
    total = time.time() - began
    drawing = posterior.attrs["sampling_time"] - run(1).attrs["sampling_time"]
    return Result({name: posterior[name].values for name in NAMES}, total, drawing)


def run_nutpie(draws: int, tune: int, began: float) -> Result:
    """Run NUTS in Rust, on a log density compiled by numba."""
    import nutpie

    model = nutpie.compile_pymc_model(models.marginal(), initial_points=models.START)

    def run(draws: int):
        return nutpie.sample(
            model, draws=draws, tune=tune, chains=CHAINS, seed=1, progress_bar=False, save_warmup=False
        )["posterior"]  # fmt: skip

    posterior = run(draws)
    total = time.time() - began
    values = {name: posterior[name].values for name in NAMES}
    return Result(values, total, seconds_of_drawing(run, draws))


def run_numpyro(draws: int, tune: int, began: float) -> Result:
    """Run NUTS in JAX, on one host device for each chain. A run of another length would be compiled anew."""
    import jax
    import numpyro
    from numpyro.infer import MCMC, NUTS, init_to_value

    numpyro.set_host_device_count(CHAINS)
    numpyro.enable_x64()
    kernel = NUTS(models.marginal_in_numpyro, init_strategy=init_to_value(values=models.START))
    mcmc = MCMC(
        kernel, num_warmup=tune, num_samples=draws, num_chains=CHAINS, chain_method="parallel",
        progress_bar=False,
    )  # fmt: skip
    key = jax.random.key(1)

    def run():
        mcmc.run(key)
        return jax.block_until_ready(mcmc.get_samples(group_by_chain=True))

    def warm_up():
        mcmc.warmup(key)
        jax.block_until_ready(mcmc.post_warmup_state.z)

    posterior = run()
    total = time.time() - began
    whole = seconds(run)
    warm_up()  # compiles
    return Result({name: np.asarray(posterior[name]) for name in NAMES}, total, whole - seconds(warm_up))


def run_stanli(draws: int, tune: int, began: float) -> Result:
    """Run Stan's NUTS on a model that is interpreted."""
    import stanli

    model = stanli.Model(stan_code=models.STAN, data={"n": models.Y.size, "y": models.Y})
    start = model.unconstrain(models.START)

    def run(draws: int):
        return model.sample(seed=1, chains=CHAINS, warmup=tune, samples=draws, inits=start, refresh=0)

    fit = run(draws)
    values = {name: fit.draws(name) for name in NAMES}
    total = time.time() - began
    return Result(values, total, seconds_of_drawing(run, draws))


def run_jags(draws: int, tune: int, _began: float) -> Result:
    """Run JAGS by its command line, one process for each chain: the clock starts with these.

    The times of the files that it writes tell when tuning and drawing ended.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.bug").write_text(models.JAGS, encoding="utf-8")
        nearest = np.abs(models.Y[:, None] - models.START["mu"]).argmin(axis=1) + 1
        _dump(folder / "data.R", {"y": models.Y})
        for chain in range(1, CHAINS + 1):
            generator = {".RNG.name": "base::Mersenne-Twister", ".RNG.seed": chain}
            _dump(folder / f"init{chain}.R", models.START | {"z": nearest} | generator)
            script = f"""
                model in "model.bug"
                data in "data.R"
                compile, nchains(1)
                parameters in "init{chain}.R"
                initialize
                update {tune}
                parameters to "tuned{chain}.R"
                monitor w
                monitor mu
                monitor sigma
                update {draws}
                coda *, stem("{chain}")
                """
            (folder / f"script{chain}").write_text(script.replace(" " * 16, ""), encoding="utf-8")

        began = time.time()
        commands = [["jags", f"script{chain}"] for chain in range(1, CHAINS + 1)]
        kwargs = {"cwd": folder, "stdout": subprocess.DEVNULL}
        processes = [subprocess.Popen(command, **kwargs) for command in commands]
        if sum(process.wait() for process in processes):
            raise RuntimeError("jags failed")
        total = time.time() - began
        tuned = max(path.stat().st_mtime for path in folder.glob("tuned*.R"))
        chains = [np.loadtxt(folder / f"{chain}chain1.txt")[:, 1] for chain in range(1, CHAINS + 1)]
    values = np.reshape(chains, (CHAINS, 7, draws)).swapaxes(1, 2)
    order = values[..., 3:6].argsort(axis=-1)
    w, mu = (np.take_along_axis(part, order, axis=-1) for part in (values[..., :3], values[..., 3:6]))
    return Result({"w": w, "mu": mu, "sigma": values[..., 6]}, total, began + total - tuned)


def _dump(path: Path, variables: dict) -> None:
    """Write variables in the format of R's `dump`."""
    lines = []
    for name, value in variables.items():
        vector = f"c({', '.join(map(str, np.ravel(value)))})"
        lines.append(f'"{name}" <- "{value}"' if isinstance(value, str) else f'"{name}" <- {vector}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


SAMPLERS = {
    "gmixlib": run_gmixlib,
    "PyMC": run_pymc,
    "nutpie": run_nutpie,
    "NumPyro": run_numpyro,
    "Stan": run_stanli,
    "JAGS": run_jags,
}
