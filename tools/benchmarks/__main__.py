"""Run all measurements, each in its own processes: ``python -m tools.benchmarks [--quick]``.

The CSV, the table and the figure are written after each measurement, so a run may be interrupted.
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
from typing import Literal

from tools.benchmarks import report
from tools.benchmarks.measure import BOUND

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
MODULES = {"NumPyro": "numpyro", "scikit-learn": "sklearn", "Stan": "stanli"}
ONE_CORE = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


@dataclass(frozen=True)
class Job:
    """A measurement of one subject, a library or a program: the median of some runs, each in a process."""

    measure: str
    subject: str
    n: int
    runs: int = 1
    # The first of all runs begins with empty compile caches and fills them for the others. It is reported as
    # "cold", or is made with "quick" sizes and not reported. Without it, the caches are those of the user.
    first_run: Literal["", "cold", "quick"] = ""

    @property
    def name(self) -> str:
        return f"{self.measure} {self.subject} {self.n}"


def jobs(quick: bool) -> Iterator[Job]:
    """All measurements, the slowest last."""
    for n in (1_000, 10_000) if quick else (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000):
        yield Job("sweep", "gmixlib", n)
        if n < 100_000_000:  # 17 GB
            yield Job("sweep", "scikit-learn", n)
    for n in (100_000,) if quick else (1_000_000, 10_000_000):
        for subject in ("gmixlib", "scikit-learn"):
            yield Job("memory", subject, n)
    for subject in ("gmixlib", "PyMC", "nutpie", "NumPyro", "Stan", "JAGS"):
        yield Job("ess", subject, 500, runs=1 if quick else 3, first_run="cold")
    yield Job("step", "both", 500)
    yield Job("program", "gmixlib", 500, runs=1 if quick else 3, first_run="cold")
    yield Job("program", BOUND, 500, runs=1 if quick else 3, first_run="cold")
    yield Job("program", "PyMC", 500, first_run="quick")


def is_installed(subject: str) -> bool:
    """Whether a subject can be measured here."""
    if subject == "JAGS":
        return shutil.which("jags") is not None
    return importlib.util.find_spec(MODULES.get(subject, "gmixlib")) is not None


def measure(job: Job, quick: bool, environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """Run a measurement once, in a fresh process."""
    environment = os.environ | environment
    command = [sys.executable, "-m", "tools.benchmarks.measure", *["--quick"] * quick]
    command += [job.measure, job.subject, str(job.n), str(time.time())]
    output = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(output.splitlines()[-1])


def run_job(job: Job, quick: bool) -> list[dict]:
    """Return the rows that a job adds to the CSV; one with a note if it cannot be measured."""
    row = {"measure": job.measure, "n": job.n, "subject": job.subject}
    if not is_installed(job.subject):
        return [row | {"note": "not installed"}]
    with tempfile.TemporaryDirectory() as caches:
        environment = ONE_CORE if job.measure in ("sweep", "memory") else {}
        if job.first_run:
            environment = {
                "NUMBA_CACHE_DIR": f"{caches}/numba",
                "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor",
                "JAX_COMPILATION_CACHE_DIR": f"{caches}/jax",
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            }
        try:
            first = [measure(job, quick or job.first_run == "quick", environment)] if job.first_run else []
            others = [measure(job, quick, environment) for _ in range(job.runs)]
        except subprocess.CalledProcessError:
            return [row | {"note": "failed"}]
    return medians(job, first if job.first_run == "cold" else [], "_cold") + medians(job, others, "")


def medians(job: Job, runs: list[dict[str, dict[str, float]]], suffix: str) -> list[dict]:
    """Return a row for each quantity of each subject, with its median over the runs."""
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
    """Run the chosen measurements and report them."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the code: no real figures")
    parser.add_argument(
        "--only", default="", metavar="REGEX", help="such as 'ess', 'sweep gmixlib' or 'JAGS'"
    )
    parser.add_argument(
        "--out", type=Path, help="by default tools/benchmarks/results, for a part _build/benchmarks"
    )
    args = parser.parse_args()
    complete = not (args.quick or args.only)
    out = args.out or (RESULTS if complete else ROOT / "_build/benchmarks")
    out.mkdir(parents=True, exist_ok=True)
    chosen = [job for job in jobs(args.quick) if re.search(args.only, job.name)]
    with (out / report.CSV).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, report.COLUMNS, lineterminator="\n")
        writer.writeheader()
        for number, job in enumerate(chosen, 1):
            began = time.perf_counter()
            print(f"{number}/{len(chosen)} {job.name}: ", end="", flush=True)
            rows = run_job(job, args.quick)
            writer.writerows(rows)
            file.flush()
            report.write(out)
            print(rows[0].get("note") or f"{time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the finished measurements are reported")
