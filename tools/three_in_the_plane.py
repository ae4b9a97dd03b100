"""Draws of three components in the plane, for the thirteenth chapter: ``python -m tools.three_in_the_plane`` (some minutes).

The chapter's own cells run, with longer chains than a reader would wait for: the third component has several places
between which NUTS passes slowly.
"""

from contextlib import chdir

import numpy as np

from tools.notebooks import ROOT, read

CHAPTER = ROOT / "chapters" / "13_in_the_plane.ipynb"
RESULT = ROOT / "chapters" / "data" / "three_in_the_plane.csv"
CELLS = "setup", "data", "factor", "model", "simulate", "prior", "starts", "fit", "label"
COLUMNS = (
    *(f"{name}{k}" for name in ("w", "rho") for k in range(3)),
    *(f"{name}{k}_{axis}" for name in ("mu", "sigma") for k in range(3) for axis in ("length", "wait")),
)
CHAINS, TUNE, DRAWS, EVERY = 4, 1_000, 6_000, 30


def draw(tune: int, draws: int, every: int) -> tuple[np.ndarray, int]:
    """Every so many draws of each chain, chain after chain, one row each, and how many draws diverged."""
    sources = {cell.id: cell.source for cell in read(CHAPTER).cells}
    namespace: dict = {}
    with chdir(CHAPTER.parent):  # where the chapter reads its data
        for cell in CELLS:
            exec(compile(sources[cell], cell, "exec"), namespace)  # noqa: S102  the course's own code
    run = namespace["fit"](3, chains=CHAINS, tune=tune, draws=draws)
    rows = [part[:, ::every].reshape(-1, part[0, 0].size) for part in namespace["numbered"](run, 3)]
    return np.hstack(rows), int(run.sample_stats["diverging"].sum())


def main() -> None:
    """Draw, and write the file."""
    rows, diverging = draw(TUNE, DRAWS, EVERY)
    header = (
        f"# Draws from the posterior of three components in the plane (length and wait of eruptions): {CHAINS} chains of"
        f" {DRAWS} draws, of which {diverging} diverged, every {EVERY}th, chain after chain, by"
        f" tools/three_in_the_plane.py.\n{','.join(COLUMNS)}"
    )
    np.savetxt(RESULT, rows, fmt="%.5g", delimiter=",", header=header, comments="")


if __name__ == "__main__":
    main()
