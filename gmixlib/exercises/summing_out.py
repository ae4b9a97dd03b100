"""Exercises on summing out the categories."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import beta, betaln
from scipy.stats import norm

from gmixlib.data import three_gaussians, two_gaussians
from gmixlib.density import logsumexp, mixture_logpdf
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Status, Value, Verdict
from gmixlib.exercises._limits import remaining
from gmixlib.exercises._outcome import Source

HUNDRED, WHOSE = two_gaussians()
FIVE, TRUE_OF_FIVE = HUNDRED[:5], WHOSE[:5]
HALVES = np.array([0.5, 0.5])


def _log_factors(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log of weight times density, a row for each point."""
    return np.log(w) + norm.logpdf(y[:, np.newaxis], mu, sigma)


def _log_likelihood(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> float:
    """One component after the other, in pairs."""
    return reduce(np.logaddexp, _log_factors(y, w, mu, sigma).T).sum()


def _through_logs(change: Callable) -> Callable:
    """The log likelihood with the log factors and their weights changed on the way."""

    def log_likelihood(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> float:
        return logsumexp(change(norm.logpdf(y[:, np.newaxis], mu, sigma), w), axis=1).sum()

    return log_likelihood


# --- three components ---------------------------------------------------------------------------------


def _best_share(mu: list) -> float:
    """Probability of the most probable assignment: the largest responsibility of each point."""
    density = norm.pdf(FIVE[:, np.newaxis], mu)
    return np.prod(density.max(axis=1) / density.sum(axis=1))


BEST_OF_THREE = _best_share([-1, 1, 0])
DENSITY_OF_THREE = norm.pdf(FIVE[:, np.newaxis], [-1, 1, 0])
R_OF_THREE = DENSITY_OF_THREE / DENSITY_OF_THREE.sum(axis=1, keepdims=True)

# --- the tie ------------------------------------------------------------------------------------------


def _tie(y: np.ndarray, a: float) -> float:
    """Covariance of the responsibilities over the second weight, exactly.

    Likelihood and joint probabilities are polynomials in the weight, of degree len(y). Gauss quadrature for the
    density of Beta(a, a), with nodes and weights from its Jacobi matrix, integrates them without error.
    """
    k, b = np.arange(1, len(y) + 2), a - 0.5
    off_diagonal = np.sqrt(k * (k + 2 * b - 1) / (4 * (k + b) * (k + b - 1)))
    nodes, vectors = eigh_tridiagonal(np.zeros(k.size + 1), off_diagonal)
    w2 = (1 + nodes[:, np.newaxis]) / 2
    first, second = (1 - w2) * norm.pdf(y, -1), w2 * norm.pdf(y, 1)
    mass = vectors[0] ** 2 * np.prod(first + second, axis=1)
    r1, r2 = (second / (first + second))[:, :2].T
    return np.cov(r1, r2, aweights=mass, ddof=0)[0, 1]


def _enumerated_tie(
    prior: Callable, density: Callable = norm.pdf, subtract: bool = True, normalize: bool = True
) -> Callable:
    """The covariance over all assignments, for a prior of n1, n2 and a, and a density of points."""

    def covariance(y: np.ndarray, a: float) -> float:
        z = np.array(list(product([0, 1], repeat=len(y))))
        n2 = z.sum(axis=1)
        share = prior(len(y) - n2, n2, a) * density(y - 2 * z + 1).prod(axis=1)
        share = share / share.sum() if normalize else share
        return share @ (z[:, 0] * z[:, 1]) - subtract * (share @ z[:, 0]) * (share @ z[:, 1])

    return covariance


def _beta_prior(n1: np.ndarray, n2: np.ndarray, a: float) -> np.ndarray:
    return np.exp(betaln(n1 + a, n2 + a) - betaln(a, a))


# --- what a probability is worth ----------------------------------------------------------------------


def _pairs_variance(r: np.ndarray, p: np.ndarray) -> float:
    """Half the mean square of the difference of two independent values."""
    return 0.5 * p @ (r[:, np.newaxis] - r) ** 2 @ p


def _worth(r: np.ndarray, p: np.ndarray) -> tuple:
    """Over both images a category has the variance 1/4, less by E[r(1 - r)] for a probability."""
    mean = p @ r
    return mean * (1 - mean) / _pairs_variance(r, p), 1 / (1 - 4 * p @ (r * (1 - r)))


def _noise_only(r: np.ndarray, p: np.ndarray) -> tuple:
    one, both = _worth(r, p)
    return one - 1, both - 1


def _both_over_one(r: np.ndarray, p: np.ndarray) -> tuple:
    return _worth(r, p)[0], 0.25 / _pairs_variance(r, p)


def _not_halved(r: np.ndarray, p: np.ndarray) -> tuple:
    """With probabilities that sum to 2 the mean over both images is 1."""
    return _worth(r, p)[0], 0.0


def _mean_square(r: np.ndarray, p: np.ndarray) -> tuple:
    mean = p @ r
    return mean * (1 - mean) / (p @ r**2), 0.5 / (p @ (r**2 + (1 - r) ** 2))


def _of_a_sample(r: np.ndarray, p: np.ndarray) -> tuple:
    """Variances as `np.cov` gives them, with its usual correction for a sample."""

    def ratio(r: np.ndarray, p: np.ndarray) -> float:
        return (p @ r) * (1 - p @ r) / np.cov(r, aweights=p)

    return ratio(r, p), ratio(np.append(r, 1 - r), np.append(p, p) / 2)


def _unweighted(r: np.ndarray, p: np.ndarray) -> tuple:
    return _worth(r, np.full(len(p), 1 / len(p)))


# --- the chain ----------------------------------------------------------------------------------------


def _chain(y: np.ndarray, mu: np.ndarray, s: float) -> float:
    """Log of the sum over all paths, with two cases that need no paths: the chain forgets, or never changes."""
    if s == 0.5:
        return mixture_logpdf(y, HALVES, mu, 1.0).sum()
    if s == 1:
        return float(logsumexp(np.log(0.5) + norm.logpdf(y[:, np.newaxis], mu).sum(axis=0)))
    return float(logsumexp(_paths(y, mu, s)))


def _paths(y: np.ndarray, mu: np.ndarray, s: float) -> np.ndarray:
    """Log joint density of the points and each path of categories."""
    z = np.array(list(product([0, 1], repeat=len(y))))
    repeats = (z[:, 1:] == z[:, :-1]).sum(axis=1)
    with np.errstate(divide="ignore"):
        moves = np.log(s**repeats * (1 - s) ** (len(y) - 1 - repeats))
    return np.log(0.5) + moves + norm.logpdf(y, mu[z]).sum(axis=1)


def _forward(
    repeats: Callable = lambda s: s, start: Callable = lambda s: [0.5, 0.5], last: int | None = None
) -> Callable:
    """Passes along the chain in logarithms; with other moves, another start or an earlier end than asked for."""

    def log_likelihood(y: np.ndarray, mu: np.ndarray, s: float) -> float:
        f, stays = norm.logpdf(y[:, np.newaxis], mu), repeats(s)
        with np.errstate(divide="ignore"):
            moves = np.log([[stays, 1 - stays], [1 - stays, stays]])
            state = np.log(start(s)) + f[0]
        for row in f[1:last]:
            state = np.logaddexp.reduce(state[:, np.newaxis] + moves) + row
        return np.logaddexp(*state)

    return log_likelihood


def _scaled(y: np.ndarray, mu: np.ndarray, s: float) -> float:
    """Densities, divided by their sum at each point."""
    state, total = np.array([0.5, 0.5]), 0.0
    for i, row in enumerate(norm.pdf(y[:, np.newaxis], mu)):
        state = (s * state + (1 - s) * state[::-1] if i else state) * row
        total += np.log(state.sum())
        state = state / state.sum()
    return total


def _unscaled(y: np.ndarray, mu: np.ndarray, s: float) -> float:
    state = 0.5 * norm.pdf(y[0], mu)
    for point in y[1:]:
        state = (s * state + (1 - s) * state[::-1]) * norm.pdf(point, mu)
    with np.errstate(divide="ignore"):
        return np.log(state.sum())


def _best_path(y: np.ndarray, mu: np.ndarray, s: float) -> float:
    """Log joint density of the most probable path, for any number of points."""
    with np.errstate(divide="ignore"):
        moves = np.log(np.array([[s, 1 - s], [1 - s, s]]))
    state = np.log(0.5) + norm.logpdf(y[0], mu)
    for point in y[1:]:
        state = (state[:, np.newaxis] + moves).max(axis=0) + norm.logpdf(point, mu)
    return state.max()


def _correlation(y: np.ndarray, a: float) -> float:
    """The covariance over the root of the variances of both categories."""
    z = np.array(list(product([0, 1], repeat=len(y))))
    n2 = z.sum(axis=1)
    share = np.exp(betaln(len(y) - n2 + a, n2 + a) - betaln(a, a)) * norm.pdf(y - 2 * z + 1).prod(axis=1)
    cov = np.cov(z[:, :2].T, aweights=share, ddof=0)
    return cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])


