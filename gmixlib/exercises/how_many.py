"""Exercises on the number of components."""

from collections.abc import Callable

import numpy as np
from scipy.special import betaln, gammaln, logsumexp
from scipy.stats import multivariate_t, norm, t

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)
PIECES = np.array([-230.4, -231.2, -229.1])  # of the exercise on modes; the last has seen two labellings


def _total(*factors: float) -> float:
    """Log evidence if each piece is counted that often."""
    return float(logsumexp(PIECES, b=factors))


def _in_sample(log_p: np.ndarray) -> np.ndarray:
    return logsumexp(log_p, axis=0) - np.log(len(log_p))


def _pole(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, at: float) -> tuple:
    """Power and constant of the pole, read off the likelihood at a scale as good as 0."""
    tiny = 1e-100
    mu, sigma = np.append(mu[:-1], at), np.append(sigma[:-1], tiny)
    height = logsumexp(np.log(w) + norm.logpdf(y[:, np.newaxis], mu, sigma), axis=1)
    power = round(-(height.sum() - height[y != at].sum()) / np.log(tiny))
    return power, height.sum() + power * np.log(tiny)


def _one(at_spike: np.ndarray) -> int:
    return 1


def _pole_with(
    *,
    power: Callable = np.count_nonzero,
    spikes: Callable = np.count_nonzero,
    log: Callable = np.log,
    rest: Callable = np.logical_not,
    weights: Callable = lambda w: w[:-1],
) -> Callable:
    """The same by its formula, with a wrong step: each setting is a part of the formula.

    Which points are at the spike's place tells the power, the number of the spike's terms, and the rest of the points.
    The rest have the density of as many components as there are weights.
    """

    def pole(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, at: float) -> tuple:
        at_spike, others = y == at, weights(w)
        k = others.size
        log_p = np.log(others) + norm.logpdf(y[rest(at_spike), np.newaxis], mu[:k], sigma[:k])
        constant = spikes(at_spike) * (log(w[-1]) - LOG_SQRT_2PI) + logsumexp(log_p, axis=1).sum()
        return power(at_spike), constant

    return pole


def _evidence(y: np.ndarray, m0: float, lam: float, alpha: float, beta: float) -> float:
    """Log evidence of one component: all observations together have a multivariate t distribution."""
    if y.size == 0:
        return 0.0
    shape = beta / alpha * (np.eye(y.size) + 1 / lam)
    return float(multivariate_t.logpdf(y, np.full(y.size, m0), shape, df=2 * alpha))


def _chain(y: np.ndarray, *prior: float) -> np.ndarray:
    return np.diff([_evidence(y[:i], *prior) for i in range(y.size + 1)])


def _predicted(
    v: float, seen: np.ndarray, m0: float, lam: float, alpha: float, beta: float, *, wrong: str = ""
) -> float:
    """Log density of a new point after those seen, with the wrong step of this name."""
    if seen.size:
        n, mean = seen.size, seen.mean()
        beta = beta + ((seen - mean) ** 2).sum() / 2
        if wrong != "no offset":
            beta = beta + lam * n / (lam + n) * (mean - m0) ** 2 / 2
        m0, lam, alpha = (lam * m0 + n * mean) / (lam + n), lam + n, alpha + n / 2
    spread = np.sqrt(beta / alpha * (1 if wrong == "no location" else 1 + 1 / lam))
    return t.logpdf(v, alpha if wrong == "half" else 2 * alpha, m0, spread)


def _chain_with(wrong: str) -> Callable:
    return lambda y, *prior: np.array([_predicted(v, y[:i], *prior, wrong=wrong) for i, v in enumerate(y)])


def _one_owns_all(n: int, k: int, gamma: float) -> float:
    """Log probability that one of k components owns all points, drawn one after the other from Polya's urn."""
    i = np.arange(n)
    return np.log(k) + np.log((gamma + i) / (k * gamma + i)).sum()


def _chain_out_of_order(y: np.ndarray, m0: float, lam: float, alpha: float, beta: float) -> np.ndarray:
    """Predictions one after the other, where the rate is updated with what should be the old values."""
    terms = []
    for v in y:
        terms.append(_predicted(v, y[:0], m0, lam, alpha, beta))
        m0, lam, alpha = (lam * m0 + v) / (lam + 1), lam + 1, alpha + 0.5
        beta = beta + lam / (lam + 1) * (v - m0) ** 2 / 2
    return np.array(terms)


