"""logsumexp, mixture densities and responsibilities, against SciPy and mpmath."""

import math
import tracemalloc
import warnings

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special
from scipy.integrate import quad
from scipy.stats import norm

from gmixlib import logsumexp, mixture_logpdf, responsibilities

W, MU, SIGMA = np.array([0.2, 0.5, 0.3]), np.array([-4.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])
Y = np.linspace(-9, 9, 37)


def exact_logpdf(y, w, mu, sigma):
    """Log density of one point, computed with 50 digits."""
    with mp.workdps(50):
        terms = [
            mp.mpf(float(a)) * mp.npdf(mp.mpf(float(y)), mp.mpf(float(m)), mp.mpf(float(s)))
            for a, m, s in zip(w, mu, sigma, strict=True)
        ]
        return float(mp.log(mp.fsum(terms)))


def exact_logsumexp(a):
    """Log of the sum of exponentials, computed with 50 digits and not rounded to a float."""
    with mp.workdps(50):
        *rest, top = sorted(mp.mpf(float(x)) for x in a)
        return top + mp.log1p(mp.fsum(mp.exp(x - top) for x in rest))


# Logarithms of every size, most of them near 0, where the largest term is as small as what the others add.
near_and_far = st.one_of(
    st.floats(-750, 750), st.floats(-40, 1e-9), st.floats(-1e-3, 1e-3), st.sampled_from([0.0, -40.0, 1e-300])
)


@given(st.lists(near_and_far, min_size=1, max_size=12))
@example([0.0, -40.0])
@example([8.91228212e-15, -28.3244108])  # SciPy 1.18 is off by 14 units in the last place
@example([-2.88855679e-09, -19.0973429])  # SciPy is off by 19 units
@example([-3.3457122164225766e-15, -32.614121791319135])  # SciPy is off by 58 units
@example([-1.790103484010955e-09, -19.57699934080679])  # gmixlib is off by 4.3 units
def test_the_log_of_a_sum_agrees_with_fifty_digits(a):
    """Within 8 units in the last place of the result, or of the largest term where that is larger.

    It is larger where it is negative and the others cancel it: then the result has no more digits than that.
    """
    exact = exact_logsumexp(a)
    unit = np.spacing(max(abs(max(a)), abs(float(exact))))
    assert abs(float((mp.mpf(float(logsumexp(a))) - exact) / mp.mpf(float(unit)))) <= 8


