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
from tools.benchmarks.report import format_number

RESULTS = Path(__file__).parent / "results"
CHAINS = 4
START = {"w": np.full(3, 1 / 3), "mu": np.array([-5.0, 0.0, 5.0]), "sigma": np.ones(3)}
# Workers, points, and the shards that these are divided into.
ROWS = [
    *((1, n, max(1, n // 500_000)) for n in (10_000, 1_000_000, 10_000_000, 100_000_000)),
    *((2, n, max(2, n // 500_000)) for n in (10_000, 1_000_000, 10_000_000, 100_000_000)),
    *((2, 10_000_000, shards) for shards in (2, 200, 2000)),
    (2, 30_000_000, 60),
]


def make_chunk(size: int, block_id: tuple[int]) -> NDArray:
    """Points of three Gaussians, for one chunk."""
    return simulate(size, [1 / 3] * 3, [-5, 0, 5], 1.0, np.random.default_rng(block_id))[0]


def seconds_of_a_sweep(workers: int, n: int, shards: int) -> float:
    """The seconds in which every chain makes a sweep."""
    y = da.map_blocks(make_chunk, n // shards, chunks=((n // shards,) * shards,), dtype=float)
    draws = int(np.clip(2e9 * workers / (n * CHAINS), 10, 300))
    options = {"prior": models.prior(), "tune": 0, "chains": CHAINS, "initial": START, "random_seed": 1}
    took = []
    for _ in range(3):
        idata = sample_gibbs(y, 3, draws=draws, progressbar=False, **options)
        took.append(idata.attrs["sampling_time"] / draws)
    return float(np.median(took))


def terms(workers: float, n: float, shards: float) -> list[float]:
    """What the model adds up, with a factor each: a worker's points, its shards, the messages, what comes once a sweep."""
    return [CHAINS * n / workers, CHAINS * shards / workers, workers, 1.0]


def main() -> None:
    """Measure, and write what was measured."""
    rows = []
    for workers, of_workers in itertools.groupby(ROWS, key=lambda row: row[0]):
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        )
        with cluster, Client(cluster):
            seconds_of_a_sweep(workers, 1_000, workers)  # compiles
            for row in of_workers:
                rows.append((*row, seconds_of_a_sweep(*row)))
                print(*rows[-1], flush=True)
    with open(RESULTS / "cluster.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("workers", "n", "shards", "seconds"), *rows])
    write(rows)


def write(rows: list[tuple]) -> None:
    """Fit the model to all rows but the last, and write the tables."""
    *fitted, (*held_out, measured) = rows
    # Relative errors count, or the largest row would decide alone.
    matrix = np.array([terms(*row) for *row, _ in fitted])
    seconds = np.array([row[-1] for row in fitted])
    factors, _ = nnls(matrix / seconds[:, None], np.ones(len(fitted)))
    predicted = np.dot(terms(*held_out), factors)
    lines = [
        "# Sweeps over shards",
        "",
        f"Milliseconds in which each of {CHAINS} chains makes a sweep, on a local cluster of workers with one thread.",
        "",
        "| workers | points | shards | ms |",
        "|--:|--:|--:|--:|",
        *(
            f"| {workers} | {n:,} | {shards:,} | {format_number(1e3 * took)} |"
            for workers, n, shards, took in rows
        ),
        "",
        f"The model: {1e9 * factors[0]:.2f} ns for each point and chain of a worker, {1e6 * factors[1]:.2f} µs for each",
        f"shard and chain of a worker, {1e3 * factors[2]:.2f} ms for each worker, {1e3 * factors[3]:.2f} ms besides. It was",
        f"fitted to all rows but the last, for which it says {1e3 * predicted:.3g} ms instead of the {1e3 * measured:.3g} that",
        "were measured.",
        "",
        "By the model, in seconds, with four shards on each core, if a message takes no longer between machines:",
        "",
        "| points | 10 cores | 100 cores | 1,000 cores |",
        "|--:|--:|--:|--:|",
        *(
            f"| 10^{power} | "
            + " | ".join(
                format_number(np.dot(terms(cores, 10**power, 4 * cores), factors))
                for cores in (10, 100, 1000)
            )
            + " |"
            for power in range(9, 13)
        ),
    ]
    (RESULTS / "cluster.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
