"""Exercises on ordering."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.optimize import brentq, linear_sum_assignment
from scipy.stats import norm

from gmixlib.data import two_gaussians
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value


def _to_free(mu: np.ndarray) -> tuple:
    """Free coordinates, and the log determinant of the matrix of their derivatives."""
    gaps = mu[1:] - mu[:-1]
    derivatives = np.diag(np.append(1, 1 / gaps)) - np.diag(1 / gaps, -1)
    return np.append(mu[0], np.log(gaps)), np.linalg.slogdet(derivatives).logabsdet


ORDERS = list(permutations(range(3)))


def _share(keeps: Callable[[int, int, int], bool]) -> float:
    """The share of the orders of three locations that a rule keeps; all are equally probable."""
    return np.mean([keeps(*mu) for mu in ORDERS])


KEPT = [
    _share(lambda first, second, third: first < second),
    _share(lambda first, second, third: first < min(second, third)),
    _share(lambda first, second, third: first < second < third),
]


def _unordered(mean: np.ndarray, sd: np.ndarray, corr: float) -> tuple:
    """From the moments about 0, which the mixture of the two numberings averages."""
    first = np.mean(mean)
    square = np.mean(sd**2 + mean**2) - first**2
    product = corr * sd[0] * sd[1] + mean[0] * mean[1] - first**2
    return np.sqrt(square), product / square


def _from_parts(mean: np.ndarray, sd: np.ndarray, corr: float, spread: float, sign: float = -1.0) -> tuple:
    """Standard deviation and correlation if the means contribute so much."""
    variance = np.mean(sd**2) + spread
    return np.sqrt(variance), (corr * np.prod(sd) + sign * spread) / variance


def _score(r: np.ndarray, q: np.ndarray) -> np.ndarray:
    """What old component j gains as new component k: rows are k, columns j."""
    return np.log(q).T @ r


def _highest(score: np.ndarray) -> np.ndarray:
    """The numbering of the highest total score, as an assignment problem."""
    return linear_sum_assignment(score, maximize=True)[1]


DRAWS = [
    ([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], [[0.1, 0.7, 0.2], [0.9, 0.06, 0.04]]),
    (
        [[0.6, 0.21, 0.19], [0.66, 0.13, 0.21], [0.46, 0.01, 0.53]],
        [[0.2, 0.13, 0.67], [0.2, 0.45, 0.35], [0.11, 0.3, 0.59]],
    ),
    (
        [[0.39, 0.01, 0.6], [0.56, 0.3, 0.14], [0.09, 0.04, 0.87], [0.07, 0.01, 0.92]],
        [[0.1, 0.5, 0.4], [0.6, 0.2, 0.2], [0.1, 0.4, 0.5], [0.3, 0.5, 0.2]],
    ),
    (
        [[0.6, 0.399, 0.001], [0.55, 0.43, 0.02], [0.44, 0.28, 0.28], [0.47, 0.01, 0.52]],
        [[0.4, 0.1, 0.5], [0.5, 0.4, 0.1], [0.1, 0.4, 0.5], [0.6, 0.1, 0.3]],
    ),
    (
        [[0.19, 0.48, 0.33], [0.9, 0.08, 0.02], [0.55, 0.33, 0.12]],
        [[0.95, 0.04, 0.01], [0.44, 0.22, 0.34], [0.01, 0.71, 0.28]],
    ),
]


class _Images:
    """The right and the wrong image of the two locations, on a Gauss–Legendre grid where the first is smaller."""

    def __init__(self, nodes: int = 48):
        y, _ = two_gaussians()
        node, share = leggauss(nodes)
        self.axis = 3 * node  # beyond 3 the density is below exp(-150) of its peak
        log_p = norm.logpdf(y, self.axis[:, np.newaxis], 1.0)
        self.low, self.high = np.triu_indices(nodes, k=1)
        log_likelihood = np.logaddexp(log_p[self.low], log_p[self.high]).sum(axis=1)
        self.mass = np.exp(log_likelihood - log_likelihood.max()) * share[self.low] * share[self.high]

    def wrong(self, tau: float) -> float:
        """The share of the wrong image. Either has the other's density times a ratio of the priors."""
        low, high = self.axis[self.low], self.axis[self.high]
        right = self.mass * np.exp(-((low + 1) ** 2 + (high - 1) ** 2) / (2 * tau**2))
        image = right * np.exp(-2 * (high - low) / tau**2)
        return image.sum() / (right + image).sum()


IMAGES = _Images()
TAU = brentq(lambda tau: IMAGES.wrong(tau) - 0.01, 0.5, 2)


