"""Two tests of samplers: ranks that must be uniform, and two ways of simulating that must agree.

A sampler passes where the p-values of its ranks are above ``LEAST_P`` and its z-scores within ``LARGEST_Z``.
Both bounds are about those of five standard errors.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, rankdata

LEAST_P, LARGEST_Z = 1e-6, 5.0
DEGREE = 4  # of the polynomials that look for a shift, a spread, a skew and a double hump


def rank_pvalue(ranks: ArrayLike, n_values: int) -> NDArray[np.float64]:
    """Return the p-value of uniform ranks for each quantity, by Neyman's smooth test.

    Ranks are of shape (simulations, quantities), each the number of independent posterior draws below the
    true value, so that there are ``n_values``, one more than draws. With ties the rank is to be random.

    Sources: Talts et al. (2018), "Validating Bayesian inference algorithms with simulation-based
    calibration", arXiv:1804.06788; Neyman (1937), "Smooth test for goodness of fit".
    """
    ranks = np.asarray(ranks)
    # Polynomials that are orthogonal over the possible ranks, each with a mean square of 1.
    places = np.linspace(-1, 1, n_values)
    polynomials = np.linalg.qr(np.vander(places, DEGREE + 1, increasing=True))[0][:, 1:] * np.sqrt(n_values)
    scores = polynomials[ranks].sum(axis=0) / np.sqrt(len(ranks))
    return chi2.sf((scores**2).sum(axis=-1), DEGREE)


def geweke_z(marginal: ArrayLike, successive: ArrayLike) -> NDArray[np.float64]:
    """Return z-scores between both simulations, shape (2, quantities): of the ranks and of their squares.

    The marginal draws, of shape (draws, quantities), are independent. The successive ones are of shape
    (chains, length, quantities), from chains that began with independent draws of the prior, or from one
    chain that is cut into pieces much longer than its autocorrelation. Their means are then independent,
    and it is their scatter that gives the standard error, whatever the autocorrelation within.

    Each value is replaced by its rank among all, from -1 to 1, so that the moments tell of location and of
    spread. Those of the values themselves are skewed: a low mean of squares comes with a low standard error,
    and even independent draws of the prior then give z-scores beyond 5, fifty times too often.

    Source: Geweke (2004), "Getting it right: joint distribution tests of posterior simulators", *Journal of
    the American Statistical Association* 99, 799–804.
    """
    marginal, successive = np.asarray(marginal), np.asarray(successive)
    pooled = np.concatenate([marginal, successive.reshape(-1, successive.shape[-1])])
    ranks = (2 * rankdata(pooled, axis=0) - 1) / len(pooled) - 1
    z = []
    for power in (1, 2):
        direct = ranks[: len(marginal)] ** power
        means = (ranks[len(marginal) :].reshape(successive.shape) ** power).mean(axis=1)
        variance = direct.var(axis=0, ddof=1) / len(direct) + means.var(axis=0, ddof=1) / len(means)
        z.append((means.mean(axis=0) - direct.mean(axis=0)) / np.sqrt(variance))
    return np.array(z)
