"""The numerics of the explorable *How many?* against SciPy, and its table against the book and fresh runs."""

import re
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from gmixlib.priors import Dirichlet, InverseGamma, Prior
from tools.explorable_tables import how_many as tables
from tools.notebooks import ROOT, read

pytest_plugins = ["numerics"]

PRIORS = {
    "equal": stats.randint(1, 1000),
    "slow": stats.geom(0.1),
    "halving": stats.geom(0.5),
    "poisson": stats.poisson(1, loc=1),
}
PLACES = [(name, index) for name in ("tied", "free") for index in range(5)]
CELLS = list(product(range(10), range(5)))
SETTINGS = [
    (place, scale, kind, last)
    for (place, scale), kind in product(CELLS[::3], PRIORS)
    for last in ((4, 12) if place % 2 else (9,))
]


@pytest.fixture(scope="module")
def table(numerics):
    """Log evidences and errors, each by place, scale and number of components."""
    cells = [[numerics("how_many", "cell", place, scale) for scale in range(5)] for place in range(10)]
    return tuple(np.array([[one[part] for one in row] for row in cells]) for part in ("values", "errors"))


def covariance(errors):
    """Of the log evidences: the first four are independent; the others add steps to the fourth."""
    ways = np.eye(errors.size)
    ways[3:, 3:] = np.tri(errors.size - 3)
    return ways @ np.diag(errors**2) @ ways.T


@pytest.mark.parametrize(("place", "scale", "kind", "last"), SETTINGS)
def test_posterior(numerics, table, place, scale, kind, last):
    values, errors = (part[place, scale, :last] for part in table)
    log_prior = PRIORS[kind].logpmf(np.arange(1, last + 1))
    log_prior -= logsumexp(log_prior)
    log_both = values + log_prior
    p = np.exp(log_both - logsumexp(log_both))
    found = numerics("how_many", "posterior", place, scale, kind, last)
    assert found["prior"] == pytest.approx(np.exp(log_prior), rel=1e-12)
    assert found["probabilities"] == pytest.approx(p, rel=1e-12)
    assert found["logEvidence"] == pytest.approx(logsumexp(log_both), rel=1e-12)
    assert found["mean"] == pytest.approx(p @ np.arange(1, last + 1), rel=1e-12)
    assert found["best"] == p.argmax() + 1
    slopes = np.diag(p) - np.outer(p, p)
    both = covariance(errors)
    assert found["errors"] == pytest.approx(np.sqrt(np.diag(slopes @ both @ slopes)), rel=1e-9)
    best = p.argmax()
    apart = np.sqrt(np.diag(both) + both[best, best] - 2 * both[best])
    others = np.arange(last) != best
    assert found["sure"] == (np.log(p[best] / p) > 2 * apart)[others].all()


@pytest.mark.parametrize(("place", "scale"), CELLS[::4])
def test_errors_of_the_log_evidences(numerics, table, place, scale):
    errors = table[1][place, scale]
    both = covariance(errors)
    assert numerics("how_many", "valueErrors", errors) == pytest.approx(np.sqrt(np.diag(both)), rel=1e-12)
    for one, other in ((0, 3), (3, 4), (4, 7), (6, 11)):
        expected = np.sqrt(both[one, one] + both[other, other] - 2 * both[one, other])
        found = numerics("how_many", "differenceError", errors, one, other)
        assert found == pytest.approx(expected, rel=1e-9)


def test_the_table_is_what_the_tool_writes(numerics, table):
    values, errors = (part.tolist() for part in table)
    found = {
        name: [
            list(zip(*(part[place] for part in (values, errors)), strict=True))
            for place, (family, _) in enumerate(PLACES)
            if family == name
        ]
        for name in tables.LOCATIONS
    }
    assert tables.TABLE.read_text(encoding="utf-8") == tables.how_many_text(found)
    for place, (family, index) in enumerate(PLACES):
        for scale, beta in enumerate(tables.SCALES):
            cell = numerics("how_many", "cell", place, scale)
            assert cell["beta"] == beta
            if family == "tied":
                assert cell["lambda"] == tables.LOCATIONS[family][index].points
            else:
                assert cell["spread"] == tables.LOCATIONS[family][index].sd
    assert np.array(errors).max() < 0.06


# The cells with priors that chapter 12 has, too.
TUNED, TUNED_WIDE, VAGUE, VAGUE_WIDE, FREE, FAR = (1, 1), (1, 3), (2, 1), (2, 3), (5, 1), (7, 1)


def test_it_agrees_with_the_numbers_in_the_chapter(table):
    cells = {cell.id: cell for cell in read(ROOT / "chapters" / "12_how_many.ipynb").cells}
    text = "".join(
        output["text"] for name in ("evidence-table", "climb-table") for output in cells[name].outputs
    )
    printed = re.findall(r"K = +(\d+): log evidence +(-[\d.]+), error ([\d.]+)", text)
    assert len(printed) > 8
    values, errors = (part[TUNED] for part in table)
    for k, value, error in printed:
        if int(k) <= tables.MOST:
            own = np.sqrt(np.diag(covariance(errors)))[int(k) - 1]
            assert abs(values[int(k) - 1] - float(value)) < 5 * np.hypot(own, float(error)) + 0.01


def test_what_the_chapter_claims_of_its_rows_holds_in_the_table(table):
    values = table[0]
    p = np.exp(values - logsumexp(values, axis=-1, keepdims=True))
    assert min(p[TUNED][9:].sum(), p[FREE][9:].sum()) > 0.5
    assert p[FAR][4:7].sum() > 0.5
    assert min(p[TUNED_WIDE][2:4].sum(), p[VAGUE_WIDE][2:4].sum()) > 0.5
    whole = logsumexp(values, axis=-1)
    assert min(whole[TUNED] - whole[TUNED_WIDE], whole[VAGUE] - whole[VAGUE_WIDE]) > 7


@pytest.mark.slow  # half a minute, for what changes only with the samplers, which other tests look at
@pytest.mark.parametrize(("place", "scale"), [(0, 2), (3, 3), (6, 1), (9, 4)])
def test_fresh_runs_find_the_table_again(table, monkeypatch, place, scale):
    monkeypatch.setattr(tables, "DRAWS", dict.fromkeys(range(1, 5), 300))
    monkeypatch.setattr(tables, "SWEEPS", dict.fromkeys(range(5, 13), 1_000))
    monkeypatch.setattr(tables, "WORST_R_HAT", 1.2)
    family, index = PLACES[place]
    prior = Prior(tables.LOCATIONS[family][index], InverseGamma(2, tables.SCALES[scale]), Dirichlet(1))
    galaxies = np.loadtxt(tables.GALAXIES, skiprows=2) / 1000
    found, own = (np.array(part) for part in tables.row(galaxies, prior, np.random.SeedSequence(3)))
    values, errors = (part[place, scale] for part in table)
    apart = np.sqrt(np.diag(covariance(errors) + covariance(own)))
    assert (abs(found - values) < 5 * apart + 0.01).all()
