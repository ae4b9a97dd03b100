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


def _cost_of_precision(log_det: Callable) -> Callable:
    """Half the logs of the diagonal of the inverse, less a wrong log determinant."""

    def cost(covariance: np.ndarray) -> float:
        diagonal = np.diag(np.linalg.inv(covariance))
        return 0.5 * (np.log(diagonal).sum() - log_det(covariance))

    return cost


def _cost_of_two(covariance: np.ndarray) -> float:
    return _cost(covariance[:2, :2])


def _cost_of_first_two_of_inverse(covariance: np.ndarray) -> float:
    diagonal = np.diag(np.linalg.inv(covariance))[:2]
    return 0.5 * (np.log(diagonal).sum() + _log_det(covariance[:2, :2]))


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


APART = np.array([[1.0, -1.0], [-1.0, 1.0]]) / 4


def _moments_with(
    between: np.ndarray = APART,
    *,
    pooled: Callable = lambda sd: np.mean(sd**2),
    shared: Callable = lambda sd, corr: corr * np.prod(sd),
    centre: Callable = np.mean,
    gap: Callable = lambda mean: (mean[1] - mean[0]) ** 2,
) -> Callable:
    """The same in closed form with a wrong step: other multiples of the gap's square, another variance or mean."""

    def moments(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
        inside = np.full((2, 2), shared(sd, corr))
        np.fill_diagonal(inside, pooled(sd))
        return np.zeros(2) + centre(mean), inside + gap(mean) * between

    return moments


def _moments_about_zero(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
    centre, covariance = _moments(mean, sd, corr)
    return centre, covariance + np.outer(centre, centre)


def _moments_of_roots(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
    centre, covariance = _moments(mean, sd, corr)
    np.fill_diagonal(covariance, np.sqrt(np.diag(covariance)))
    return centre, covariance


def _moments_as_correlation(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
    centre, covariance = _moments(mean, sd, corr)
    return centre, covariance / covariance[0, 0]


def _expected_logs(alpha: np.ndarray) -> np.ndarray:
    """Means of the logs of Dirichlet weights, each over its beta marginal, by quadrature over its log odds."""
    odds = np.linspace(-60, 60, 6_001)
    log_w, log_rest = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    densities = [np.exp(a * log_w + (alpha.sum() - a) * log_rest) for a in alpha]
    return np.array([np.average(log_w, weights=density) for density in densities])


def _log_shares(y: np.ndarray, m: np.ndarray, noise: np.ndarray, logs: np.ndarray, half: float) -> np.ndarray:
    """Expected log weight times density of each point in each category, less a constant."""
    return logs - half * ((y[:, np.newaxis] - m) ** 2 + noise)


def _sweep(
    logs: Callable = _expected_logs,
    *,
    spread: Callable = lambda variance: variance,
    half: float = 0.5,
    axis: int = 1,
    hard: bool = False,
    naive: bool = False,
    old: float = 0.0,
    prior: float = 1.0,
    precision: float = PRIOR_PRECISION,
    weighed_after: bool = False,
    again: bool = False,
    mean: Callable = lambda total, size, new, variance: new * total,
    given: Callable = lambda m, variance, alpha: (m, variance, alpha),
) -> Callable:
    """A sweep of coordinate ascent; the settings are wrong steps."""

    def shares(y: np.ndarray, m: np.ndarray, variance: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        log_share = _log_shares(
            y, m, spread(variance), np.zeros(len(m)) if weighed_after else logs(alpha), half
        )
        share = np.exp(log_share - (0.0 if naive else log_share.max(axis=axis, keepdims=True)))
        share = share / share.sum(axis=axis, keepdims=True)
        if hard:
            share = share == share.max(axis=1, keepdims=True)
        return share * (np.exp(logs(alpha)) if weighed_after else 1.0)

    def sweep(y: np.ndarray, m: np.ndarray, variance: np.ndarray, alpha: np.ndarray) -> tuple:
        share = shares(y, m, variance, alpha)
        new_alpha = prior + share.sum(axis=0) + old * alpha
        if again:
            share = shares(y, m, variance, new_alpha)
        size, total = share.sum(axis=0), y @ share
        new = 1 / (size + precision)
        return given(mean(total, size, new, variance), new, new_alpha)

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
            "square-in-two-digits": Mistake(
                0.86,
                "0.86 is rho^2, with two of its digits. Give rho itself, to three decimals.",
            ),
            "ratio-of-spreads": Mistake(
                np.exp(-1.0),
                "That is the root of 1 − rho^2, by which the fit is too narrow. How large is the correlation itself?",
            ),
            "half-twice": Mistake(
                _correlation_for(1.0, factor=4.0),
                "That correlation costs two nats: you counted one half twice. The logarithm of a root is half of that of"
                " the number.",
            ),
            "base-ten": Mistake(
                np.sqrt(1 - 10.0**-2),
                "You took the logarithm to base ten. Which one does a nat belong to?",
            ),
            "negative": Mistake(
                -_correlation_for(1.0),
                "The size is right, and the sign is not the one that is asked for.",
            ),
            "left-over": Mistake(
                np.exp(-2.0),
                "That is 1 − rho^2, the share of the variance that is left. How large is rho?",
            ),
            "root-of-a-share": Mistake(
                np.exp(-0.5),
                "You solved rho^2 = 1/e. Where does the 1 − rho^2 of the formula go, and where the one half?",
            ),
            "above-one": Mistake(
                np.sqrt(np.e**2 - 1),
                "No correlation is above 1. You changed a sign: −log x is 2 where log x is −2.",
            ),
            "bits": Mistake(
                _correlation_for(np.log(2)),
                "That is the correlation that costs one bit. A nat belongs to the natural logarithm.",
            ),
        },
        otherwise="Set −log(1 − rho^2) / 2 equal to 1 and solve for rho, the positive root.",
        after="Such a fit is not only off by a nat: it is too narrow in each coordinate, by the factor 1/e = 0.37.",
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
            "inverse-of-diagonal": Mistake(
                lambda covariance: -_cost_of_marginals(covariance),
                "You took 1 over the diagonal of the covariance for the diagonal of its inverse. They differ where"
                " coordinates are correlated: invert the matrix first. As it is, your divergence is negative.",
            ),
            "sign-of-determinant": Mistake(
                _cost_of_precision(_log_det),
                "The diagonal is that of the inverse, and the determinant that of the covariance. The determinant of"
                " the inverse has the log with the other sign. Try a covariance without correlations, which costs"
                " nothing.",
            ),
            "determinant-alone": Mistake(
                lambda covariance: -0.5 * _log_det(covariance),
                "Your cost changes with the units of the coordinates. Try a diagonal covariance, which costs nothing:"
                " what does the determinant lack?",
            ),
            "diagonal-alone": Mistake(
                _cost_of_precision(lambda covariance: 0.0),
                "There are two parts, and you have the one of the fit. The log density of p has a determinant.",
            ),
            "two-coordinates": Mistake(
                _cost_of_two,
                "Only the first two coordinates enter. Go through the derivation with K of them.",
            ),
            "two-of-the-inverse": Mistake(
                _cost_of_first_two_of_inverse,
                "You inverted the whole matrix and then took two coordinates of it. The sum runs over all K, and the"
                " determinant is that of the whole.",
            ),
            "per-coordinate": Mistake(
                lambda covariance: 2 * _cost(covariance) / len(covariance),
                "That is right for two coordinates. You divide by K where one half stands: the one half comes from the"
                " normal density, whatever K is.",
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
        after="With all correlations one half the cost is 0.14 nats for 2 coordinates, 0.26 for 3, 0.72 for 10 and 1.81"
        " for 100: it comes to grow like half the log of K.",
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
            "not-squared": Mistake(
                _moments_with(pooled=np.mean),
                "You averaged standard deviations where variances stand. Square each first.",
            ),
            "kept-apart": Mistake(
                _moments_with(pooled=lambda sd: sd**2),
                "The two variances have to be the same: in either mode a location may be the smaller one or the larger"
                " one. What is the average of both cases?",
            ),
            "correlation-for-covariance": Mistake(
                _moments_with(shared=lambda sd, corr: corr),
                "Inside a mode you took the correlation for the covariance. Which factors lie between the two?",
            ),
            "sd-on-the-diagonal": Mistake(
                _moments_of_roots,
                "On the diagonal of a covariance stand variances, and yours are their roots.",
            ),
            "correlation-matrix": Mistake(
                _moments_as_correlation,
                "That is the matrix of correlations, with 1 on its diagonal. The covariance is asked for.",
            ),
            "about-zero": Mistake(
                _moments_about_zero,
                "Those are the mean squares and products about 0. Take away those of the mean.",
            ),
            "mean-zero": Mistake(
                _moments_with(centre=lambda mean: 0.0),
                "The covariance is right. The mirror is the diagonal and not 0: where do both modes have their middle?",
            ),
            "mean-of-one-mode": Mistake(
                _moments_with(centre=lambda mean: mean),
                "The covariance is right. But the mean is that of one mode; the mirror image has it the other way"
                " round.",
            ),
            "gap-not-squared": Mistake(
                _moments_with(gap=lambda mean: 2 * (mean[1] - mean[0])),
                "What comes between the modes is half of the gap, and it is squared in a variance.",
            ),
        },
        otherwise="The total covariance is the mean of the covariances plus the covariance of the means. Each mode"
        " has weight one half.",
        after="For the first data set this is a mean of (0.12, 0.12) with variances of 1.05 and a correlation of −0.97: a"
        " long ellipse that covers both modes, with its middle where p has next to nothing.",
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
            # the last point is so far away that all its densities are 0 for the computer
            (np.append(Y, -100.0), np.array([-1.0, 0.5]), np.array([0.2, 0.3]), np.array([5.0, 2.0])),
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
                _sweep(spread=np.zeros_like),
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
            "weighed-after": Mistake(
                _sweep(weighed_after=True),
                "Your shares of a point do not sum to 1: the weights come in after the softmax. What is the softmax"
                " taken of?",
            ),
            "over-points": Mistake(
                _sweep(axis=0),
                "Your shares sum to 1 over the points. Each point is to be divided among the categories: which axis is"
                " that?",
            ),
            "no-half": Mistake(
                _sweep(half=1.0),
                "One half is missing before the expected square in the shares.",
            ),
            "square-alone-halved": Mistake(
                _sweep(spread=lambda variance: 2 * variance),
                "The variance of the location is part of the expected square. The one half stands before both.",
            ),
            "roots": Mistake(
                _sweep(given=lambda m, variance, alpha: (m, np.sqrt(variance), alpha)),
                "You return standard deviations in the second place, and variances are asked for.",
            ),
            "exchanged": Mistake(
                _sweep(given=lambda m, variance, alpha: (variance, m, alpha)),
                "You have the first two in the other order: means first, then variances.",
            ),
            "old-variance": Mistake(
                _sweep(mean=lambda total, size, new, variance: variance * total),
                "Your means use the variances that you were given. They belong to the new ones.",
            ),
            "bare-average": Mistake(
                _sweep(mean=lambda total, size, new, variance: total / size),
                "Your means are the averages of the points with their shares. The prior draws each a little towards 0;"
                " its precision is in your variances already.",
            ),
            "shares-again": Mistake(
                _sweep(again=True),
                "You computed the shares a second time, from the new `alpha`. All that is new comes from the same"
                " shares.",
            ),
            "prior-scale": Mistake(
                _sweep(precision=0.1),
                "You took one over 10 for the precision of the prior. Which of the two is 10, its variance or its"
                " standard deviation?",
            ),
            "prior-variance": Mistake(
                _sweep(precision=100.0),
                "You added the variance of the prior to the number of points. It is precisions that add.",
            ),
            "underflow": Mistake(
                _sweep(naive=True),
                "The formulas are right. But far from all means each exponential is 0 for the computer, and its share is"
                " 0/0. Take the largest exponent away first, as `softmax` does.",
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
        after="The mean of the log of a weight is lower than the log of its mean, and the more so, the more it is in doubt:"
        " a component with a small weight gets smaller shares than its mean weight would give.",
    ),
]