LAYOUTS = {
    "the first axis": (lambda a: a, 0),
    "the first axis in Fortran order": (np.asfortranarray, 0),
    "the last axis": (lambda a: a.T.copy(), 1),
    "every second": (lambda a: np.repeat(a, 2, axis=0)[::2], 0),
    "backwards": (lambda a: a[::-1], 0),
    "two of three axes": (lambda a: a.reshape(500, -1, 2), (0, 1)),
    "the first and the last axis": (lambda a: a.reshape(500, -1, 2).transpose(0, 2, 1), (2, 0)),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f4", "float64", "longdouble"])
@pytest.mark.parametrize("spread", [1e-4, 0.5])
def test_a_long_sum_keeps_its_digits_in_every_layout_and_precision(dtype, spread):
    """Nearly equal terms are the worst: added one by one, all are rounded in the same direction."""
    a = np.random.default_rng(1).normal(-1.4, spread, (200_000, 2)).astype(dtype)
    a[0] = 0
    exact = [np.log(math.fsum(np.exp(column))) for column in a.T.astype(np.float64)]
    unit = np.spacing(np.array(exact, a.dtype.newbyteorder("="))).astype(np.float64)
    for label, (layout, axis) in LAYOUTS.items():
        found = logsumexp(layout(a), axis=axis)
        assert found.dtype == a.dtype.newbyteorder("=")
        assert (np.abs(found.astype(np.float64) - exact) <= np.maximum(8 * unit, 1e-14)).all(), label
    assert np.isclose(
        float(logsumexp(a)), math.log(sum(map(math.exp, exact))), rtol=3 * np.finfo(a.dtype).eps
    )


def test_one_dominant_term_keeps_the_digits_of_the_others():
    assert logsumexp([0, -40]) == 4.248354255291589e-18
    assert logsumexp([-40, 0, -np.inf]) == 4.248354255291589e-18


INF, NAN = np.inf, np.nan
CASES = {
    "empty": ([], {}),
    "empty axis": (np.zeros((3, 0)), {"axis": 1}),
    "empty result": (np.zeros((3, 0)), {"axis": 0}),
    "all -inf": ([-INF, -INF], {}),
    "some -inf": ([[-INF, 1.0], [-INF, -INF]], {"axis": 1}),
    "inf": ([INF, 1.0, INF], {}),
    "both infinities": ([INF, -INF], {}),
    "nan": ([[NAN, INF], [NAN, -INF], [NAN, 1.0], [0.0, 1.0]], {"axis": 1}),
    "integers": ([1, 2, 3], {}),
    "small integers": (np.array([1, 120], dtype=np.int8), {}),
    "booleans": ([True, False], {}),
    "scalar": (3.0, {}),
    "scalar, kept": (3.0, {"keepdims": True}),
    "float32": (np.array([[0, -40], [300, 200]], dtype=np.float32), {"axis": -1}),
    "float16": (np.array([1, 2], dtype=np.float16), {}),
    "overflow": ([1000.0, 1001.0], {}),
    "underflow": ([-1000.0, -1001.0], {}),
    "largest": ([1e308, 1e308, 0.0], {}),
    **{
        f"axis {axis}, keepdims {keep}": (np.arange(24.0).reshape(2, 1, 3, 4) % 7, {"axis": axis, "keepdims": keep})
        for axis in (None, 0, 1, -1, (0, 2), (2, 0), (1,), ())
        for keep in (False, True)
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_special_values_shapes_and_dtypes_are_those_of_scipy(case):
    a, options = CASES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = logsumexp(a, **options)
    expected = special.logsumexp(a, **options)
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(found.dtype).eps)


def test_where_scipy_fails_nothing_warns(recwarn):
    assert logsumexp(np.zeros((2, 0, 3)), axis=(0, 1)).tolist() == [-INF] * 3  # an IndexError in SciPy 1.18
    assert logsumexp([1e308, -1e308]) == 1e308  # an overflow in SciPy 1.18
    assert not recwarn


@pytest.mark.parametrize("axis", [1, -2, (0, 0), "0", 0.0])
def test_an_axis_must_be_one_of_the_array(axis):
    with pytest.raises(ValueError, match=r"^axis is .*; it must be one or some of the axes of a"):
        logsumexp([1.0], axis=axis)


@st.composite
def mixtures(draw):
    """Weights, locations and scales of one to five components, some weights 0 or subnormal."""
    k = draw(st.integers(1, 5))
    raw = draw(
        arrays(np.float64, k, elements=st.sampled_from([0.0, 5e-324, 1e-310, 1e-300, 1e-8, 0.1, 1.0, 7.0]))
    )
    raw[draw(st.integers(0, k - 1))] = 1.0
    mu = draw(arrays(np.float64, k, elements=st.floats(-1e3, 1e3)))
    sigma = draw(arrays(np.float64, k, elements=st.floats(1e-2, 1e2)))
    return raw / raw.sum(), mu, sigma


@given(mixtures(), st.floats(-1e3, 1e3))
def test_log_density_agrees_with_fifty_digits(mixture, y):
    w, mu, sigma = mixture
    expected = exact_logpdf(y, w, mu, sigma)
    found = mixture_logpdf(y, w, mu, sigma)
    # A result near 0 is a difference: the log of a height of order 1 and the log of a weight, up to 745.
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("weight", [0.0, 5e-324, 1e-310, 1e-300, 1e-16])
def test_a_tiny_weight_counts_for_what_it_is(weight, recwarn):
    """At a thousand scales from the other component only the component of tiny weight has a density."""
    w, mu, sigma = [1 - weight, weight], [0.0, 1000.0], 1.0
    expected = exact_logpdf(1000.5, w, mu, [1.0, 1.0])
    assert mixture_logpdf(1000.5, w, mu, sigma) == pytest.approx(expected, rel=1e-15)
    assert responsibilities(1000.5, w, mu, sigma).tolist() == ([0.0, 1.0] if weight else [1.0, 0.0])
    assert not recwarn


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
    # A log term as large as 1e10 has ten digits less after the point.
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


def test_parameters_may_come_in_batches():
    """A batch, such as posterior draws, against the same call for each row."""
    rng = np.random.default_rng(1)
    w, mu = rng.dirichlet(np.ones(3), size=4), rng.normal(size=(4, 3))
    for sigma in (0.7, rng.uniform(0.5, 2, 3), rng.uniform(0.5, 2, (4, 3))):
        found = mixture_logpdf(Y[:, None], w, mu, sigma)
        shares = responsibilities(Y[:, None], w, mu, sigma)
        assert found.shape == (*Y.shape, 4)
        assert shares.shape == (*Y.shape, 4, 3)
        for draw in range(4):
            scale = sigma[draw] if np.ndim(sigma) == 2 else sigma
            np.testing.assert_array_equal(found[:, draw], mixture_logpdf(Y, w[draw], mu[draw], scale))
            np.testing.assert_array_equal(shares[:, draw], responsibilities(Y, w[draw], mu[draw], scale))


def test_batches_broadcast_with_each_other_and_with_the_points():
    w, mu = np.full((5, 1, 2), 0.5), np.zeros((4, 2))
    assert mixture_logpdf(0.0, w, mu, 1.0).shape == (5, 4)
    assert mixture_logpdf(np.zeros(4), w, mu, np.ones((3, 1, 1, 2))).shape == (3, 5, 4)
    assert responsibilities(np.zeros((2, 1, 1)), w, mu, 1.0).shape == (2, 5, 4, 2)
    assert mixture_logpdf(np.zeros(0), W, MU, SIGMA).shape == (0,)
    one = mixture_logpdf(0.0, np.ones((3, 1)), np.zeros((3, 1)), 1.0)
    one[0] = 1.0  # a broadcast view would change everywhere
    assert one[1] == norm.logpdf(0)


def test_memory_grows_with_the_points_not_with_points_times_components():
    y, k = np.zeros(200_000), 20
    tracemalloc.start()
    mixture_logpdf(y, np.full(k, 1 / k), np.arange(k), 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * y.nbytes


def test_far_away_nothing_underflows_and_nothing_warns(recwarn):
    y = np.array([1e4, -1e4])
    assert np.isfinite(mixture_logpdf(y, W, MU, SIGMA)).all()
    np.testing.assert_allclose(responsibilities(y, W, MU, SIGMA)[:, 2], 1)
    mixture_logpdf(y, [1.0, 0.0], [0.0, 1.0], 1.0)
    assert mixture_logpdf([1e200, INF], W, MU, SIGMA).tolist() == [-INF, -INF]
    assert np.isnan(responsibilities([1e200, INF], W, MU, SIGMA)).all()
    assert not recwarn


@pytest.mark.parametrize("missing", [[np.nan, 0.0], np.ma.masked_equal([-999, 0], -999)])
def test_what_is_missing_stays_so(missing):
    """As NaN and as a masked integer."""
    assert np.isnan(mixture_logpdf(missing, W, MU, SIGMA)).tolist() == [True, False]
    assert np.isnan(responsibilities(missing, W, MU, SIGMA)).all(axis=1).tolist() == [True, False]
    assert np.isnan(logsumexp(np.ma.stack([missing, [1, 1]]), axis=0)).tolist() == [True, False]


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
        ({"sigma": [1.0, 1.0]}, r"sigma has shape \(2,\); it must be one number or one for each of 3"),
        ({"w": [W, [0.2, 0.5, 0.4]]}, r"w\[1\] sums to 1.1; weights must sum to 1"),
        ({"w": 1.0}, r"w has shape \(\); it must be a vector"),
        (
            {"mu": np.zeros((2, 3))},
            r"shapes \(37,\), \(3,\), \(2, 3\) and \(3,\); all but the last dimension",
        ),
    ],
)
def test_bad_parameters_are_named(function, change, message):
    with pytest.raises(ValueError, match=message):
        function(**({"y": Y, "w": W, "mu": MU, "sigma": SIGMA} | change))
