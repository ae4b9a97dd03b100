"""claim, near and agrees: each says yes and no where it should, and shows why."""

import doctest

import numpy as np
import pytest

from gmixlib import agrees, claim, near
from gmixlib.course import claims


def test_a_claim_that_holds_is_printed(capsys):
    claim("One is one.", True)
    claim("Numpy's truth is truth.", np.float64(1) < 2)
    assert capsys.readouterr().out == "✓ One is one.\n✓ Numpy's truth is truth.\n"


def test_a_claim_that_fails_says_what_was_claimed_and_found(capsys):
    with pytest.raises(AssertionError, match=r"✗ claimed: One is two\. Found: one = 1; two = 2"):
        claim("One is two.", False, one=1, two=2)
    with pytest.raises(
        AssertionError, match=r"claimed: Close\. Found: value = 1\.0, expected 2\.0 within 0\.5"
    ):
        claim("Close.", near(1, 2, 0.5))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("holds", [np.array([True, True]), 1, None, "yes"])
def test_a_claim_needs_one_truth_value(holds):
    with pytest.raises(TypeError, match="must be a single True or False"):
        claim("Something.", holds)


@pytest.mark.parametrize(
    ("found", "expected", "within", "truth"),
    [
        (1.0, 1.5, 0.5, True),
        (1.0, 1.5, 0.4999, False),
        ([1, 2], [1, 3], 0.5, False),
        ([1, 2], [1, 3], [0, 1], True),
        (np.nan, np.nan, 1.0, False),
        (np.inf, 0.0, 1e300, False),
    ],
)
def test_near_compares_every_element(found, expected, within, truth):
    assert bool(near(found, expected, within)) is truth


@pytest.mark.parametrize("within", [-1.0, np.nan, [1.0, -1.0]])
def test_near_needs_a_tolerance(within):
    with pytest.raises(ValueError, match=r"within is .*must be at least 0"):
        near(1, 1, within)


@pytest.mark.parametrize("method", ["mean", "sd"])
def test_agrees_is_right_about_independent_draws(method):
    """Of 300 exact estimates about one in 20 is two standard errors off, and none is five."""
    rng = np.random.default_rng(0)
    expected = {"mean": 3.0, "sd": 2.0}[method]
    runs = rng.normal(3.0, 2.0, (300, 1_000))
    misses = [not agrees(run, expected, method=method, errors=2.0) for run in runs]
    # 4.6 per cent expected; the standard error itself is estimated, hence the room.
    assert 2 <= np.sum(misses) <= 40
    assert all(agrees(run, expected, method=method) for run in runs)
    assert not agrees(runs[0], expected + 1, method=method)


def test_agrees_allows_for_autocorrelation():
    """Repeating each draw 20 times adds no information; a naive error would be 4.5 times too small."""
    rng = np.random.default_rng(0)
    run = rng.normal(size=500)
    repeated = agrees(np.repeat(run, 20), 0.0)
    assert repeated.within == pytest.approx(agrees(run, 0.0).within, rel=0.5)


def test_agrees_takes_chains_as_rows():
    draws = np.random.default_rng(0).normal(size=(4, 500))
    assert agrees(draws, 0.0).found == pytest.approx(draws.mean())
    assert agrees(draws, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": np.zeros((2, 3, 4))}, r"draws has shape \(2, 3, 4\); it must be"),
        ({"draws": [1.0, 2.0]}, r"draws has shape \(2,\); it must be"),
        ({"draws": [1.0, 2.0, np.nan, 4.0]}, "draws holds a value that is not finite"),
        ({"method": "median"}, "method is 'median'; it must be one of"),
    ],
)
def test_agrees_names_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        agrees(**({"draws": np.arange(10.0), "expected": 0.0} | arguments))


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(claims) == (0, 1)
