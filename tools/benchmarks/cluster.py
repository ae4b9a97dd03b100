"""What a sweep over shards costs, against the number of points and of workers: ``python -m tools.benchmarks.cluster``.

Each row is the median of three runs of four chains, on a local cluster of workers with one thread. What is counted are
the sweeps alone: the shards have been made and sorted, and the code is compiled. A model of the cost is fitted to all
rows but the last, which it must predict, and says what a sweep over more points on more cores would take.
"""

import csv
import itertools
from pathlib import Path

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from numpy.typing import NDArray
from scipy.optimize import nnls

from gmixlib import sample_gibbs, simulate
from tools.benchmarks import models

RESULTS = Path(__file__).parent / "results"
CHAINS = 4
CHUNK = 500_000  # points, but at least one chunk for each worker
START = {"w": np.full(3, 1 / 3), "mu": np.array([-5.0, 0.0, 5.0]), "sigma": np.ones(3)}
ROWS = [*itertools.product((1, 2), (10_000, 1_000_000, 10_000_000, 100_000_000)), (2, 30_000_000)]


def make_chunk(size: int, block_id: tuple[int]) -> NDArray:
    """Points of three Gaussians, for one chunk."""
    return simulate(size, [1 / 3] * 3, [-5, 0, 5], 1.0, np.random.default_rng(block_id))[0]


def seconds_of_a_sweep(n: int, workers: int) -> float:
    """The seconds in which every chain makes a sweep."""
    chunks = max(workers, n // CHUNK)
    y = da.map_blocks(make_chunk, n // chunks, chunks=((n // chunks,) * chunks,), dtype=float)
    draws = int(np.clip(2e9 * workers / (n * CHAINS), 10, 300))
    options = {"prior": models.PRIOR, "tune": 0, "chains": CHAINS, "initial": START, "random_seed": 1}
    took = []
    for _ in range(3):
        idata = sample_gibbs(y, 3, draws=draws, progressbar=False, **options)
        took.append(idata.attrs["sampling_time"] / draws)
    return float(np.median(took))


def terms(n: float, workers: float) -> list[float]:
    """What the model adds up, with a factor each: the points of a worker, the messages, and what comes once a sweep."""
    return [CHAINS * n / workers, workers, 1.0]


def main() -> None:
    """Measure, fit, and write the table."""
    rows = []
    for workers, of_workers in itertools.groupby(ROWS, key=lambda row: row[0]):
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        )
        with cluster, Client(cluster):
            seconds_of_a_sweep(1_000, workers)  # compiles
            for _, n in of_workers:
                rows.append((workers, n, seconds_of_a_sweep(n, workers)))
                print(*rows[-1], flush=True)
    with open(RESULTS / "cluster.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("workers", "n", "seconds"), *rows])
    *fitted, (workers, n, measured) = rows
    # Relative errors count, or the largest row would decide alone.
    matrix = np.array([terms(n, workers) for workers, n, _ in fitted])
    seconds = np.array([row[-1] for row in fitted])
    factors, _ = nnls(matrix / seconds[:, None], np.ones(len(fitted)))
    predicted = np.dot(terms(n, workers), factors)
    lines = [
        "# Sweeps over shards",
        "",
        f"Milliseconds in which each of {CHAINS} chains makes a sweep, on a local cluster of workers with one thread. A",
        f"chunk has {CHUNK:,} points.",
        "",
        "| workers | points | ms |",
        "|--:|--:|--:|",
        *(f"| {workers} | {n:,} | {1e3 * took:.3g} |" for workers, n, took in rows),
        "",
        f"The model: {1e9 * factors[0]:.2f} ns for each point and chain of a worker, {1e3 * factors[1]:.2f} ms for each",
        f"worker, {1e3 * factors[2]:.2f} ms besides. It was fitted to all rows but the last, for which it says",
        f"{1e3 * predicted:.3g} ms instead of the {1e3 * measured:.3g} that were measured.",
        "",
        "By the model, in seconds, if a message takes no longer between machines:",
        "",
        "| points | 10 cores | 100 cores | 1,000 cores |",
        "|--:|--:|--:|--:|",
        *(
            f"| 10^{power} | "
            + " | ".join(f"{np.dot(terms(10**power, cores), factors):.3g}" for cores in (10, 100, 1000))
            + " |"
            for power in range(9, 13)
        ),
    ]
    (RESULTS / "cluster.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
