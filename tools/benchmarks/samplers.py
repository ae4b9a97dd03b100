"""Posterior samplers on one model: each runs 4 chains on the machine's cores and measures its own time.

No clock runs while libraries are imported.
"""

import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import pymc as pm
from numpy.typing import NDArray

from gmixlib import sample_gibbs
from tools.benchmarks import models

logging.getLogger("pymc").setLevel(logging.ERROR)
CHAINS = 4
NAMES = ("w", "mu", "sigma")


class Result(NamedTuple):
    """What a sampler returned, and the seconds that it took."""

    posterior: dict[str, NDArray]  # each of shape (chain, draw, ...)
    sampling: float  # tuning and drawing
    total: float  # with compiling


def clock(function, *args, **kwargs) -> tuple[float, object]:
    """Return the seconds that a call took, and what it returned."""
    began = time.perf_counter()
    result = function(*args, **kwargs)
    return time.perf_counter() - began, result


def start_compiler(subject: str) -> None:
    """Let numba or JAX load the modules of its compiler, which it puts off until something is compiled."""
    if subject == "NumPyro":
        import jax
        import numpyro

        numpyro.set_host_device_count(CHAINS)
        numpyro.enable_x64()
        jax.block_until_ready(jax.jit(lambda x: x + 1)(1.0))
    else:
        numba.njit(lambda x: x + 1)(1.0)


def run_gmixlib(draws: int, tune: int) -> Result:
    """Run compiled Gibbs twice: the first call compiles, the second measures sampling alone."""
    kwargs = {"prior": models.PRIOR, "draws": draws, "tune": tune, "chains": CHAINS, "ordered": True}
    kwargs["initial"] = models.START | {"sigma": np.full(3, models.START["sigma"])}
    kwargs["progressbar"] = False
    total, _ = clock(sample_gibbs, models.Y, 3, random_seed=1, **kwargs)
    sampling, idata = clock(sample_gibbs, models.Y, 3, random_seed=2, **kwargs)
    posterior = {name: idata["posterior"][name].values for name in NAMES}
    return Result(posterior | {"sigma": posterior["sigma"][..., 0]}, sampling, total)


def run_pymc(draws: int, tune: int) -> Result:
    """Run PyMC's own NUTS, which reports the seconds of sampling itself."""

    def program():
        with models.marginal():
            return pm.sample(
                draws, tune=tune, chains=CHAINS, cores=min(CHAINS, os.cpu_count()), random_seed=1,
                nuts_sampler="pymc", initvals=models.START, progressbar=False,
                compute_convergence_checks=False,
            )  # fmt: skip

    total, idata = clock(program)
    posterior = idata["posterior"]
    return Result({name: posterior[name].values for name in NAMES}, posterior.attrs["sampling_time"], total)


def run_nutpie(draws: int, tune: int) -> Result:
    """Run NUTS in Rust, on a log density compiled by numba."""
    import nutpie

    compiling, model = clock(
        lambda: nutpie.compile_pymc_model(models.marginal(), initial_points=models.START)
    )
    kwargs = {"draws": draws, "tune": tune, "chains": CHAINS, "seed": 1, "progress_bar": False}
    sampling, idata = clock(nutpie.sample, model, save_warmup=False, **kwargs)
    posterior = {name: idata["posterior"][name].values for name in NAMES}
    return Result(posterior, sampling, compiling + sampling)


def run_numpyro(draws: int, tune: int) -> Result:
    """Run NUTS in JAX twice, on one host device for each chain: the second run measures sampling alone."""
    import jax
    from numpyro.infer import MCMC, NUTS, init_to_value

    kernel = NUTS(models.marginal_in_numpyro, init_strategy=init_to_value(values=models.START))
    mcmc = MCMC(
        kernel, num_warmup=tune, num_samples=draws, num_chains=CHAINS, chain_method="parallel",
        progress_bar=False,
    )  # fmt: skip

    def run(seed: int) -> dict:
        mcmc.run(jax.random.key(seed))
        return jax.block_until_ready(mcmc.get_samples(group_by_chain=True))

    total, _ = clock(run, 1)
    sampling, posterior = clock(run, 2)
    return Result({name: np.asarray(posterior[name]) for name in NAMES}, sampling, total)


def run_jags(draws: int, tune: int) -> Result:
    """Run JAGS by its command line, one process for each chain.

    The times of the files that it writes tell when sampling began and ended.
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
                parameters to "began{chain}.R"
                update {tune}
                monitor w
                monitor mu
                monitor sigma
                update {draws}
                coda *, stem("{chain}")
                """
            (folder / f"script{chain}").write_text(script.replace(" " * 16, ""), encoding="utf-8")

        def program():
            commands = [["jags", f"script{chain}"] for chain in range(1, CHAINS + 1)]
            kwargs = {"cwd": folder, "stdout": subprocess.DEVNULL}
            processes = [subprocess.Popen(command, **kwargs) for command in commands]
            if sum(process.wait() for process in processes):
                raise RuntimeError("jags failed")

        total, _ = clock(program)
        ended = max(path.stat().st_mtime for path in folder.glob("*chain1.txt"))
        began = min(path.stat().st_mtime for path in folder.glob("began*.R"))
        chains = [np.loadtxt(folder / f"{chain}chain1.txt")[:, 1] for chain in range(1, CHAINS + 1)]
    values = np.reshape(chains, (CHAINS, 7, draws)).swapaxes(1, 2)
    order = values[..., 3:6].argsort(axis=-1)
    w, mu = (np.take_along_axis(part, order, axis=-1) for part in (values[..., :3], values[..., 3:6]))
    return Result({"w": w, "mu": mu, "sigma": values[..., 6]}, ended - began, total)


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
    "JAGS": run_jags,
}
