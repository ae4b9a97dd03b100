"""Run the measurements one after another, each in processes of its own: ``python -m benchmarks [--quick]``.

After each one the CSV, the table and the figure hold all that is finished, so it can be interrupted.
"""

import argparse
import csv
import importlib.util
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report

ROOT = Path(__file__).resolve().parent.parent
MODULES = {"NumPyro": "numpyro", "scikit-learn": "sklearn"}
ONE_CORE = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


@dataclass(frozen=True)
class Job:
    """A measurement of one subject: the medians of some runs, each a process."""

    measure: str
    subject: str
    n: int
    runs: int = 1
    # Whether a run before fills compile caches that begin empty: a "cold" one, reported, or a "quick" one.
    fill: str = ""

    @property
    def name(self) -> str:
        return f"{self.measure} {self.subject} {self.n}"


def jobs(quick: bool) -> Iterator[Job]:
    """All measurements, the slowest last."""
    for n in (1_000, 10_000) if quick else (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        for subject in ("gmixlib", "scikit-learn"):
            yield Job("sweep", subject, n)
    for n in (100_000,) if quick else (1_000_000, 10_000_000):
        for subject in ("gmixlib", "scikit-learn"):
            yield Job("memory", subject, n)
    for subject in ("gmixlib", "PyMC", "nutpie", "NumPyro", "JAGS"):
        yield Job("ess", subject, 500, runs=1 if quick else 3, fill="cold")
    yield Job("step", "both", 500)
    yield Job("program", "gmixlib", 500, runs=1 if quick else 3, fill="cold")
    yield Job("program", "PyMC", 500, fill="quick")


def installed(subject: str) -> bool:
    """Whether a peer is there to be measured."""
    if subject == "JAGS":
        return shutil.which("jags") is not None
    return importlib.util.find_spec(MODULES.get(subject, "gmixlib")) is not None


def run(job: Job, quick: bool, environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """Measure once, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.measure", job.measure, job.subject, str(job.n)]
    command += ["--quick"] * quick
    environment = os.environ | environment
    output = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(output.splitlines()[-1])


def run_all(job: Job, quick: bool) -> list[dict]:
    """Return the rows of the CSV that a job comes to, also where it cannot be measured."""
    without = {"measure": job.measure, "n": job.n, "subject": job.subject}
    if not installed(job.subject):
        return [without | {"note": "not installed"}]
    with tempfile.TemporaryDirectory() as caches:
        environment = ONE_CORE if job.measure in ("sweep", "memory") else {}
        if job.fill:
            environment = {
                "NUMBA_CACHE_DIR": f"{caches}/numba",
                "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor",
                "JAX_COMPILATION_CACHE_DIR": f"{caches}/jax",
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            }
        try:
            first = [run(job, quick or job.fill == "quick", environment)] if job.fill else []
            others = [run(job, quick, environment) for _ in range(job.runs)]
        except subprocess.CalledProcessError:
            return [without | {"note": "failed"}]
    return medians(job, first if job.fill == "cold" else [], "_cold") + medians(job, others, "")


def medians(job: Job, runs: list[dict[str, dict[str, float]]], suffix: str) -> list[dict]:
    """Return a row for each quantity of each subject."""
    return [
        {
            "measure": job.measure,
            "n": job.n,
            "subject": subject,
            "quantity": quantity + suffix,
            "value": f"{statistics.median(figures[subject][quantity] for figures in runs):.4g}",
            "runs": len(runs),
        }
        for subject, quantities in (runs[0] if runs else {}).items()
        for quantity in quantities
    ]


def main() -> None:
    """Measure what is asked for, and report it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the code: no real figures")
    parser.add_argument(
        "--only", default="", metavar="REGEX", help="such as 'ess', 'sweep gmixlib' or 'JAGS'"
    )
    parser.add_argument(
        "--out", type=Path, help="by default benchmarks/results, for a part _build/benchmarks"
    )
    args = parser.parse_args()
    complete = not (args.quick or args.only)
    out = args.out or ROOT / ("benchmarks/results" if complete else "_build/benchmarks")
    out.mkdir(parents=True, exist_ok=True)
    chosen = [job for job in jobs(args.quick) if re.search(args.only, job.name)]
    with (out / report.CSV).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, report.COLUMNS, lineterminator="\n")
        writer.writeheader()
        for number, job in enumerate(chosen, 1):
            began = time.perf_counter()
            print(f"{number}/{len(chosen)} {job.name}: ", end="", flush=True)
            rows = run_all(job, args.quick)
            writer.writerows(rows)
            file.flush()
            report.write(out)
            print(rows[0].get("note") or f"{time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; what is finished is reported")