EXERCISES: list[Exercise] = [
    Function(
        word="loo",
        title="Leave one out, from draws",
        variable="leave_one_out",
        reference=lambda log_p: np.log(log_p.shape[0]) - logsumexp(-log_p, axis=0),
        calls=[
            (np.array([[-1.0, -2.0], [-3.0, -2.0], [-2.0, -2.0]]),),
            (np.array([[-1.5, -4.0, -2.2], [-1.1, -9.0, -2.0], [-1.4, -5.5, -2.5], [-1.9, -3.8, -2.1]]),),
            (np.array([[-2.0, -3.0], [-1.0, -800.0], [-1.5, -12.0]]),),
        ],
        mistakes={
            "in-sample": Mistake(
                _in_sample,
                "You average the density itself. That scores each point by draws that have seen it, and so"
                " too kindly. Which quantity does the posterior mean of the chapter average?",
            ),
            "forgotten-average": Mistake(
                lambda log_p: -logsumexp(-log_p, axis=0),
                "You add 1/p up over the draws and do not divide by their number. With twice as many draws your"
                " scores would fall by log 2.",
            ),
            "mean-of-logs": Mistake(
                lambda log_p: log_p.mean(axis=0),
                "That is the mean of the log density. The expectation is of 1/p; the logarithm comes after it.",
            ),
            "wrong-axis": Mistake(
                lambda log_p: np.log(log_p.shape[1]) - logsumexp(-log_p, axis=1),
                "You average over the observations, and get one number for each draw. Rows are draws, and each"
                " observation needs its own average over them.",
            ),
            "overflow": Mistake(
                lambda log_p: -np.log(np.mean(np.exp(-log_p), axis=0)),
                "The formula is right, and 1/p overflows: exp(800) is too large for a float. Stay in logarithms,"
                " as `logsumexp` does.",
            ),
        },
        otherwise="If all draws give a point the same density, that is its score.",
    ),
    Function(
        word="mouth",
        title="Another mouth",
        variable="pole",
        reference=_pole,
        calls=[
            (
                np.array([0.0, 1.0, 5.0]),
                np.array([0.6, 0.4]),
                np.array([0.5, 4.0]),
                np.array([1.0, 2.0]),
                5.0,
            ),
            (
                np.array([52.0, 54.0, 78.0, 78.0, 78.0, 81.0]),
                np.array([0.3, 0.5, 0.2]),
                np.array([54.0, 80.0, 79.0]),
                np.array([6.0, 5.0, 4.0]),
                78.0,
            ),
            (
                np.array([3.0, 3.0, 1.0]),
                np.array([0.3, 0.7]),
                np.array([0.0, 3.0]),
                np.array([1.0, 1.0]),
                3.0,
            ),
        ],
        mistakes={
            "one-point": Mistake(
                _pole_with(
                    power=_one,
                    spikes=_one,
                    rest=lambda at_spike: np.arange(at_spike.size) != at_spike.argmax(),
                ),
                "You let one observation sit under the spike. Equal observations all sit there together, and each"
                " of them has a density that grows.",
            ),
            "counted-once": Mistake(
                _pole_with(spikes=_one),
                "The power counts all the equal observations, and the constant has the spike's term for only one"
                " of them.",
            ),
            "no-weight": Mistake(
                _pole_with(log=lambda w: 0.0),
                "The spike enters the density of a point with its weight. Where is the log of that weight?",
            ),
            "renormalized": Mistake(
                _pole_with(weights=lambda w: w[:-1] / (1 - w[-1])),
                "You gave the other components weights that add up to 1. The spike keeps its weight although it"
                " does nothing for the other points, so theirs stay as they are.",
            ),
            "spike-elsewhere": Mistake(
                _pole_with(weights=lambda w: w),
                "The points elsewhere still get density from the last component at its old place. It has moved to"
                " `at`, and with a scale near 0 it reaches nothing else.",
            ),
            "counted-twice": Mistake(
                _pole_with(rest=np.ones_like),
                "The points under the spike are counted twice: next to a density without bound those of the other"
                " components vanish.",
            ),
        },
        otherwise="Compare with the log likelihood at a scale of 1e-9 and 1e-12: the difference from the power times"
        " log of the scale has to settle.",
    ),
    Choice(
        word="priors",
        title="Which prior closes the pole?",
        variable="answer_prior",
        right="b",
        replies={
            "a": "An upper limit does nothing at the lower end. Near 0 this density is a constant, and the integral"
            " over a power of -14 diverges there.",
            "b": "Its density near 0 falls faster than any power of the scale, so it beats a power of -14, and that"
            " of any number of equal waits. The inverse gamma prior of the variance does the same.",
            "c": "It forbids no small scale: near 0 its density is almost a constant. The long tail is at the other"
            " end.",
            "d": "Its density falls to 0 with the scale, and only in proportion to it. That turns the power of -14"
            " into -13. From which power on does the integral converge at 0?",
        },
    ),
    Value(
        word="modes",
        title="Modes and labels",
        variable="total",
        expected=_total(6, 6, 3),
        within=0.005,
        mistakes={
            "six-of-each": Mistake(
                _total(6, 6, 6),
                "You counted six images of every region. The third region is already two of the six labellings, so"
                " how many regions like it are there?",
            ),
            "doubled": Mistake(
                _total(6, 6, 12),
                "The factor of two for the third region goes the other way. Its chains have seen more of the whole"
                " than the others, so there is less left to add.",
            ),
            "no-images": Mistake(
                _total(1, 1, 1),
                "You added the three regions. Each labelling of a mode that no chain has visited holds as much as"
                " one that was.",
            ),
            "one-labelling": Mistake(
                _total(1, 1, 0.5),
                "That is the evidence in a single labelling of each mode. How many labellings have three"
                " components?",
            ),
            "k-images": Mistake(
                _total(3, 3, 1.5),
                "You counted three labellings. Three components can be numbered in more ways: the first number goes"
                " to any of three, the second to either of two.",
            ),
        },
        otherwise="Add the integrals and not their logarithms, each as often as there are regions like it.",
    ),
    Function(
        word="chain",
        title="Evidence by the chain rule",
        variable="log_terms",
        reference=_chain,
        calls=[
            (np.array([21.0]), 20.0, 0.05, 2.0, 1.0),
            (np.array([21.0, 19.5]), 20.0, 0.05, 2.0, 1.0),
            (np.array([9.2, 19.3, 20.2, 22.9, 33.0]), 20.0, 0.05, 2.0, 1.0),
            (np.array([60.0, 85.0, 85.0, 54.0]), 70.0, 0.5, 3.0, 50.0),
        ],
        within=1e-8,
        mistakes={
            "own-point": Mistake(
                lambda y, *prior: np.array([_predicted(v, y[: i + 1], *prior) for i, v in enumerate(y)]),
                "Each prediction has already seen the observation that it predicts. Term i may use the i - 1"
                " observations before it, and the first term none.",
            ),
            "leave-one-out": Mistake(
                lambda y, *prior: np.array([_predicted(v, np.delete(y, i), *prior) for i, v in enumerate(y)]),
                "These are leave-one-out scores: each prediction uses all other observations. In the chain rule it"
                " may use those that came before.",
            ),
            "location-known": Mistake(
                _chain_with("no location"),
                "You predict as if the location were known. Its uncertainty widens the prediction; see the scale of"
                " the t distribution in the chapter.",
            ),
            "half-the-freedom": Mistake(
                _chain_with("half"),
                "Your t distribution has alpha degrees of freedom. Integrating out a variance with shape alpha"
                " leaves another number of them.",
            ),
            "prior-and-data-agree": Mistake(
                _chain_with("no offset"),
                "In the update of beta a term is missing: the one that counts how far the data lie from where the"
                " prior expected them.",
            ),
            "updated-too-early": Mistake(
                _chain_out_of_order,
                "You update `beta` with the new `m0` or `lam`. Its formula contains the old ones; update it "
                "first.",
            ),
        },
        otherwise="The first term is the log of the prior predictive density. The sum of all must be the log evidence,"
        " in whatever order the observations come.",
    ),
    Function(
        word="vaguer",
        title="Vaguer without end",
        variable="log_limit",
        reference=_one_owns_all,
        calls=[
            (1, 2, 1.0),
            (2, 2, 1.0),
            (82, 2, 1.0),
            (82, 6, 1.0),
            (82, 10, 0.01),
            (272, 3, 0.5),
        ],
        within=1e-8,
        mistakes={
            "named-component": Mistake(
                lambda n, k, gamma: _one_owns_all(n, k, gamma) - np.log(k),
                "That is the probability that one component, named beforehand, owns all points. Any of them may be"
                " the one.",
            ),
            "equal-weights": Mistake(
                lambda n, k, gamma: (1 - n) * np.log(k),
                "You took every weight as 1/K. The weights are unknown, and a component that owns many points is"
                " likely to have a large one: average over the Dirichlet distribution.",
            ),
            "labellings": Mistake(
                lambda n, k, gamma: _one_owns_all(n, k, gamma) - np.log(k) + gammaln(k + 1),
                "You counted K! labellings. If one component owns all points and the others are empty, only the"
                " number of the one matters.",
            ),
            "one-is-empty": Mistake(
                lambda n, k, gamma: betaln(gamma, (k - 1) * gamma + n) - betaln(gamma, (k - 1) * gamma),
                "That is the probability that one component is empty. The limit needs all of them empty but one.",
            ),
            "to-zero": Mistake(
                lambda n, k, gamma: -np.inf,
                "Only an occupied component pays for a vague prior of its location. If the others are empty, a"
                " model with more components pays no more than one with a single component.",
            ),
        },
        otherwise=(
            "For a single point the evidence does not depend on the number of components, so the log is 0. "
            "For two points, two components and gamma = 1 it is log(2/3), and for gamma = 0.01 nearly 0."
        ),
    ),
]