EXERCISES: list[Exercise] = [
    Function(
        word="back",
        title="There and back",
        variable="to_free",
        reference=_to_free,
        calls=[
            (np.array([-1.0, 1.0]),),
            (np.array([0.5, 0.75, 4.0]),),
            (np.array([-5.0, 0.0, 5.0, 5.5]),),
            (np.array([2.0]),),
        ],
        mistakes={
            "way-there": Mistake(
                lambda mu: (_to_free(mu)[0], -_to_free(mu)[1]),
                "The coordinates are right. The log determinant is that of the way there; here the derivatives are"
                " those of `x` with respect to `mu`.",
            ),
            "no-logarithm": Mistake(
                lambda mu: (np.append(mu[0], np.diff(mu)), _to_free(mu)[1]),
                "Your coordinates are the gaps themselves. These must be positive, and the free coordinates may"
                " take any value.",
            ),
            "from-first": Mistake(
                lambda mu: (
                    np.append(mu[0], np.log(mu[1:] - mu[0])),
                    -np.log(mu[1:] - mu[0]).sum(),
                ),
                "You measure every gap from the first location. Each is that between neighbours.",
            ),
            "first-counted": Mistake(
                lambda mu: (_to_free(mu)[0], -_to_free(mu)[0].sum()),
                "You counted the first coordinate as if it were a log gap, too. It is a location; what is its"
                " derivative with respect to itself?",
            ),
            "gaps-added": Mistake(
                lambda mu: (_to_free(mu)[0], mu[0] - mu[-1]),
                "You added the gaps. A determinant is a product, so its log is a sum of logs.",
            ),
        },
        otherwise="`to_locations` must give `mu` back, and on (-1, 1) the log determinant is -log 2.",
    ),
    Choice(
        word="forgotten",
        title="Forget the Jacobian",
        variable="answer_gap",
        right="d",
        replies={
            "a": "That is what one sees as long as the diagonal has no probability, as with half gap 1. Here it has:"
            " look at the density of the log gap far to the left.",
            "b": "It has no place to settle. To the left the density of the log gap becomes level and does not fall"
            " to 0, so each further factor of ten adds as much mass as the one before.",
            "c": "It goes to 0, but not so fast. The range of the log gap grows by the same amount for each factor"
            " of ten, and what was there before keeps its mass.",
            "d": "Without the Jacobian the density of the log gap is level on the left. The mass there grows with the"
            " log of 1 / delta and the mean gap is a constant divided by it: it falls to 0, but very slowly.",
        },
    ),
    Value(
        word="walls",
        title="Half an order",
        variable="kept",
        expected=[*KEPT, -np.log(KEPT[1])],
        within=1e-4,
        mistakes={
            "independent": Mistake(
                [1 / 2, 1 / 4, 1 / 4, np.log(4)],
                "You multiplied the shares of two walls. They are not independent: both compare with the same"
                " location. Go through the orders of three locations.",
            ),
            "violations": Mistake(
                [1 / 2, 2 / 3, 5 / 6, np.log(3)],
                "These are the shares of draws that violate the constraints. Asked are those that obey.",
            ),
            "whole-order": Mistake(
                [1 / 2, 1 / 3, 1 / 6, np.log(6)],
                "The shares are right. The log evidence falls short by log K! if the whole order is asked for, and"
                " here it is not.",
            ),
            "images-left": Mistake(
                [1 / 2, 1 / 3, 1 / 6, np.log(2)],
                "The shares are right. Two images are left, of six: by which factor is the integral smaller?",
            ),
            "sign": Mistake(
                [1 / 2, 1 / 3, 1 / 6, -np.log(3)],
                "The shares are right. By how much the evidence falls short is a positive number.",
            ),
            "no-logarithm": Mistake(
                [1 / 2, 1 / 3, 1 / 6, 3],
                "The shares are right. 3 is the factor for the evidence; asked is the difference of its logs.",
            ),
        },
        otherwise="All six orders of three locations are equally probable. Count those that each constraint keeps.",
    ),
    Function(
        word="unordered",
        title="Undo the order",
        variable="unordered",
        reference=_unordered,
        calls=[
            (np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.3),
            (np.array([-1.0, 1.0]), np.array([1.0, 1.0]), 0.0),
            (np.array([-0.2, 0.3]), np.array([0.19, 0.18]), -0.4),
            (np.array([2.0, 5.0]), np.array([0.5, 1.5]), 0.4),
        ],
        mistakes={
            "within-only": Mistake(
                lambda mean, sd, corr: _from_parts(mean, sd, corr, 0.0),
                "You averaged what happens within each numbering. An unordered location also jumps from one ordered"
                " mean to the other.",
            ),
            "whole-gap": Mistake(
                lambda mean, sd, corr: _from_parts(mean, sd, corr, np.diff(mean)[0] ** 2),
                "The means contribute too much. How far is each of them from their common mean?",
            ),
            "sample-variance": Mistake(
                lambda mean, sd, corr: _from_parts(mean, sd, corr, np.var(mean, ddof=1)),
                "You took the variance of the two means with divisor 1. They are no sample: a location is either"
                " with probability one half.",
            ),
            "wrong-sign": Mistake(
                lambda mean, sd, corr: _from_parts(mean, sd, corr, np.var(mean), sign=1.0),
                "The standard deviation is right. When one location is above their common mean, where is the"
                " other?",
            ),
            "correlation-kept": Mistake(
                lambda mean, sd, corr: (_from_parts(mean, sd, corr, np.var(mean))[0], corr),
                "The standard deviation is right. The correlation does not stay what it was: the two locations jump"
                " together, in opposite directions.",
            ),
            "variance": Mistake(
                lambda mean, sd, corr: (_unordered(mean, sd, corr)[0] ** 2, _unordered(mean, sd, corr)[1]),
                "The first part is the variance. Take the root.",
            ),
        },
        otherwise="Given the numbering you know means, variances and covariance. Use the law of total variance, and"
        " its like for the covariance.",
    ),
    Function(
        word="renumber",
        title="Three components",
        variable="renumber",
        reference=lambda r, q: _highest(_score(r, q)),
        calls=[(np.array(r), np.array(q)) for r, q in DRAWS],
        mistakes={
            "inverse": Mistake(
                lambda r, q: np.argsort(_highest(_score(r, q))),
                "You return the inverse of the numbering: for each old component its new number. Entry k shall be"
                " the old number of the new component k. If only two exchange, both are the same.",
            ),
            "worst": Mistake(
                lambda r, q: _highest(-_score(r, q)),
                "That is the numbering least like the average. Which sign has the sum that is to be small?",
            ),
            "roles-exchanged": Mistake(
                lambda r, q: _highest(np.log(r.T) @ q).argsort(),
                "You weighted with `q` and took the log of `r`. In the divergence it is the other way about.",
            ),
            "one-by-one": Mistake(
                lambda r, q: _score(r, q).argmax(axis=1),
                "You chose the best old component for each new one by itself, and then two may choose the same. The"
                " result has to be a permutation.",
            ),
            "most-probable-only": Mistake(
                lambda r, q: _highest(np.eye(3)[q.argmax(axis=1)].T @ np.eye(3)[r.argmax(axis=1)]),
                "You compared only the most probable component of each point. The divergence uses all"
                " responsibilities.",
            ),
            "squares": Mistake(
                lambda r, q: _highest(q.T @ r),
                "You compared by squared differences or by products. In the divergence the log of `q` counts: a "
                "small q where r is large costs most.",
            ),
        },
        otherwise="Try all six permutations and compute what each one adds to the sum.",
    ),
    Value(
        word="prior",
        title="A prior of your own",
        variable="tau",
        expected=TAU,
        within=5e-4,
        mistakes={
            "odds-at-one-point": Mistake(
                2 / np.sqrt(np.log(99)),
                "That is what the odds say of one point, with locations 2 apart. Draws with a smaller gap raise"
                " the share by more than draws with a larger gap lower it.",
            ),
            "odds-for-share": Mistake(
                brentq(lambda tau: IMAGES.wrong(tau) / (1 - IMAGES.wrong(tau)) - 0.01, 0.5, 2),
                "You set the odds to one in a hundred. Asked is the share: the wrong image over both.",
            ),
            "squared": Mistake(
                TAU**2,
                "That is the variance of the prior. Asked is its standard deviation.",
            ),
            "half-the-gap": Mistake(
                np.sqrt(2 / np.log(99)),
                "You used the odds at one point, and half of the gap in them. Begin with the exact shares on the"
                " grid.",
            ),
            "prior-alone": Mistake(
                np.sqrt(2) / norm.isf(0.01),
                "That is where the prior alone has one per cent beyond the diagonal. The image's share of the"
                " posterior has the likelihood in it as well.",
            ),
        },
        otherwise="Bracket: at tau = 1 the share is 2 per cent, at 0.5 it is next to nothing.",
    ),
]
