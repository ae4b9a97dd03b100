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


def shown(capsys, *arguments, **found) -> str:
    """What a claim prints after its tick."""
    claim(*arguments, **found)
    return capsys.readouterr().out.removeprefix("✓ ").removesuffix("\n")


@pytest.mark.parametrize(
    ("comparison", "evidence"),
    [
        (near(16.3467, 16.35, 0.005), "16.3467, expected 16.35 within 0.005"),
        (near(100.04, 100.3, 0.5), "100.04, expected 100.3 within 0.5"),
        (near(0.1586552539, 0.1586552541, 1e-9), "0.158655, expected the same within 1e−9"),
        (near(1 + 1e-15, 1, 1e-14), "1, expected the same within 1e−14"),
        (near(-6.4e-8, -6.41e-8, 5e-10), "−6.4e−8, expected −6.41e−8 within 5e−10"),
        (near(1_234_567.8, 1_234_560, 10), "1,234,568, expected 1,234,560 within 10"),
        (near(0.5, 0.5, 1.23456e-9), "0.5, expected the same within 1.2e−9"),
        (near(np.ones(1_000), 1, 1), "worst of 1,000: 1, expected the same within 1"),
        (near(3e-17, 0, 1e-15), "3e−17, expected 0 within 1e−15"),
        (near([7, 3], [7, 3], 0), "worst of 2: 7, exactly as expected"),
        (near([0.1, 0.5, 0.2], [0.1, 0.4, 0.4], [1, 1, 0.21]), "worst of 3: 0.20, expected 0.4 within 0.21"),
        (near(0.4983, 0.5, standard_error=0.002), "0.4983, expected 0.5, 0.8 standard errors apart"),
        (near(1, 1, standard_error=0), "1.00000, expected 1, 0.0 standard errors apart"),
        (agrees([1.0, 2.0, 3.0, 6.0] * 25, 3.2), "3.00, exactly 3.2, 1.5 standard errors apart"),
    ],
)
def test_a_comparison_is_shown_with_the_digits_that_carry_meaning(capsys, comparison, evidence):
    assert shown(capsys, "It is so.", comparison) == f"It is so · {evidence}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9_834, "9,834"),
        (9834.7, "9,835"),
        (1.73123, "1.731"),
        (1.00004, "1.000"),
        (-0.5, "−0.5"),
        (1e-7, "1e−7"),
        (True, "yes"),
        (np.bool_(False), "no"),
        ("middle", "middle"),
        ([1, 2.5], "1, 2.5"),
        (np.arange(-3, 5), "−3 to 4"),
    ],
)
def test_values_behind_a_claim_are_shown_in_words(capsys, value, text):
    assert shown(capsys, "It is so.", True, draws_used=value) == f"It is so · draws used {text}"
    assert (
        shown(capsys, "It is so.", near(1, 1, 0), n=value) == f"It is so · 1, exactly as expected; n {text}"
    )


def test_names_of_values_are_those_that_are_said(capsys):
    assert shown(capsys, "It is so.", True, R_hat=1, few_draws=2) == "It is so · R-hat 1; few draws 2"


def test_of_several_comparisons_the_worst_is_named(capsys):
    several = {"mu[0]": near(1.2, 1, 0.5), "mu[1]": near([5, 5.9], 5, 1), "sigma": near(7, 7, 0)}
    assert shown(capsys, "All are right.", several) == (
        "All are right · worst of 3, mu[1]: worst of 2: 5.9, expected 5 within 1"
    )
    several["w[0]"] = near(np.nan, 1, 1)
    with pytest.raises(AssertionError, match=r"Found: w\[0\] = nan, expected 1\.0 within 1\.0; k = 2$"):
        claim("All are right.", several, k=2)
    with pytest.raises(AssertionError, match="that it does not hold"):
        claim("Nothing was compared.", {})
    with pytest.raises(TypeError, match=r"holds is .*must be"):
        claim("Something.", {"mu": True})


def test_a_statement_cannot_hide_in_its_evidence():
    with pytest.raises(ValueError, match="statement is 'One · two'; it must not hold '·'"):
        claim("One · two", True)


@pytest.mark.parametrize("tolerances", [{}, {"within": 1, "standard_error": 1}])
def test_near_takes_one_tolerance(tolerances):
    with pytest.raises(ValueError, match="within or standard_error must be given, and not both"):
        near(1, 1, **tolerances)


def test_five_standard_errors_are_allowed():
    assert near(1, 2, standard_error=0.2)
    assert not near(1, 2, standard_error=0.1999)


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
    assert doctest.testmod(claims) == (0, 2)
