"""Write what chapter 8's explorable takes from Python: ``python -m tools.explorable_tables.break_the_sampler`` (a minute or two).

The bands of the ECDF difference come from simulated ranks, so they are those of the chapter's own function. The
probabilities of the ranks among draws of a chain are integrals over all its draws, computed here by quadrature.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.stats import binom, norm

from tools.notebooks import ROOT, read

CHAPTER = ROOT / "chapters" / "08_testing_samplers.ipynb"
RESULT = ROOT / "book" / "explorables" / "numerics" / "rank_tables.js"
HEADER = "// Tables for the ranks of chapter 8, written by tools/explorable_tables/break_the_sampler.py.\n"
DRAWS = 19
# Numbers of data sets at which the pictures are looked at: twenty in each power of ten.
TWENTY = 10, 11, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 56, 63, 71, 80, 90
SIZES = [factor * size for factor in (1, 10, 100) for size in TWENTY if factor * size <= 5000]
CORRELATIONS = np.arange(1, 20) / 20


@cache
def of_the_chapter(name: str) -> Callable[[int], np.ndarray]:
    """A function of the chapter's cell on bands, with its seed."""
    cells = {cell.id: cell.source for cell in read(CHAPTER).cells}
    seed = next(line for line in cells["setup"].splitlines() if line.startswith("SEED"))
    names: dict = {"np": np, "binom": binom, "cache": cache}
    exec(f"{seed}\n{cells['bands']}", names)  # noqa: S102
    return names[name]


def panels(start: float, stop: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss and Legendre's rule on parts that are at most so wide."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = np.linspace(start, stop, int(np.ceil((stop - start) / width)) + 1)
    half = np.diff(edges)[:, np.newaxis] / 2
    return (edges[:-1, np.newaxis] + half * (nodes + 1)).ravel(), (half * weights).ravel()


def counts_below(threshold: float, correlation: float, draws: int = DRAWS) -> np.ndarray:
    """Probabilities of how many of a chain's draws, each standard normal, are below a threshold."""
    end, scale = 8.5, np.sqrt(1 - correlation**2)
    below, above = (panels(*ends, 1.5 * scale) for ends in ((-end, threshold), (threshold, end)))
    x, weight = np.concatenate([below, above], axis=1)
    split = len(below[0])
    step = norm.pdf(x, correlation * x[:, np.newaxis], scale) * weight
    here = np.zeros((draws + 1, x.size))  # row: how many were below; column: where the chain is
    here[0] = norm.pdf(x) * weight
    for number in range(draws):
        here = here @ step if number else here
        here[1:, :split] = here[:-1, :split].copy()
        here[0, :split] = 0
    return here.sum(axis=1)


def chain_ranks(correlation: float, spacing: float = 0.125, draws: int = DRAWS) -> np.ndarray:
    """Probabilities of the ranks of the truth among draws of a chain that has the right distribution."""
    thresholds = np.arange(spacing / 2, 8, spacing)
    at = np.array([counts_below(threshold, correlation, draws) for threshold in thresholds])
    half = spacing * norm.pdf(thresholds) @ at
    return half + half[::-1]


def main() -> None:
    """Write the tables."""
    bands = [of_the_chapter("ecdf_band")(size).astype(int).tolist() for size in SIZES]
    rows = [chain_ranks(correlation)[: (DRAWS + 1) // 2] for correlation in CORRELATIONS]
    text = HEADER
    text += "\n/** Numbers of data sets at which the pictures are looked at. */\n"
    text += f"export const SIZES = {SIZES};\n"
    text += "\n/** For each, between which numbers of ranks are below 1, 2, ..., 19: the 99 per cent band as a whole. */\n"
    text += f"export const ECDF_BANDS = [\n{''.join(f'  {band},{chr(10)}' for band in bands)}];\n"
    text += "\n/** Autocorrelations 0.05, 0.1, ..., 0.95: the probabilities of ranks 0 to 9, which those of 19 to 10 equal. */\n"
    text += f"export const CHAIN_RANKS = [\n{''.join(f'  {[float(f"{p:.15g}") for p in row]},{chr(10)}' for row in rows)}];\n"
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
