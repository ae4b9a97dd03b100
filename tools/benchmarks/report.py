"""The table and the figure, made from the rows of the CSV."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from llvmlite.binding import get_host_cpu_name
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter
from pandas.api.types import is_numeric_dtype

from gmixlib import PALETTE, use_course_style

CSV, TABLE, FIGURE = "benchmarks.csv", "benchmarks.md", "benchmarks.png"
COLUMNS = ("measure", "n", "subject", "quantity", "value", "runs", "note")
PACKAGES = (
    "gmixlib", "numpy", "numba", "pymc", "pytensor", "nutpie", "numpyro", "jax", "stanli", "scikit-learn"
)  # fmt: skip


class Quantity(NamedTuple):
    """A quantity of the table: what measures it, in which unit it is shown, and whether more is better."""

    measure: str
    title: str
    unit: str
    scale: float = 1
    more_is_better: bool = False


QUANTITIES = {
    "step": Quantity("step", "one step over the categories", "µs", 1e6),
    "program": Quantity("program", "whole program, caches full", "s"),
    "program_cold": Quantity("program", "whole program, caches empty", "s"),
    "first_cold": Quantity("ess", "until the first draw, caches empty", "s"),
    "first": Quantity("ess", "until the first draw, caches full", "s"),
    "rate": Quantity("ess", "effective draws a second after it", "1/s", 1, True),
    "sweep": Quantity("sweep", "time per point and sweep, one core", "ns", 1e9),
    "memory": Quantity("memory", "peak memory per point beyond the data", "bytes"),
}

NOTES = """
"Times better" is the quotient of the two figures, both from the same run of `make bench`.

The clock of all programs starts with their process, before any import, and stops when the last draw is in memory.
Empty caches: numba, PyTensor and JAX have compiled nothing yet. Full: the same program has run before.

- **Step, program.** The three Gaussians with 500 latent categories: `CategoricalGibbs` beside
  `pm.CategoricalGibbsMetropolis`. The program is 11,000 sweeps of one chain, in which `pm.Metropolis` moves all else.
  Where the categories stay still, that alone is left: no step over the categories can make the program faster.
- **First draw, effective draws.** The three Gaussians without a minimum for the weights, 4 chains of 2,500 draws after
  1,000 of tuning on all cores. Effective draws are the least bulk effective sample size over weights, locations and
  scale; a figure stands only if the greatest R-hat is at most 1.01 and the means are right. All begin at the mode. JAGS
  samples the categories, NUTS sums them out. Drawing is timed in a further run of the same process, less one of a
  single draw; what is left of the program's time is that until the first draw: imports, compiling, tuning. Stan is the
  interpreter `stanli`, which compiles nothing.
- **Time per point.** Three components; the difference of a long and a short run, so that sorting and setting up cancel.
  scikit-learn: an iteration of EM in `GaussianMixture` with tied covariances.
- **Memory.** The peak of the process's resident memory while it runs, less that before.
"""


def write(folder: Path) -> None:
    """Write the table and the figure of the rows in a folder."""
    rows = pd.read_csv(folder / CSV)
    (folder / TABLE).write_text(table(rows), encoding="utf-8")
    figure = draw(rows)
    figure.savefig(folder / FIGURE)
    plt.close(figure)


def table(rows: pd.DataFrame) -> str:
    """Return the rows as one table, with a line for each quantity, size and peer."""
    lines = [
        "# Benchmarks\n",
        "| quantity | n | unit | gmixlib | peer | its figure | times better |",
        "|---|--:|---|--:|---|--:|--:|",
    ]
    for name, quantity in QUANTITIES.items():
        measured = rows[rows.measure == quantity.measure]
        for n, group in measured.groupby("n"):
            own = value_of(group, name, "gmixlib")
            peers = group.subject[group.subject != "gmixlib"].unique()
            for peer in peers if len(peers) else ["–"]:
                its = value_of(group, name, peer)
                start = f"| {quantity.title} | {n:,} | {quantity.unit} "
                times = "–"
                if not isinstance(own, str) and not isinstance(its, str):
                    times = format_number(own / its if quantity.more_is_better else its / own)
                values = format_value(own, quantity), peer, format_value(its, quantity), times
                lines.append(f"{start}| {' | '.join(values)} |")
    return "\n".join([*lines, NOTES, machine()])


def value_of(rows: pd.DataFrame, quantity: str, subject: str) -> float | str:
    """Return the value of a quantity, or words on why there is none."""
    rows = rows[rows.subject == subject]
    values = rows.value[rows.quantity == quantity]
    if values.empty:
        return rows.note.iloc[0] if rows.note.notna().any() else "–"
    return "not converged" if values.isna().any() else float(values.iloc[0])


def format_value(value: float | str, quantity: Quantity) -> str:
    """Return a value in the unit of its quantity, to three digits."""
    if isinstance(value, str):
        return value
    return format_number(value * quantity.scale)


def format_number(value: float) -> str:
    """Return a number to three digits, or with all digits before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> str:
    """Return what the figures depend on: the machine, the versions, the date."""
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        cpu = next(
            (
                line[13:]
                for line in info.read_text(encoding="utf-8").splitlines()
                if line.startswith("model name")
            ),
            cpu,
        )
    installed = {distribution.name: distribution.version for distribution in metadata.distributions()}
    versions = [f"{package} {installed[package]}" for package in PACKAGES if package in installed]
    if shutil.which("jags"):
        banner = subprocess.run(["jags"], input="", capture_output=True, encoding="utf-8", check=False).stdout
        versions.append(banner.removeprefix("Welcome to ").partition(" on ")[0])
    python = f"{platform.system()}, Python {platform.python_version()}"
    return f"Measured {date.today()} on {cpu} ({get_host_cpu_name()}), {os.cpu_count()} cores; {python}, {', '.join(versions)}.\n"


