"""Seconds until the first draw of each sampler of the ninth chapter: ``python -m tools.first_draw`` (some minutes).

Each sampler's cells run in a new process with empty compile caches, and in another with the caches which that one
filled. The chapter's own clock is read, which starts after the packages are imported.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile

from tools.notebooks import ROOT, read

CHAPTER = ROOT / "chapters" / "09_many_samplers.ipynb"
RESULT = ROOT / "chapters" / "data" / "first_draw.csv"
COLUMNS = "sampler", "empty", "full"
HEADER = (
    "# Seconds until the first draw (of ADVI: until its fit), measured by tools/first_draw.py on one core, once in a new"
    " process with empty compile caches and once with those that it filled. Importing packages is not counted.\n"
)
SHARED = "setup", "exact", "clock", "calls", "marginal"
# The cells of each sampler, the last of which runs it.
SAMPLERS = {
    "PyMC's NUTS": ("nuts",),
    "nutpie": ("nutpie",),
    "Metropolis + Gibbs": ("metropolis",),
    "Gibbs": ("gibbs",),
    "collapsed": ("collapsed",),
    "SMC": ("smc",),
    "ADVI": ("advi",),
}


def run_here(sampler: str) -> float:
    """Run a sampler's cells in this process, and return its seconds."""
    sources = {cell.id: cell.source for cell in read(CHAPTER).cells}
    namespace: dict = {}
    for cell in (*SHARED, *SAMPLERS[sampler]):
        exec(compile(sources[cell], cell, "exec"), namespace)  # noqa: S102  the course's own code
    return namespace["first"][sampler, 100]


def measure(sampler: str) -> dict[str, str]:
    """Return a row: a sampler's seconds in a process with empty caches, and in the next one."""
    with tempfile.TemporaryDirectory() as caches:
        environment = os.environ | {
            "NUMBA_CACHE_DIR": f"{caches}/numba",
            "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor",
            "MPLBACKEND": "agg",
        }
        command = [sys.executable, "-m", "tools.first_draw", sampler]
        seconds = [
            json.loads(
                subprocess.run(
                    command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
                ).stdout.splitlines()[-1]
            )
            for _ in range(2)
        ]
    return dict(zip(COLUMNS, (sampler, *(f"{value:.3g}" for value in seconds)), strict=True))


def main() -> None:
    """Measure all samplers, or, given one, run it here and print its seconds."""
    if sys.argv[1:]:
        print("\n" + json.dumps(run_here(sys.argv[1])))
        return
    rows = [measure(sampler) for sampler in SAMPLERS]
    with RESULT.open("w", newline="", encoding="utf-8") as file:
        file.write(HEADER)
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