NEAR = 5  # calls of few points near the locations, before the others


@dataclass(frozen=True, kw_only=True)
class _Chain(Function):
    """Tells an enumeration by the time that it takes, before it is called with 1,000 points.

    The chapter lists assignments with `itertools.product`. No time limit ends such a list, which is made in C, and one
    of 2^1,000 assignments fills the memory of any computer.
    """

    def _judge(self, source: Source, deadline: float) -> Verdict:
        few = min(self._seconds_for(4, source, deadline) for _ in range(3))
        # Thousands of times as many assignments, or four times as many points. Three times, since others may be at work.
        if all(self._seconds_for(16, source, deadline) > 100 * few for _ in range(3)):
            return Verdict(Status.WRONG, self.late, "enumerated")
        return super()._judge(source, deadline)

    def _first_difference(self, found: list) -> Verdict:
        """A wrong step is found on near points, too, if it was made in densities, which are 0 for far ones."""
        for name, mistake in self.mistakes.items():
            wrong = self.mistaken[name][:NEAR]
            if self._agree(found[:NEAR], wrong) and not self._agree(self.expected[:NEAR], wrong):
                return Verdict(Status.WRONG, mistake.hint, name)
        return super()._first_difference(found)

    def _seconds_for(self, n: int, source: Source, deadline: float) -> float:
        started = time.perf_counter()
        source.call((HUNDRED[:n], np.array([-1.0, 1.0]), 0.9), remaining(deadline))
        return time.perf_counter() - started


