"""Exercises on summing out the categories."""

from collections.abc import Callable
from functools import reduce
from itertools import product

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import beta, betaln
from scipy.stats import norm

from gmixlib.data import three_gaussians, two_gaussians
from gmixlib.density import logsumexp, mixture_logpdf
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

HUNDRED = two_gaussians()[0]
FIVE = HUNDRED[:5]
HALVES = np.array([0.5, 0.5])


def _log_factors(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log of weight times density, a row for each point."""
    return np.log(w) + norm.logpdf(y[:, np.newaxis], mu, sigma)


def _log_likelihood(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> float:
    """One component after the other, in pairs."""
    return reduce(np.logaddexp, _log_factors(y, w, mu, sigma).T).sum()


# --- three components ---------------------------------------------------------------------------------


def _best_share(mu: list) -> float:
    """Probability of the most probable assignment: the largest responsibility of each point."""
    density = norm.pdf(FIVE[:, np.newaxis], mu)
    return np.prod(density.max(axis=1) / density.sum(axis=1))


BEST_OF_THREE = _best_share([-1, 1, 0])

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


def _enumerated_tie(prior: Callable, density: Callable = norm.pdf, subtract: bool = True) -> Callable:
    """The covariance over all assignments, for a prior of n1, n2 and a, and a density of points."""

    def covariance(y: np.ndarray, a: float) -> float:
        z = np.array(list(product([0, 1], repeat=len(y))))
        n2 = z.sum(axis=1)
        share = prior(len(y) - n2, n2, a) * density(y - 2 * z + 1).prod(axis=1)
        share = share / share.sum()
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


def _unweighted(r: np.ndarray, p: np.ndarray) -> tuple:
    return _worth(r, np.full(len(p), 1 / len(p)))


# --- the chain ----------------------------------------------------------------------------------------


def _chain(y: np.ndarray, mu: np.ndarray, s: float) -> float:
    """Log of the sum over all paths; if each category forgets the one before, of the mixture density."""
    if s == 0.5:
        return mixture_logpdf(y, HALVES, mu, 1.0).sum()
    return float(logsumexp(_paths(y, mu, s)))


def _paths(y: np.ndarray, mu: np.ndarray, s: float) -> np.ndarray:
    """Log joint density of the points and each path of categories."""
    z = np.array(list(product([0, 1], repeat=len(y))))
    repeats = (z[:, 1:] == z[:, :-1]).sum(axis=1)
    with np.errstate(divide="ignore"):
        moves = np.log(s**repeats * (1 - s) ** (len(y) - 1 - repeats))
    return np.log(0.5) + moves + norm.logpdf(y, mu[z]).sum(axis=1)


def _forward(step: Callable, start: float = 0.5) -> Callable:
    """Passes along the chain with a wrong step, rescaled at each point."""

    def log_likelihood(y: np.ndarray, mu: np.ndarray, s: float) -> float:
        f = norm.pdf(y[:, np.newaxis], mu)
        moves = np.array([[s, 1 - s], [1 - s, s]])
        state, total = start * f[0], 0.0
        for row in f[1:]:
            total += np.log(state.sum())
            state = step(state / state.sum(), moves) * row
        return total + np.log(state.sum())

    return log_likelihood


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


EXERCISES: list[Exercise] = [
    Function(
        word="line",
        title="One line",
        variable="log_likelihood",
        reference=_log_likelihood,
        calls=[
            (np.array([0.5]), np.array([0.25, 0.75]), np.array([-1.0, 1.0]), np.array([1.0, 2.0])),
            (FIVE, HALVES, np.array([-1.0, 1.0]), np.ones(2)),
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
            "no-weights": Mistake(
                lambda y, w, mu, sigma: _log_likelihood(y, np.ones(len(w)), mu, sigma),
                "The weights do not enter. A term of the sum is weight times density; what is that in logarithms?",
            ),
            "averaged-logs": Mistake(
                lambda y, w, mu, sigma: (norm.logpdf(y[:, np.newaxis], mu, sigma) @ w).sum(),
                "That is the weighted average of the log densities. The density is averaged, and the logarithm"
                " taken of the average.",
            ),
            "naive-exponentials": Mistake(
                lambda y, w, mu, sigma: np.log(norm.pdf(y[:, np.newaxis], mu, sigma) @ w).sum(),
                "The formula is right, but the density of a far point is 0 for the computer, and its logarithm −inf."
                " Stay with `norm.logpdf` and let `logsumexp` do the sum.",
            ),
        },
        otherwise="Make a row for each point with a column for each component, weight times density in logarithms.",
    ),
    Value(
        word="three",
        title="Three components",
        variable="enumerated",
        expected=np.array([3**5, BEST_OF_THREE]),
        within=6e-5,
        mistakes={
            "power-exchanged": Mistake(
                np.array([5**3, BEST_OF_THREE]),
                "The share is right. For the number: each of the five points chooses one of three components, and"
                " the choices multiply.",
            ),
            "not-normalized": Mistake(
                np.array([3**5, np.prod(norm.pdf(FIVE[:, np.newaxis], [-1, 1, 0]).max(axis=1) / 3)]),
                "The number is right. The other is the joint density of points and assignment; a posterior"
                " probability is its share of the sum over all assignments.",
            ),
            "two-components": Mistake(
                np.array([2**5, _best_share([-1, 1])]),
                "Those are the values for two components. The third one, at 0, has to enter the factors and the"
                " list of assignments.",
            ),
            "prior": Mistake(
                np.array([3**5, 3.0**-5]),
                "The number is right. All assignments are equally probable before the points are seen; the"
                " probability after that is asked for.",
            ),
            "exchanged": Mistake(
                np.array([BEST_OF_THREE, 3**5]),
                "You have the two in the other order: first the number, then the share.",
            ),
        },
        otherwise="Enter the number of assignments first and the largest share second. The shares of all assignments"
        " sum to 1.",
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
            (FIVE, 10.0),
            (FIVE, 100.0),
            (FIVE[:3], 1000.0),
        ],
        within=1e-9,
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
            "1/12. Given the weight it is 0; here the weight is averaged over."
        ),
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
        " of the probability each.",
    ),
    Function(
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
            (np.linspace(-3, 3, 1_000), np.array([-1.0, 1.0]), 0.5),
        ],
        within=1e-9,
        mistakes={
            "independent": Mistake(
                lambda y, mu, s: mixture_logpdf(y, HALVES, mu, 1.0).sum(),
                "That is the likelihood of independent categories: s does not enter. A category has to know which"
                " one stood before it.",
            ),
            "exchanged": Mistake(
                _forward(lambda state, moves: state @ (1 - moves)),
                "You change the category with probability s. It is repeated with probability s.",
            ),
            "no-start": Mistake(
                _forward(lambda state, moves: state @ moves, start=1.0),
                "Too large by log 2. The first category has a probability, too.",
            ),
            "best-path": Mistake(
                _best_path,
                "You keep the better of the two ways into each category. That leads to the most probable"
                " assignment; the likelihood adds both ways.",
            ),
            "underflow": Mistake(
                _unscaled,
                "Right for few points. The product of a thousand densities is 0 for the computer: take a factor out"
                " at each point and add up the logarithms.",
            ),
        },
        otherwise="For two points write down all four assignments and compare.",
    ),
]
