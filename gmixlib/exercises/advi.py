"""Exercises on ADVI."""

from collections.abc import Callable
from itertools import combinations

import numpy as np

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

PRIOR_PRECISION = 1 / 10**2


def _correlation_for(nats: float, factor: float = 2.0) -> float:
    """Correlation at which -log(1 - rho**2) / factor is so many nats."""
    return np.sqrt(1 - np.exp(-factor * nats))


def _equal(k: int, rho: float) -> np.ndarray:
    """Covariance of k coordinates with unit variances and equal correlations."""
    return np.full((k, k), rho) + (1 - rho) * np.eye(k)


def _log_det(matrix: np.ndarray) -> float:
    return np.linalg.slogdet(matrix)[1]


def _cost(covariance: np.ndarray) -> float:
    """Least divergence of a mean-field normal: the best variances are those given all other coordinates.

    Each is what a regression on the others leaves.
    """
    left = 0.0
    for k in range(len(covariance)):
        rest = np.arange(len(covariance)) != k
        cross = covariance[rest, k]
        coefficients = np.linalg.solve(covariance[np.ix_(rest, rest)], cross)
        left += np.log(covariance[k, k] - cross @ coefficients)
    return 0.5 * (_log_det(covariance) - left)


def _cost_of_marginals(covariance: np.ndarray) -> float:
    return 0.5 * (np.log(np.diag(covariance)).sum() - _log_det(covariance))


def _cost_of_keeping(covariance: np.ndarray) -> float:
    """Divergence of the normal with the right variances and no correlations."""
    excess = np.trace(np.linalg.inv(covariance) @ np.diag(np.diag(covariance))) - len(covariance)
    return 0.5 * excess - _cost_of_marginals(covariance)


def _cost_of_pairs(covariance: np.ndarray) -> float:
    sd = np.sqrt(np.diag(covariance))
    rho = covariance / np.outer(sd, sd)
    return sum(-0.5 * np.log(1 - rho[i, j] ** 2) for i, j in combinations(range(len(sd)), 2))


