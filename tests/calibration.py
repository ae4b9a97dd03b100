"""Two tests of samplers: ranks that must be uniform, and two ways of simulating that must agree.

A sampler passes if the p-values of its ranks are above ``LEAST_P`` and its z-scores within ``LARGEST_Z``.
Both bounds are about five standard errors.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, rankdata

LEAST_P, LARGEST_Z = 1e-6, 5.0
DEGREE = 4  # polynomials up to this degree detect a wrong location, spread, skewness and kurtosis


def rank_pvalue(ranks: ArrayLike, n_values: int) -> NDArray[np.float64]:
    """Return the p-value of uniform ranks for each quantity, by Neyman's smooth test.

    ``ranks``, of shape (simulations, quantities), are the numbers of independent posterior draws below the
    true value: ``n_values`` different ones, one more than draws. With ties the rank has to be random.

    Sources: Talts et al. (2018), "Validating Bayesian inference algorithms with simulation-based
    calibration", arXiv:1804.06788; Neyman (1937), "Smooth test for goodness of fit".
    """
    ranks = np.asarray(ranks)
    # Polynomials that are orthonormal over the possible ranks.
    places = np.linspace(-1, 1, n_values)
    polynomials = np.linalg.qr(np.vander(places, DEGREE + 1, increasing=True))[0][:, 1:] * np.sqrt(n_values)
    scores = polynomials[ranks].sum(axis=0) / np.sqrt(len(ranks))
    return chi2.sf((scores**2).sum(axis=-1), DEGREE)


def geweke_z(marginal: ArrayLike, successive: ArrayLike) -> NDArray[np.float64]:
    """Return z-scores between both simulations, shape (2, quantities): of the ranks and of their squares.

    ``marginal`` draws, of shape (draws, quantities), are independent. ``successive`` draws, of shape (chains,
    length, quantities), are from chains that start with independent draws from the prior. The means of the
    chains are then independent, and their scatter gives the standard error, whatever the autocorrelation
    within a chain.

    Each value is replaced by its rank among all, scaled to -1 to 1, whose first two moments show location and
    spread. The moments of the values themselves are skewed: a low mean of squares comes with a low standard
    error, so that even independent draws from the prior give z-scores beyond 5 fifty times too often.

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
