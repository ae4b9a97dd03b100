"""Mixture densities and responsibilities, against scipy and mpmath."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import norm

from gmixlib import mixture_logpdf, responsibilities

W, MU, SIGMA = np.array([0.2, 0.5, 0.3]), np.array([-4.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])
Y = np.linspace(-9, 9, 37)


def exact_logpdf(y, w, mu, sigma):
    """The log density of one point at 50 digits."""
    with mp.workdps(50):
        terms = [
            mp.mpf(float(a)) * mp.npdf(mp.mpf(float(y)), mp.mpf(float(m)), mp.mpf(float(s)))
            for a, m, s in zip(w, mu, sigma, strict=True)
        ]
        return float(mp.log(mp.fsum(terms)))


@st.composite
def mixtures(draw):
    """Weights, locations and scales of one to five components, some weights 0."""
    k = draw(st.integers(1, 5))
    raw = draw(arrays(np.float64, k, elements=st.sampled_from([0.0, 1e-300, 1e-8, 0.1, 1.0, 7.0])))
    raw[draw(st.integers(0, k - 1))] = 1.0
    mu = draw(arrays(np.float64, k, elements=st.floats(-1e3, 1e3)))
    sigma = draw(arrays(np.float64, k, elements=st.floats(1e-2, 1e2)))
    return raw / raw.sum(), mu, sigma


@given(mixtures(), st.floats(-1e3, 1e3))
def test_log_density_agrees_with_fifty_digits(mixture, y):
    w, mu, sigma = mixture
    expected = exact_logpdf(y, w, mu, sigma)
    found = mixture_logpdf(y, w, mu, sigma)
    # The exponent is computed first; it carries a relative error of a few units in the last place.
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-13)


@given(mixtures(), st.floats(-1e3, 1e3))
def test_responsibilities_are_shares_of_the_density(mixture, y):
    w, mu, sigma = mixture
    r = responsibilities(y, w, mu, sigma)
    assert r.shape == w.shape
    assert (r >= 0).all()
    assert r.sum() == pytest.approx(1, abs=1e-12)
    assert (r[w == 0] == 0).all()
    k = int(np.argmax(r))
    log_share = np.log(w[k]) + norm.logpdf(y, mu[k], sigma[k]) - exact_logpdf(y, w, mu, sigma)
    # Each log term may be as large as 1e10 and then has lost as many digits.
    assert np.log(r[k]) == pytest.approx(log_share, abs=1e-9 + 1e-14 * abs(norm.logpdf(y, mu[k], sigma[k])))


def test_densities_agree_with_scipy():
    terms = W * norm.pdf(Y[:, None], MU, SIGMA)
    np.testing.assert_allclose(np.exp(mixture_logpdf(Y, W, MU, SIGMA)), terms.sum(axis=1), rtol=1e-13)
    expected = terms / terms.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(responsibilities(Y, W, MU, SIGMA), expected, rtol=1e-12)


def test_the_density_integrates_to_one():
    total, _ = quad(lambda y: np.exp(mixture_logpdf(y, W, MU, SIGMA)), -40, 40, points=[-4, 0, 3])
    assert total == pytest.approx(1, abs=1e-8)


def test_shapes_follow_the_points():
    y = np.zeros((2, 3))
    assert mixture_logpdf(y, W, MU, SIGMA).shape == (2, 3)
    assert responsibilities(y, W, MU, SIGMA).shape == (2, 3, 3)
    assert np.shape(mixture_logpdf(0.0, W, MU, SIGMA)) == ()


def test_one_scale_serves_all_components():
    np.testing.assert_array_equal(mixture_logpdf(Y, W, MU, 2.0), mixture_logpdf(Y, W, MU, np.full(3, 2.0)))


def test_far_away_nothing_underflows_and_nothing_warns(recwarn):
    y = np.array([1e4, -1e4])
    assert np.isfinite(mixture_logpdf(y, W, MU, SIGMA)).all()
    np.testing.assert_allclose(responsibilities(y, W, MU, SIGMA)[:, 2], 1)
    mixture_logpdf(y, [1.0, 0.0], [0.0, 1.0], 1.0)
    assert not recwarn


def test_not_a_number_stays_itself():
    assert np.isnan(mixture_logpdf([np.nan, 0.0], W, MU, SIGMA)).tolist() == [True, False]


@pytest.mark.parametrize("function", [mixture_logpdf, responsibilities])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": [0.2, 0.5, 0.4]}, "w sums to 1.1; weights must sum to 1"),
        ({"w": [-0.2, 0.9, 0.3]}, "every weight must be at least 0"),
        ({"w": [np.nan, 0.5, 0.5]}, "every weight must be at least 0"),
        ({"w": []}, r"w has shape \(0,\); it must be a vector"),
        ({"mu": [0.0, 1.0]}, r"mu has shape \(2,\); it must have one value for each of 3 components"),
        ({"mu": [0.0, 1.0, np.inf]}, "every location must be finite"),
        ({"sigma": [1.0, 0.0, 1.0]}, "every scale must be positive and finite"),
        ({"sigma": -1.0}, "every scale must be positive and finite"),
        ({"sigma": [1.0, 1.0]}, r"sigma has shape \(2,\); it must be one number or one for each of 3"),
    ],
)
def test_bad_parameters_are_named(function, change, message):
    with pytest.raises(ValueError, match=message):
        function(**({"y": Y, "w": W, "mu": MU, "sigma": SIGMA} | change))
