"""Evidences of the galaxies with one left out, for two and three components: ``python -m tools.left_out`` (half an hour).

Under two priors: the tuned one, and one that says next to nothing about the locations.

Their posteriors have modes between which no chain moves, so that leave-one-out scores from draws would need the weights
of the modes. A difference of evidences needs none. In the sum of 82 differences the evidence of all galaxies counts 82
times: it gets the more draws.
"""

import csv

import numpy as np

from gmixlib import log_evidence
from gmixlib.priors import Dirichlet, InverseGamma, Prior, ScaledNormal
from tools.notebooks import ROOT

GALAXIES = ROOT / "chapters" / "data" / "galaxies.csv"
RESULT, VAGUER_RESULT = (
    ROOT / "chapters" / "data" / name for name in ("left_out.csv", "left_out_vaguer.csv")
)
COLUMNS = "left_out", "two", "error_two", "three", "error_three"
HEADER = (
    "# Log evidences of the galaxies and their Monte Carlo errors, for two and three components under the tuned prior,"
    " estimated by tools/left_out.py. The first row is that of all galaxies, the others leave one out.\n"
)
VAGUER_HEADER = HEADER.replace("the tuned prior", "a vaguer prior of the locations, lambda = 1e-6,")
TUNED = Prior(ScaledNormal(20, 0.05), InverseGamma(2, 1), Dirichlet(1))
VAGUER = Prior(ScaledNormal(20, 1e-6), InverseGamma(2, 1), Dirichlet(1))
FILES = (RESULT, HEADER, TUNED), (VAGUER_RESULT, VAGUER_HEADER, VAGUER)
DRAWS_OF_ALL, DRAWS = 200_000, 4_000
SEED = 12


def row(y: np.ndarray, left_out: float, draws: int, prior: Prior) -> dict[str, str]:
    """Return the row of the file with the evidences of ``y``."""
    result = {"left_out": str(left_out)}
    for k, name in ((2, "two"), (3, "three")):
        found = log_evidence(y, k, prior=prior, chains=64, draws=draws, random_seed=SEED, progressbar=False)
        result |= {name: f"{found.log_evidence:.4f}", f"error_{name}": f"{found.error:.4f}"}
    return result


def main() -> None:
    """Estimate all evidences and write the files."""
    y = np.loadtxt(GALAXIES, skiprows=2) / 1000
    for path, header, prior in FILES:
        rows = [row(y, np.nan, DRAWS_OF_ALL, prior)]
        rows += [row(np.delete(y, i), y[i], DRAWS, prior) for i in range(y.size)]
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(header)
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
