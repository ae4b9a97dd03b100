"""Exercises on ordering."""

from collections.abc import Callable, Sequence
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


def _total(r: np.ndarray, q: np.ndarray, nu: Sequence[int]) -> float:
    """What a numbering gains."""
    return (r[:, nu] * np.log(q)).sum()


def _cheapest(cost: Callable, numberings: Sequence[tuple] = ORDERS) -> np.ndarray:
    """The numbering of the least cost among these."""
    return np.array(min(map(list, numberings), key=cost))


def _in_turn(score: np.ndarray) -> np.ndarray:
    """The best of what is left for each new component."""
    left = [0, 1, 2]
    return np.array([left.pop(int(np.argmax(row[left]))) for row in score])


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
    (
        [[0.14, 0.79, 0.07], [0.03, 0.63, 0.34], [0.02, 0.65, 0.33]],
        [[0.05, 0.01, 0.94], [0.22, 0.76, 0.02], [0.36, 0.55, 0.09]],
    ),
    (
        [[0.66, 0.01, 0.33], [0.02, 0.03, 0.95], [0.08, 0.08, 0.84], [0.23, 0.31, 0.46], [0.86, 0.12, 0.02]],
        [[0.63, 0.35, 0.02], [0.21, 0.04, 0.75], [0.42, 0.45, 0.13], [0.09, 0.51, 0.4], [0.03, 0.41, 0.56]],
    ),
    (
        [[0.64, 0.05, 0.31], [0.59, 0.18, 0.23], [0.01, 0.43, 0.56]],
        [[0.65, 0.28, 0.07], [0.07, 0.23, 0.7], [0.26, 0.06, 0.68]],
    ),
    ([[0.2, 0.3, 0.5]], [[0.5, 0.2, 0.3]]),
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

    def wrong(self, tau: float, weak: float = np.inf) -> float:
        """The share of the wrong image. Either has the other's density times a ratio of the priors.

        A weak prior about 0 that is left in the likelihood has this standard deviation.
        """
        low, high = self.axis[self.low], self.axis[self.high]
        right = self.mass * np.exp(-((low + 1) ** 2 + (high - 1) ** 2) / (2 * tau**2))
        right *= np.exp(-(low**2 + high**2) / (2 * weak**2))
        image = right * np.exp(-2 * (high - low) / tau**2)
        return image.sum() / (right + image).sum()


IMAGES = _Images()


def _tau(share: Callable[[float], float], asked: float = 0.01) -> float:
    """The scale of the prior at which a share is the one asked for."""
    return brentq(lambda tau: share(tau) - asked, 0.5, 2)


def _prior_share_on_the_grid(tau: float) -> float:
    """What the prior has beyond the diagonal, on the grid of the exercise."""
    axis = np.linspace(-3, 3, 241)
    part = np.outer(norm.pdf(axis, -1, tau), norm.pdf(axis, 1, tau))
    return np.tril(part, -1).sum() / part.sum()