def _moments(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
    """Mean and covariance of both modes together, from second moments about 0."""
    mean, sd = np.asarray(mean), np.asarray(sd)
    inside = np.outer(sd, sd) * np.array([[1, corr], [corr, 1]])
    modes = [np.eye(2), np.eye(2)[::-1]]
    centre = sum(flip @ mean for flip in modes) / 2
    second = sum(flip @ (inside + np.outer(mean, mean)) @ flip.T for flip in modes) / 2
    return centre, second - np.outer(centre, centre)


def _moments_with(between: np.ndarray, *, pooled: Callable = lambda sd: np.mean(sd**2)) -> Callable:
    """The same in closed form with a wrong step: other multiples of the gap's square, or another variance."""

    def moments(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
        variance, covariance = pooled(sd), corr * np.prod(sd)
        inside = np.array([[variance, covariance], [covariance, variance]])
        return np.full(2, np.mean(mean)), inside + (mean[1] - mean[0]) ** 2 * between

    return moments


APART = np.array([[1.0, -1.0], [-1.0, 1.0]]) / 4


def _expected_logs(alpha: np.ndarray) -> np.ndarray:
    """Means of the logs of Dirichlet weights, each over its beta marginal, by quadrature over its log odds."""
    odds = np.linspace(-60, 60, 6_001)
    log_w, log_rest = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    densities = [np.exp(a * log_w + (alpha.sum() - a) * log_rest) for a in alpha]
    return np.array([np.average(log_w, weights=density) for density in densities])


def _sweep(
    logs: Callable = _expected_logs,
    *,
    spread: float = 1.0,
    hard: bool = False,
    old: float = 0.0,
    prior: float = 1.0,
    precision: float = PRIOR_PRECISION,
) -> Callable:
    """A sweep of coordinate ascent; the settings are wrong steps."""

    def sweep(y: np.ndarray, m: np.ndarray, variance: np.ndarray, alpha: np.ndarray) -> tuple:
        log_weight = logs(alpha)
        total, size = np.zeros(len(m)), np.zeros(len(m))
        for point in y:
            share = np.exp(log_weight - 0.5 * ((point - m) ** 2 + spread * variance))
            share = (share == share.max()) if hard else share / share.sum()
            size = size + share
            total = total + share * point
        new = 1 / (size + precision)
        return new * total, new, prior + size + old * alpha

    return sweep


Y = np.array([-2.0, -0.7, -0.4, 0.2, 0.9, 1.1, 2.6])

EXERCISES: list[Exercise] = [
    Value(
        word="nat",
        title="One nat",
        variable="rho",
        expected=_correlation_for(1.0),
        within=0.0005,
        mistakes={
            "no-half": Mistake(
                _correlation_for(1.0, factor=1.0),
                "At that correlation the cost is half a nat. Which factor stands before the logarithm?",
            ),
            "not-the-root": Mistake(
                _correlation_for(1.0) ** 2,
                "That is the square of the correlation.",
            ),
            "ratio-of-spreads": Mistake(
                np.exp(-1.0),
                "That is the root of 1 − rho^2, by which the fit is too narrow. How large is the correlation itself?",
            ),
            "bits": Mistake(
                _correlation_for(np.log(2)),
                "That is the correlation that costs one bit. A nat belongs to the natural logarithm.",
            ),
        },
        otherwise="Set −log(1 − rho^2) / 2 equal to 1 and solve for rho, the positive root.",
    ),
    Function(
        word="cost",
        title="Many coordinates",
        variable="cost",
        reference=_cost,
        calls=[
            (np.array([[1.0, 0.6], [0.6, 1.0]]),),
            (np.array([[4.0, -1.0], [-1.0, 0.5]]),),
            (_equal(3, 0.5),),
            (np.array([[2.0, 0.3, -0.4], [0.3, 0.5, 0.1], [-0.4, 0.1, 1.5]]),),
            (_equal(6, 0.9),),
        ],
        within=1e-8,
        mistakes={
            "marginal-variances": Mistake(
                _cost_of_marginals,
                "With two coordinates that is the same, with three it is not. You took the diagonal of the covariance"
                " where that of its inverse belongs: the best fit is as wide as each coordinate given all others.",
            ),
            "spreads-kept": Mistake(
                _cost_of_keeping,
                "That is the divergence of the normal with the right standard deviations and no correlations. A"
                " narrower one has less.",
            ),
            "pairs": Mistake(
                _cost_of_pairs,
                "You added up the costs of all pairs. Pairs share coordinates, and a coordinate that two others tell"
                " about does not pay twice. Go back to the inverse covariance.",
            ),
            "no-half": Mistake(
                lambda covariance: 2 * _cost(covariance),
                "Everything is twice too large. For two coordinates compare with the formula of the chapter.",
            ),
            "wrong-sign": Mistake(
                lambda covariance: -_cost(covariance),
                "A divergence is never negative. What is divided by what under the logarithm?",
            ),
        },
        otherwise=(
            "For two coordinates it is −log(1 − rho^2) / 2, whatever their variances. Try that first. If "
            "yours is right there, go through the sum over k with three: which s_k is best for each term, and"
            " what is left?"
        ),
    ),
    Function(
        word="moments",
        title="The other divergence",
        variable="moments",
        reference=_moments,
        calls=[
            (np.array([-3.0, 3.0]), np.array([1.0, 1.0]), 0.0),
            (np.array([-1.0, 1.5]), np.array([0.2, 0.3]), 0.5),
            (np.array([0.5, 0.7]), np.array([2.0, 1.0]), -0.4),
        ],
        mistakes={
            "one-mode": Mistake(
                lambda mean, sd, corr: (mean, np.outer(sd, sd) * np.array([[1, corr], [corr, 1]])),
                "Those are the mean and the covariance of one mode. The unordered posterior has its mirror image, too.",
            ),
            "within-alone": Mistake(
                _moments_with(0 * APART),
                "That is the covariance inside a mode, averaged over both. How far the modes are from their common"
                " mean belongs to it as well.",
            ),
            "wrong-sign": Mistake(
                _moments_with(np.abs(APART)),
                "The variances are right. From one mode to the other, one location rises and the other one falls:"
                " which sign has their covariance?",
            ),
            "whole-gap": Mistake(
                _moments_with(4 * APART),
                "You counted the distance between the two modes. Each is half of it from their common mean.",
            ),
            "uncorrelated-modes": Mistake(
                _moments_with(np.eye(2) / 4),
                "The variances are right. But the jump from one mode to the other moves both locations at once, which"
                " is what makes a covariance.",
            ),
            "spreads-averaged": Mistake(
                _moments_with(APART, pooled=lambda sd: np.mean(sd) ** 2),
                "You averaged standard deviations and squared the result. It is variances that are averaged.",
            ),
        },
        otherwise="The total covariance is the mean of the covariances plus the covariance of the means. Each mode"
        " has weight one half.",
    ),
    Choice(
        word="entropy",
        title="No entropy",
        variable="answer_entropy",
        right="b",
        replies={
            "a": "The gradient of the locations has no term from the entropy, but that of the log spreads without"
            " the 1 is not 0 at the start. Near a mode, does it help the expected log density to spread?",
            "b": "What is left to maximize is the expected log density, and no distribution has a higher one than a"
            " point at the highest place. Near a mode its curvature shrinks the spreads for ever.",
            "c": "Without the entropy nothing rewards a wide fit. Which of the two terms of the bound punishes one?",
            "d": "The entropy depends on the spreads, so leaving it out is not a constant. The 1 is its derivative.",
        },
    ),
    Choice(
        word="closer",
        title="Closer groups",
        variable="answer_closer",
        right="d",
        replies={
            "a": "With groups far apart the categories are hardly in doubt, and to treat them as independent of the"
            " locations costs little. What happens to that doubt as the groups come together?",
            "b": "The exact spreads do grow. Each variance of CAVI is 1 over the points that it counts, some half of"
            " them, plus 1/100. How much can that change?",
            "c": "For that CAVI would have to find more doubt than there is. It takes the categories to be"
            " independent of the locations, which leaves doubt out.",
            "d": "The spreads of CAVI stay at what half of the points with known categories would give. The exact"
            " ones grow, since a point between the groups tells less and less about either.",
        },
    ),
    Function(
        word="weights",
        title="Unknown weights",
        variable="sweep",
        reference=_sweep(),
        calls=[
            (Y, np.array([-1.0, 1.0]), np.array([0.2, 0.2]), np.array([1.0, 1.0])),
            (Y, np.array([-1.0, 1.0]), np.array([0.1, 1.5]), np.array([2.0, 6.5])),
            (Y[:4], np.array([-1.5, 0.0, 2.0]), np.array([0.3, 0.5, 0.4]), np.array([1.2, 3.0, 1.1])),
            (3 * Y, np.array([-3.0, 2.5]), np.array([0.25, 0.4]), np.array([60.0, 3.0])),
        ],
        within=1e-8,
        mistakes={
            "log-of-the-mean": Mistake(
                _sweep(lambda alpha: np.log(alpha / alpha.sum())),
                "You took the log of the mean weight where the mean of the log weight stands. For a weight in doubt"
                " the second is lower.",
            ),
            "equal-weights": Mistake(
                _sweep(lambda alpha: 0 * alpha),
                "Your responsibilities do not use `alpha`. The expected log of each weight is part of what the"
                " softmax is taken of.",
            ),
            "locations-certain": Mistake(
                _sweep(spread=0.0),
                "You used the squared distance from the mean of q. Its expectation also contains the variance of the"
                " location.",
            ),
            "hard-categories": Mistake(
                _sweep(hard=True),
                "You gave every point to one category for good. Here each point counts in every category with its"
                " share.",
            ),
            "added-to-the-old": Mistake(
                _sweep(prior=0.0, old=1.0),
                "You added the shares to the old `alpha`, so the data count once more in every sweep. Add them to"
                " the parameters of the prior.",
            ),
            "no-weight-prior": Mistake(
                _sweep(prior=0.0),
                "The flat prior of the weights is missing in `alpha`. It is a Dirichlet distribution; with which"
                " parameters?",
            ),
            "no-location-prior": Mistake(
                _sweep(precision=0.0),
                "The prior of the locations is missing in their variance. It counts little, as a hundredth of a"
                " point, but a category without points needs it.",
            ),
        },
        otherwise=(
            "Return means, variances (not standard deviations) and `alpha`, in this order. Check in this "
            "order: the shares from the old values, then `alpha` and the variances from the shares, then the "
            "means from the shares and the new variances."
        ),
    ),
]