def draw(rows: pd.DataFrame) -> plt.Figure:
    """Return the figure, with a panel for each question."""
    mpl.use("agg")
    use_course_style()
    figure, [[first, rates], [passes, program]] = plt.subplots(2, 2, figsize=(11, 7.6))

    def values(names: dict[str, str], index: str, columns: str) -> pd.DataFrame:
        chosen = rows[rows.quantity.isin(names)].pivot(index=index, columns=columns, values="value")
        return chosen.sort_index(key=_lower).sort_index(axis=1, key=_lower).rename(index=names, columns=names)

    named = {"first_cold": "caches empty", "first": "caches full"}
    bars(first, values(named, "subject", "quantity"), colours=PALETTE[2:], label=EngFormatter("s", places=1))
    first.set(title="Three Gaussians: until the first draw", xlabel="time [s]")

    bars(rates, values({"rate": ""}, "subject", "quantity"), colours=PALETTE[4:])
    rates.set(title="Three Gaussians: after the first draw", xlabel="effective draws a second [1/s]")

    for (subject, column), marker in zip(values({"sweep": ""}, "n", "subject").items(), "os", strict=False):
        passes.loglog(column.index, 1e9 * column, marker=marker, label=subject)
        for n, value in (1e9 * column.dropna()).items():
            passes.annotate(
                f"{value:.3g}", (n, value), (0, 7), textcoords="offset points", ha="center", size=10
            )
    passes.margins(y=0.2)
    passes.set(title="One pass over the data, on one core", xlabel="number of observations")
    passes.set_ylabel("time per point and sweep\nor iteration of EM [ns]")

    named = {"step": "one step", "program": "whole program"}
    bars(program, values(named, "quantity", "subject"), label=EngFormatter("s", places=1))
    program.set(title="Whole program with 500 categories", xlabel="time [s]")

    for ax in figure.axes:
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2)
    return figure


def _lower(index: pd.Index) -> pd.Index:
    """Sort names without regard to case: gmixlib comes first."""
    return index if is_numeric_dtype(index) else index.str.lower()


def bars(
    ax: Axes, values: pd.DataFrame, *, colours: list = PALETTE, label: Callable[[float], str] = format_number
) -> None:
    """Draw horizontal bars on a logarithmic axis, a group for each row, each labelled with its value."""
    if values.empty:
        return
    height = 0.8 / values.shape[1]
    for i, (name, column) in enumerate(values.items()):
        y = np.arange(len(column)) + (i - (values.shape[1] - 1) / 2) * height
        container = ax.barh(y, column, height, label=name, color=colours[i])
        ax.bar_label(
            container, ["" if np.isnan(value) else label(value) for value in column], padding=3, size=10
        )
    ax.set(xscale="log", yticks=range(len(values)), yticklabels=values.index)
    ax.set_xlim(values.min().min() / 3, values.max().max() * 6)
    ax.invert_yaxis()