TAU = _tau(IMAGES.wrong)


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
            "determinant-itself": Mistake(
                lambda mu: (_to_free(mu)[0], np.exp(_to_free(mu)[1])),
                "The coordinates are right. The second is the determinant; asked is its log.",
            ),
            "log-of-sum": Mistake(
                lambda mu: (_to_free(mu)[0], -np.log(np.sum(np.diff(mu)))),
                "The coordinates are right. You took the log of a sum of gaps. Which function of the gaps is the"
                " determinant of a triangular matrix?",
            ),
            "last-gap-only": Mistake(
                lambda mu: (_to_free(mu)[0], -_to_free(mu)[0][-1]),
                "The coordinates are right. In the determinant you have only the last one, which is enough for two"
                " locations. What if there are more, and what if there is one?",
            ),
            "sign-of-each": Mistake(
                lambda mu: (_to_free(mu)[0], np.abs(np.log(np.diff(mu))).sum()),
                "The coordinates are right. The absolute value is that of the determinant, not of its log: the log"
                " may have either sign.",
            ),
            "exchanged": Mistake(
                lambda mu: _to_free(mu)[::-1],
                "You have the two in the other order: first the coordinates, then the log determinant.",
            ),
        },
        otherwise="`to_locations` must give `mu` back. The log determinant is -log 2 on (-1, 1), and 0 if there is no"
        " gap.",
        after="The log determinant is that of `to_locations` with the other sign: there and back the volume stays what"
        " it was. A single location has no gap, so the determinant is 1 and its log 0.",
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
        within=5e-5,
        mistakes={
            "independent": Mistake(
                [1 / 2, 1 / 4, np.nan, np.nan],
                "For the second you multiplied the shares of two walls. They are not independent: both compare with"
                " the first location. Go through the orders of three locations.",
            ),
            "neighbours-independent": Mistake(
                [1 / 2, 1 / 3, 1 / 4, np.nan],
                "The first two are right. For the third you multiplied one half by one half. If the second location"
                " is above the first, is it still as likely to be below the third?",
            ),
            "violations": Mistake(
                [1 / 2, 2 / 3, 5 / 6, np.nan],
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
            "log-of-two-walls": Mistake(
                [1 / 2, 1 / 3, 1 / 6, np.log(4)],
                "The shares are right. Log 4 would be two halves. Which of your shares does the second constraint"
                " keep?",
            ),
            "share-lost": Mistake(
                [1 / 2, 1 / 3, 1 / 6, 2 / 3],
                "The shares are right. Two thirds is the part of the evidence that is lost. By how much does its log"
                " change?",
            ),
            "share-kept": Mistake(
                [1 / 2, 1 / 3, 1 / 6, 1 / 3],
                "The shares are right. A third is what the evidence is multiplied by; nats are a matter of logs.",
            ),
            "base-ten": Mistake(
                [1 / 2, 1 / 3, 1 / 6, np.log10(3)],
                "The shares are right. You took the logarithm to base ten; a nat is one of the natural logarithm.",
            ),
            "bits": Mistake(
                [1 / 2, 1 / 3, 1 / 6, np.log2(3)],
                "The shares are right. You took the logarithm to base two, which gives bits.",
            ),
        },
        otherwise="All six orders of three locations are equally probable. Count those that each constraint keeps.",
        after="The second constraint keeps two of the six images, so the log evidence falls short by log 3. By log K!"
        " it would fall short under a whole order only, and the second and third component can still exchange labels.",
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
            "covariance": Mistake(
                lambda mean, sd, corr: (
                    _unordered(mean, sd, corr)[0],
                    np.prod(_unordered(mean, sd, corr)) * _unordered(mean, sd, corr)[0],
                ),
                "The standard deviation is right. The second is the covariance; divide it by both standard deviations"
                " to have a correlation.",
            ),
            "ordered-deviations": Mistake(
                lambda mean, sd, corr: (
                    _unordered(mean, sd, corr)[0],
                    corr - np.var(mean) / np.prod(sd),
                ),
                "The standard deviation is right. You divided the covariance by those of the ordered locations. Which"
                " have the unordered ones?",
            ),
            "means-in-variance-only": Mistake(
                lambda mean, sd, corr: (
                    _unordered(mean, sd, corr)[0],
                    corr * np.prod(sd) / _unordered(mean, sd, corr)[0] ** 2,
                ),
                "The standard deviation is right. The two means spread the locations, and you have it in the variance."
                " What do they add to the covariance?",
            ),
            "no-correlation": Mistake(
                lambda mean, sd, corr: (_unordered(mean, sd, corr)[0], 0.0),
                "The standard deviation is right. Symmetry makes the means equal and the variances; it does not make"
                " the correlation 0.",
            ),
            "mean-of-deviations": Mistake(
                lambda mean, sd, corr: _from_parts(mean, np.full(2, np.mean(sd)), corr, np.var(mean)),
                "You averaged the standard deviations. It is variances that are averaged; with two equal ones there is"
                " no difference.",
            ),
            "mean-of-deviations-once": Mistake(
                lambda mean, sd, corr: (
                    np.hypot(np.mean(sd), np.std(mean)),
                    (corr * np.prod(sd) - np.var(mean)) / (np.mean(sd) ** 2 + np.var(mean)),
                ),
                "The covariance is right. In the variance you squared the average of `sd`; average the squares.",
            ),
            "exchanged": Mistake(
                lambda mean, sd, corr: _unordered(mean, sd, corr)[::-1],
                "You have the two in the other order: first the standard deviation, then the correlation.",
            ),
        },
        otherwise="Given the numbering you know means, variances and covariance. Use the law of total variance, and"
        " its like for the covariance.",
        after="At half gap 0.1 independent locations would need s = 0.42 for a mean gap of 0.47, and the exact one is"
        " only 0.30. They are not independent: their correlation is -0.76, since the data fix their mean well and their"
        " difference badly. Sorting such a pair makes most of the gap, and no groups are needed.",
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
                "You return the inverse of the numbering: for each old component its new number, as if the columns of"
                " `q` were to be put in order. Entry k shall be the old number of the new component k. If only two"
                " exchange, both are the same.",
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
                "You compared by squared differences or by products. In the divergence the log of `q` counts: a"
                " small q where r is large costs most.",
            ),
            "absolute-differences": Mistake(
                lambda r, q: _cheapest(lambda nu: np.abs(r[:, nu] - q).sum()),
                "You added up absolute differences. In the divergence the ratio of r to q counts, and not their"
                " distance.",
            ),
            "greedy": Mistake(
                lambda r, q: _in_turn(_score(r, q)),
                "You gave each new component the best of those that are left, one after the other. What is best for"
                " the first may cost the others more: compare whole numberings.",
            ),
            "swaps-only": Mistake(
                lambda r, q: _cheapest(lambda nu: -_total(r, q, nu), ORDERS[:3] + ORDERS[5:]),
                "You tried the identity and the three exchanges of two. Three components can also move in a circle,"
                " in either direction.",
            ),
            "by-size": Mistake(
                lambda r, q: r.mean(axis=0).argsort()[q.mean(axis=0).argsort().argsort()],
                "You sorted the components by their average responsibility. Two that are alike in size may own"
                " different points.",
            ),
            "first-point": Mistake(
                lambda r, q: _highest(_score(r[:1], q[:1])),
                "You decided by the first point alone. The sum goes over all of them.",
            ),
            "logarithm-only": Mistake(
                lambda r, q: _cheapest(lambda nu: (r * np.log(r[:, nu])).sum()),
                "You renumbered `r` in the logarithm and not in the factor before it. Both have the same index.",
            ),
            "from-one": Mistake(
                lambda r, q: _highest(_score(r, q)) + 1,
                "The numbering is right, but counted from 1. Here components have the numbers 0, 1 and 2.",
            ),
            "renumbered": Mistake(
                lambda r, q: r[:, _highest(_score(r, q))],
                "These are the renumbered responsibilities. Asked is the numbering `nu` that leads to them.",
            ),
            "least-sum": Mistake(
                lambda r, q: (r * np.log(r)).sum() - _score(r, q)[range(3), _highest(_score(r, q))].sum(),
                "That is the least value of the sum. Asked is the numbering that has it.",
            ),
        },
        otherwise="Try all six permutations and compute what each one adds to the sum.",
        after="Only the sum of r log q depends on the numbering, and it is one number for each pair of an old and a new"
        " component. Ten components have 3,628,800 numberings; no need to try them, for this is an assignment problem,"
        " and `scipy.optimize.linear_sum_assignment` solves it at once.",
    ),
    Value(
        word="prior",
        title="A prior of your own",
        variable="tau",
        expected=TAU,
        within=5e-5,
        mistakes={
            "weak-prior-kept": Mistake(
                _tau(lambda tau: IMAGES.wrong(tau, weak=10.0)),
                "The log density of `TwoMeansPosterior` has the weak prior in it. You need the likelihood alone before"
                " you put on another prior.",
            ),
            "odds-at-one-point": Mistake(
                2 / np.sqrt(np.log(99)),
                "That is what the odds say of one point, with locations 2 apart. Draws with a smaller gap raise"
                " the share by more than draws with a larger gap lower it.",
            ),
            "odds-of-a-hundred": Mistake(
                2 / np.sqrt(np.log(100)),
                "That is what odds of one in a hundred give at a single point. It is a good first guess; now find the"
                " share on the grid.",
            ),
            "odds-for-share": Mistake(
                _tau(lambda tau: IMAGES.wrong(tau) / (1 - IMAGES.wrong(tau))),
                "You set the odds to one in a hundred. Asked is the share: the wrong image over both.",
            ),
            "squared": Mistake(
                TAU**2,
                "That is the variance of the prior. Asked is its standard deviation.",
            ),
            "root": Mistake(
                np.sqrt(TAU),
                "You put the square where a scale belongs: `norm.pdf` takes the standard deviation.",
            ),
            "half-the-gap": Mistake(
                np.sqrt(2 / np.log(99)),
                "You used the odds at one point, and half of the gap in them. Begin with the exact shares on the"
                " grid.",
            ),
            "log-to-base-ten": Mistake(
                np.sqrt(2),
                "That is the prediction with a logarithm to base ten. The odds are e to a power.",
            ),
            "prior-alone": Mistake(
                np.sqrt(2) / norm.isf(0.01),
                "That is where the prior alone has one per cent beyond the diagonal. The image's share of the"
                " posterior has the likelihood in it as well.",
            ),
            "prior-on-the-grid": Mistake(
                _tau(_prior_share_on_the_grid),
                "On your grid there is the prior, and no data. Multiply it by the likelihood first.",
            ),
            "five-per-cent": Mistake(
                _tau(IMAGES.wrong, 0.05),
                "There the wrong image holds five per cent. Asked is where it holds one.",
            ),
            "half-of-one-per-cent": Mistake(
                _tau(IMAGES.wrong, 0.005),
                "There the wrong image holds half of one per cent. There is one wrong image: no half on either side.",
            ),
        },
        otherwise="Bracket: at tau = 1 the share is 2 per cent, at 0.5 it is next to nothing. Give four decimals.",
        after="The odds at one point predict 0.933. Over all draws they are an average of exp(-2 gap / tau^2), and draws"
        " with a small gap add more to it than those with a large gap take away. So the prior has to be narrower.",
    ),
]