EXERCISES: list[Exercise] = [
    Function(
        word="line",
        title="One line",
        variable="log_likelihood",
        reference=_log_likelihood,
        calls=[
            (np.array([0.5]), np.array([0.25, 0.75]), np.array([-1.0, 1.0]), np.array([1.0, 2.0])),
            (FIVE, HALVES, np.array([-1.0, 1.0]), np.ones(2)),
            (
                FIVE,
                np.array([0.2, 0.3, 0.5]),
                np.array([-1.0, 0.5, 2.0]),
                np.array([0.5, 1.0, 2.0]),
            ),
            (three_gaussians()[0], np.full(3, 1 / 3), np.array([-5.0, 0.0, 5.0]), np.ones(3)),
            (np.array([0.0, 60.0]), np.array([0.9, 0.1]), np.array([-1.0, 1.0]), np.ones(2)),
        ],
        within=1e-10,
        mistakes={
            "whole-data-set": Mistake(
                lambda *theta: logsumexp(
                    _log_factors(*theta).sum(axis=0) - (len(theta[0]) - 1) * np.log(theta[1])
                ),
                "You add up the points first and then take one log-sum-exp for all of them: a category for the"
                " whole data set. Each point needs its own sum over the components.",
            ),
            "axis-forgotten": Mistake(
                lambda *theta: logsumexp(_log_factors(*theta)),
                "Without an axis `logsumexp` takes all points and all components into one sum. Sum over the"
                " components within each point, and add up the logarithms.",
            ),
            "points-within": Mistake(
                lambda *theta: logsumexp(_log_factors(*theta), axis=0).sum(),
                "Within each component you sum over the points. It is the other way round: the sum over the"
                " components stands under the logarithm. Which axis is that?",
            ),
            "not-summed": Mistake(
                lambda y, *theta: mixture_logpdf(y, *theta),
                "Those are the terms of the points. The log likelihood of all of them is one number.",
            ),
            "mean": Mistake(
                lambda y, *theta: mixture_logpdf(y, *theta).mean(),
                "You average over the points. The likelihood of independent points is a product; what is its"
                " logarithm?",
            ),
            "logs-added": Mistake(
                lambda *theta: _log_factors(*theta).sum(),
                "You add up the logarithms over the components, too. That is the log of a product; a point comes from"
                " one component or another, and such probabilities are added.",
            ),
            "best-component": Mistake(
                lambda *theta: _log_factors(*theta).max(axis=1).sum(),
                "For each point you keep the largest term alone. The others are smaller, but they are part of the sum.",
            ),
            "variance-as-scale": Mistake(
                lambda y, w, mu, sigma: _log_likelihood(y, w, mu, sigma**2),
                "`sigma` enters squared. It holds scales; what does `norm.logpdf` take, a scale or a variance?",
            ),
            "root-as-scale": Mistake(
                lambda y, w, mu, sigma: _log_likelihood(y, w, mu, np.sqrt(sigma)),
                "You take a root of `sigma`, which holds scales already.",
            ),
            "weights-not-logged": Mistake(
                _through_logs(lambda log_density, w: w + log_density),
                "You add the weight itself to a log density. A weight times a density is what in logarithms?",
            ),
            "weights-times-logs": Mistake(
                _through_logs(lambda log_density, w: w * log_density),
                "You multiply the log density by the weight: that makes a power of the density of it.",
            ),
            "no-weights": Mistake(
                lambda y, w, mu, sigma: _log_likelihood(y, np.ones(len(w)), mu, sigma),
                "The weights do not enter. A term of the sum is weight times density; what is that in logarithms?",
            ),
            "averaged-logs": Mistake(
                lambda y, w, mu, sigma: (norm.logpdf(y[:, np.newaxis], mu, sigma) @ w).sum(),
                "That is the weighted average of the log densities. The density is averaged, and the logarithm"
                " taken of the average.",
            ),
            "product": Mistake(
                lambda y, w, mu, sigma: np.log(np.prod(norm.pdf(y[:, np.newaxis], mu, sigma) @ w)),
                "The formula is right, but a product of 500 densities is 0 for the computer, and its logarithm −inf."
                " Take the logarithm of each point's density first; and for a far point even that is too late.",
            ),
            "naive-exponentials": Mistake(
                lambda y, w, mu, sigma: np.log(norm.pdf(y[:, np.newaxis], mu, sigma) @ w).sum(),
                "The formula is right, but the density of a far point is 0 for the computer, and its logarithm −inf."
                " Stay with `norm.logpdf` and let `logsumexp` do the sum.",
            ),
        },
        otherwise="Make a row for each point with a column for each component, weight times density in logarithms, and"
        " stay with logarithms: a small number added against log 0 is not the density of a far point.",
        after="That is n logarithms of sums of K terms; an enumeration of the assignments has K to the power n terms.",
    ),
    Value(
        word="three",
        title="Three components",
        variable="enumerated",
        expected=np.array([3**5, BEST_OF_THREE]),
        within=5e-5,
        mistakes={
            "exchanged": Mistake(
                np.array([BEST_OF_THREE, 3**5]),
                "You have the two in the other order: first the number, then the share.",
            ),
            "two-components": Mistake(
                np.array([2**5, _best_share([-1, 1])]),
                "Those are the values for two components. The third one, at 0, has to enter the factors and the"
                " list of assignments.",
            ),
            "power-exchanged": Mistake(
                np.array([5**3, np.nan]),
                "5^3 is the number of ways in which three points could choose among five components.",
            ),
            "multiplied": Mistake(
                np.array([5 * 3, np.nan]),
                "5 times 3 is the number of factors. Of how many assignments can each be a part: does the second point"
                " choose anew for every choice of the first?",
            ),
            "two-choices": Mistake(
                np.array([2**5, np.nan]),
                "2^5 is the number for two components. How many choices has each point here?",
            ),
            "prior": Mistake(
                np.array([np.nan, 3.0**-5]),
                "All assignments are equally probable before the points are seen; the probability after that is asked"
                " for.",
            ),
            "not-normalized": Mistake(
                np.array([np.nan, np.prod(DENSITY_OF_THREE.max(axis=1) / 3)]),
                "The second is the joint density of points and assignment; a posterior probability is its share of the"
                " sum over all assignments.",
            ),
            "densities": Mistake(
                np.array([np.nan, np.prod(DENSITY_OF_THREE.max(axis=1))]),
                "The second is the density of the points under the best assignment. Its posterior probability is a"
                " share of the sum over all assignments.",
            ),
            "average": Mistake(
                np.array([np.nan, R_OF_THREE.max(axis=1).mean()]),
                "The second is the average of the largest responsibilities. That all five points are where they are"
                " most probably is one event; do its probabilities add or multiply?",
            ),
            "second-best": Mistake(
                np.array(
                    [np.nan, BEST_OF_THREE * np.max(np.sort(R_OF_THREE)[:, 1] / R_OF_THREE.max(axis=1))]
                ),
                "The second is the share of the second best assignment. Sorted lists begin with the smallest value.",
            ),
            "truth": Mistake(
                np.array([np.nan, np.prod(R_OF_THREE[range(5), TRUE_OF_FIVE])]),
                "The second belongs to the assignment that the points were made with. The most probable one is"
                " another.",
            ),
        },
        otherwise="Enter the number of assignments first and the largest share second. The shares of all assignments"
        " sum to 1.",
        after="With two components the best of 32 held 0.33. It takes the largest responsibility of each point, so no"
        " enumeration is needed to find it.",
    ),
    Choice(
        word="ridges",
        title="Predict the ridges",
        variable="answer_ridges",
        right="d",
        replies={
            "a": "The width comes from N(average | mu_k, 1/n), whose scale depends on n.",
            "b": "The width is right. Far out on a ridge one component explains all the data and only its weight"
            " counts: which component is it where mu_1 is at the average?",
            "c": "The width is right. But weights do more than scale the whole surface: far out on a ridge only one"
            " of the two terms is left, with its own weight.",
            "d": "The scale of a ridge is 1 / sqrt(n). Far out on the one with mu_1 at the average only the first"
            " term is left, with weight 0.9, on the other one only the second, with weight 0.1.",
        },
    ),
    Function(
        word="tie",
        title="How firm is the tie?",
        variable="covariance",
        reference=_tie,
        calls=[
            (np.array([0.0, 0.0]), 1.0),
            (FIVE, 1.0),
            (FIVE, 2.5),
            (FIVE, 100.0),
            (FIVE[:3], 1000.0),
            (HUNDRED[:10], 1000.0),
        ],
        within=5e-9,  # eight decimals are asked for
        mistakes={
            "underflow": Mistake(
                _enumerated_tie(lambda n1, n2, a: beta(n1 + a, n2 + a) / beta(a, a)),
                "The formula is right, but for a = 1000 both beta functions are below the smallest float and you"
                " divide 0 by 0. Subtract their logarithms: `scipy.special.betaln`.",
            ),
            "flat-prior": Mistake(
                _enumerated_tie(lambda n1, n2, a: _beta_prior(n1, n2, 1)),
                "Right for a = 1 and the same for every a. Where does the exponent a − 1 of the prior enter the"
                " integral over the weight?",
            ),
            "off-by-one": Mistake(
                _enumerated_tie(lambda n1, n2, a: _beta_prior(n1, n2, a + 1)),
                "That is the covariance for a + 1. In B(a, b) the exponents are a − 1 and b − 1; count them again.",
            ),
            "one-less": Mistake(
                _enumerated_tie(
                    lambda n1, n2, a: _beta_prior(n1, n2, a - 1) if a > 1 else np.full(n1.shape, np.nan)
                ),
                "That is the covariance for a − 1, and for a = 1 it is no number. B(a, b) has the exponents a − 1 and"
                " b − 1: for it the 1 is taken off already.",
            ),
            "doubled": Mistake(
                _enumerated_tie(lambda n1, n2, a: _beta_prior(n1, n2, 2 * a)),
                "That is the covariance for 2a. Each of the two weights has an exponent of its own, a − 1.",
            ),
            "not-normalized": Mistake(
                _enumerated_tie(_beta_prior, normalize=False),
                "Your probabilities of the assignments do not sum to 1. They are joint densities with the points;"
                " given the points each is a share of their sum.",
            ),
            "zero": Mistake(
                lambda y, a: 0.0,
                "Given the weight the categories are independent, and their covariance is 0. Here the weight is"
                " unknown: a point says something about it, and so about the other. Does each assignment count in your"
                " covariance with its posterior probability?",
            ),
            "prior-only": Mistake(
                _enumerated_tie(_beta_prior, density=np.ones_like),
                "That is the covariance before the points are seen. Multiply the prior of each assignment by the"
                " densities of the points under it.",
            ),
            "mean-product": Mistake(
                _enumerated_tie(_beta_prior, subtract=False),
                "That is the mean of the product of the two categories. Their covariance is less than that.",
            ),
            "correlation": Mistake(
                _correlation,
                "You divided by the standard deviations. That is the correlation; the covariance is asked for.",
            ),
        },
        otherwise=(
            "Two points at 0 tell nothing about their categories: with the flat prior their covariance is "
            "1/12. Eight decimals are asked for. Given the weight it is 0; here the weight is averaged over. A coarse grid of weights has too few"
            " of them near one half if a is large."
        ),
        after="The limit is 0: for the five points the covariance is 0.018, 0.0026, 0.00028 and 0.000028 for a = 1, 10,"
        " 100 and 1000. The prior holds the weight at one half, and where the weight is known nothing ties the points.",
    ),
    Function(
        word="worth",
        title="When nothing is gained",
        variable="worth",
        reference=_worth,
        calls=[
            (np.array([0.1, 0.3]), np.array([0.5, 0.5])),
            (np.array([0.1, 0.3, 0.8]), np.array([0.6, 0.3, 0.1])),
            (np.array([0.0, 1.0]), np.array([0.25, 0.75])),
        ],
        within=1e-9,
        mistakes={
            "same-for-both": Mistake(
                lambda r, p: (_worth(r, p)[0], _worth(r, p)[0]),
                "The first number is right. The second is not the ratio of one image again: over both images the"
                " values r and 1 − r are one distribution, with one mean and one variance.",
            ),
            "variance-of-one": Mistake(
                _both_over_one,
                "The first number is right. In the second you divide by the variance within one image; over both images"
                " r varies more.",
            ),
            "doubled": Mistake(
                lambda r, p: (_worth(r, p)[0], 2 * _worth(r, p)[0]),
                "The first number is right. Two images are not worth double: list the values of both, and take mean"
                " and variance of the list.",
            ),
            "not-halved": Mistake(
                _not_halved,
                "The first number is right. For both images your probabilities sum to 2.",
            ),
            "mean-square": Mistake(
                _mean_square,
                "You divide by the mean of r^2. What has to be taken off for the variance?",
            ),
            "of-a-sample": Mistake(
                _of_a_sample,
                "The variances are those of a sample, with a correction for the estimated mean, as `np.cov` has it by"
                " default. Here all values and their probabilities are known.",
            ),
            "noise-only": Mistake(
                _noise_only,
                "You divide E[r(1 − r)] by Var[r]. A category has that noise on top of the variance of the"
                " probability.",
            ),
            "upside-down": Mistake(
                lambda r, p: tuple(1 / value for value in _worth(r, p)),
                "Those are the reciprocals. The category has the larger variance and stands on top.",
            ),
            "root": Mistake(
                lambda r, p: tuple(np.sqrt(value) for value in _worth(r, p)),
                "Those are ratios of standard deviations. How many draws one probability is worth is the ratio of"
                " variances.",
            ),
            "unweighted": Mistake(
                _unweighted,
                "All values count alike in your means. Weight each value of r with its probability.",
            ),
            "exchanged": Mistake(
                lambda r, p: _worth(r, p)[::-1],
                "You have the two in the other order: first one image, then both.",
            ),
        },
        otherwise="Of b only the mean is needed: it is 0 or 1. For both images, list all values r and 1 − r with half"
        " of the probability each. Draws come near, but the exact ratios are asked for.",
        after="The variance of b is that of r plus E[r(1 − r)], so the ratio is never below 1. It is 1 if r is always 0"
        " or 1, without being always the same: then the category is known given r, and drawing it adds no noise.",
    ),
    _Chain(
        word="chain",
        title="Dependent categories",
        variable="chain_log_likelihood",
        reference=_chain,
        calls=[
            (np.array([0.5]), np.array([-1.0, 1.0]), 0.9),
            (np.array([0.5, -0.3]), np.array([-1.0, 1.0]), 0.9),
            (FIVE, np.array([-1.0, 1.0]), 0.9),
            (FIVE, np.array([0.0, 1.5]), 0.2),
            (HUNDRED[:10], np.array([-1.0, 1.0]), 1.0),
            (np.array([0.0, 60.0]), np.array([-1.0, 1.0]), 0.9),
            (np.linspace(-3, 3, 1_000), np.array([-1.0, 1.0]), 0.5),
            (np.repeat([-1.0, 1.0], [450, 550]), np.array([-1.0, 1.0]), 1.0),
        ],
        within=1e-9,
        mistakes={
            "independent": Mistake(
                lambda y, mu, s: mixture_logpdf(y, HALVES, mu, 1.0).sum(),
                "That is the likelihood of independent categories: s does not enter. A category has to know which"
                " one stood before it.",
            ),
            "exchanged": Mistake(
                _forward(repeats=lambda s: 1 - s),
                "You change the category with probability s. It is repeated with probability s.",
            ),
            "no-start": Mistake(
                _forward(start=lambda s: [1.0, 1.0]),
                "Too large by log 2. The first category has a probability, too.",
            ),
            "start-known": Mistake(
                _forward(start=lambda s: [1.0, 0.0]),
                "Your chain always begins with the first category. It begins with either, one half each.",
            ),
            "start-moved": Mistake(
                _forward(start=lambda s: [s, 1 - s]),
                "Your first category has the probabilities s and 1 − s, as if it repeated one before it. There is"
                " none.",
            ),
            "last-point": Mistake(
                _forward(last=-1),
                "The last point is missing. How often does the loop run?",
            ),
            "average": Mistake(
                lambda y, mu, s: _forward()(y, mu, s) / y.size,
                "You divide by the number of points. The log likelihood of all of them is asked for.",
            ),
            "no-impossible-moves": Mistake(
                _forward(repeats=lambda s: np.clip(s, 1e-10, 1 - 1e-10)),
                "You keep s away from 1. Then the chain may change after all, at a price of 23 in the log likelihood,"
                " and where the points change sides for good that is worth it. The logarithm of 0 is −inf; a"
                " log-sum-exp can take it.",
            ),
            "best-path": Mistake(
                _best_path,
                "You keep the better of the two ways into each category. That leads to the most probable"
                " assignment; the likelihood adds both ways.",
            ),
            "underflow": Mistake(
                _unscaled,
                "Right for few points. The product of a thousand densities is 0 for the computer: carry the logarithms"
                " along, and never the densities.",
            ),
            "scaled": Mistake(
                _scaled,
                "Right for many points near the locations. But a far point has the density 0 for the computer, and with"
                " s = 1 a category that is behind by a factor of e^-800 is lost, though it may win in the end. Dividing"
                " by the sum is not enough: carry the logarithms along.",
            ),
        },
        otherwise="For two points write down all four assignments and compare. With s = 1 a change of category has the"
        " probability 0. Its logarithm is −inf, which adds nothing to a log-sum-exp; a small number in its place does.",
        late="You list the assignments, and there are 2^n of them: no computer does that for 1,000 points. Carry along one"
        " number for each category of the last point.",
        after="The step that breaks: the innermost sum still holds the category before, so it is no number that can be"
        " taken out in front, but two. With s = 1/2 the product of sums comes back; with s = 1 one category makes all"
        " points, and out comes the sum in the wrong place.",
    ),
]
