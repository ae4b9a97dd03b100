"""Exercises on the number of components."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.integrate import quad
from scipy.special import betaln, gammaln
from scipy.special import gamma as gamma_
from scipy.stats import multivariate_t, norm, poisson, t

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

OBSERVATIONS, KNOWN_SD, PRIOR_SD = 82, 4.5, 1.0  # of the exercise on leaving many out
LOG_EVIDENCES = np.array([-251.1, -239.0, -229.3, -225.7, -224.0, -222.7])  # of one to six components
NUMBERS = np.arange(1, 301)  # of components, as good as all
FLAT = np.where(NUMBERS <= 12, 1 / 12, 0.0)


@cache
def _share(c: float) -> float:
    """Share of effective draws in one dimension, by quadrature; 0 if the weights have no variance."""

    def log_square(x: float) -> float:
        """Log of p^2 / q."""
        return math.log(c) - 0.5 * math.log(2 * math.pi) - x**2 + 0.5 * (x / c) ** 2

    if log_square(40.0) >= log_square(20.0):
        return 0.0
    half = quad(lambda x: math.exp(log_square(x)), 0, 60, points=[5], epsabs=0, epsrel=1e-10, limit=200)[0]
    return 0.5 / half


def _effective_share(c: float, d: int) -> float:
    """The same in d dimensions: one factor after the other."""
    share = 1.0
    for _ in range(d):
        share *= _share(c)
    return share


def _by_formula(c: float, d: int) -> float:
    """The same by its formula, which gives NaN where the weights have no variance."""
    return (np.sqrt(2 * c**2 - 1) / c**2) ** d


def _curvature(left_out: int) -> float:
    """Second derivative, by differences, of the log of what is integrated, as a function of the location."""
    at = np.array([-1.0, 0.0, 1.0])
    one = norm.logpdf(0.3, at, KNOWN_SD)
    log_posterior = norm.logpdf(at, 2.0, PRIOR_SD) + OBSERVATIONS * one
    return float(np.diff(log_posterior - 2 * left_out * one, 2)[0])


MOST = sum(_curvature(m) < 0 for m in range(1, OBSERVATIONS + 1))


def _beyond_six(prior: np.ndarray) -> float:
    """Posterior probability of more than six components, whose evidences are that of six."""
    log_evidences = np.append(LOG_EVIDENCES, np.full(NUMBERS.size - 6, LOG_EVIDENCES[-1]))
    posterior = prior * np.exp(log_evidences - LOG_EVIDENCES[-1])
    return posterior[6:].sum() / posterior.sum()


def _of_six(prior: np.ndarray) -> float:
    """Posterior probability of six of them."""
    posterior = prior[:6] * np.exp(LOG_EVIDENCES - LOG_EVIDENCES[-1])
    return posterior[5] / (posterior.sum() + prior[6:].sum())


def _of_seven(prior: np.ndarray) -> float:
    """Posterior probability of seven, where nobody has more."""
    return _beyond_six(np.where(NUMBERS <= 7, prior, 0.0))


PRIORS = (FLAT, 0.5**NUMBERS, poisson.pmf(NUMBERS - 1, 1))
BEYOND = np.array([_beyond_six(prior) for prior in PRIORS])


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
        m0, lam, alpha = (
            (lam * m0 + n * mean) / (lam + n),
            lam + n,
            alpha + n / (1 + (wrong != "shape by one")),
        )
    spread = np.sqrt(beta / alpha * (1 if wrong == "no location" else 1 + 1 / lam))
    if wrong == "normal":
        return norm.logpdf(v, m0, spread)
    return t.logpdf(
        v, alpha if wrong == "half" else 2 * alpha, m0, spread**2 if wrong == "squared" else spread
    )


def _chain_with(wrong: str) -> Callable:
    return lambda y, *prior: np.array([_predicted(v, y[:i], *prior, wrong=wrong) for i, v in enumerate(y)])


def _one_owns_all(n: int, k: int, gamma: float) -> float:
    """Log probability that one of k components owns all points, drawn one after the other from Polya's urn."""
    i = np.arange(n)
    return np.log(k) + np.log((gamma + i) / (k * gamma + i)).sum()


def _chain_keeping(name: str) -> Callable:
    """Predictions one after the other, where the parameter of this name is never updated."""

    def chain(y: np.ndarray, m0: float, lam: float, alpha: float, beta: float) -> np.ndarray:
        now, terms = {"m0": m0, "lam": lam, "alpha": alpha, "beta": beta}, []
        for v in y:
            terms.append(_predicted(v, y[:0], now["m0"], now["lam"], now["alpha"], now["beta"]))
            after = {
                "m0": (now["lam"] * now["m0"] + v) / (now["lam"] + 1),
                "lam": now["lam"] + 1,
                "alpha": now["alpha"] + 0.5,
                "beta": now["beta"] + now["lam"] / (now["lam"] + 1) * (v - now["m0"]) ** 2 / 2,
            }
            now = after | {name: now[name]}
        return np.array(terms)

    return chain


def _one_owns_all_naively(n: int, k: int, gamma: float) -> float:
    return np.log(k * gamma_(n + gamma) * gamma_(k * gamma) / (gamma_(gamma) * gamma_(n + k * gamma)))


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
        word="proposal",
        title="How wide a proposal?",
        variable="effective_share",
        reference=_effective_share,
        calls=[(1.0, 1), (2.0, 1), (0.8, 1), (0.6, 1), (1.5, 17), (0.75, 2), (10.0, 1), (0.7, 3)],
        within=1e-6,
        mistakes={
            "no-variance": Mistake(
                _by_formula,
                "The formula is right where it holds. For a narrow proposal the integral of u^2 is infinite, and the"
                " formula has the root of something negative. What share is left then?",
            ),
            "infinite-share": Mistake(
                lambda c, d: _effective_share(c, d) or np.inf,
                "Infinite is the mean of u^2. In the share it stands below the line.",
            ),
            "narrow-is-nothing": Mistake(
                lambda c, d: _effective_share(c, d) if c >= 1 else 0.0,
                "You give no draw to any proposal that is narrower than the posterior. A little narrower does no harm:"
                " from which c on does the integral diverge?",
            ),
            "positive-root": Mistake(
                lambda c, d: (np.sqrt(abs(2 * c**2 - 1)) / c**2) ** d,
                "For a narrow proposal you take the root of an absolute value. Look at the integral itself: does what"
                " is integrated fall in the tails?",
            ),
            "one-dimension": Mistake(
                lambda c, d: _share(c),
                "Your result does not depend on d. The weights are products over the dimensions.",
            ),
            "divided": Mistake(
                lambda c, d: _share(c) / d,
                "You divide by the number of dimensions. The mean of a product of independent factors is the product"
                " of their means.",
            ),
            "other-way": Mistake(
                lambda c, d: _effective_share(1 / c, d),
                "You let the posterior be c times as wide as the proposal. It is the proposal that has the standard"
                " deviation c.",
            ),
            "variance": Mistake(
                lambda c, d: _effective_share(np.sqrt(c), d),
                "You took c for the variance of the proposal. It is the standard deviation.",
            ),
            "upside-down": Mistake(
                lambda c, d: np.divide(1, _effective_share(c, d)),
                "Yours is 1 or more, the inverse of a share: how many draws do the work of a single one from the"
                " posterior.",
            ),
            "relative-variance": Mistake(
                lambda c, d: np.divide(1, _effective_share(c, d)) - 1,
                "That is the variance of u over its squared mean, which enters the error. The share compares the"
                " squared mean with the mean square.",
            ),
            "ratio": Mistake(
                lambda c, d: min(c, 1 / c) ** d,
                "You compare the widths. The proposal's tails matter in another way than its width: a proposal that is"
                " too narrow can be useless, one that is too wide by as much is not.",
            ),
        },
        otherwise="With c = 1 proposal and posterior are the same, all weights are equal, and the share is 1. In one"
        " dimension u^2 q is p^2 / q up to a constant, the exponential of a square again. In d dimensions it is a product"
        " of d such factors.",
    ),
    Value(
        word="harmonic",
        title="From one to all",
        variable="most",
        expected=MOST,
        within=0.01,
        mistakes={
            "all": Mistake(
                OBSERVATIONS,
                "The mean of the terms exists for every m, up to all of them. The variance needs the mean of their"
                " squares, and in the tails these may grow faster than the posterior falls.",
            ),
            "all-but-one": Mistake(
                OBSERVATIONS - 1,
                "That one galaxy is left to hold the tails is not enough. Write down the squares of the terms times"
                " the posterior density.",
            ),
            "one": Mistake(
                1,
                "One can be left out with finite variance, and more than one. Go on until the tails win.",
            ),
            "prior-forgotten": Mistake(
                OBSERVATIONS // 2,
                "That would be nearly it without the prior. Here the prior is worth some observations, too.",
            ),
            "prior-forgotten-and-strict": Mistake(
                OBSERVATIONS // 2 - 1,
                "That is right for a flat prior. This one has a tail of its own that helps.",
            ),
            "no-half": Mistake(
                OBSERVATIONS + 20,
                "A galaxy that is left out counts twice: it no longer holds the tail of the posterior, and its"
                " 1/p pulls against it. And there are only 82.",
            ),
            "posterior-of-the-rest": Mistake(
                34,
                "You let the draws come from the posterior without the galaxies that are left out. They come from that"
                " of all 82, so one of the two factors 1/p cancels.",
            ),
            "prior-subtracted": Mistake(
                30,
                "You counted the prior on the side of the terms. It holds the tails down, as the galaxies that are kept"
                " do.",
            ),
            "no-square": Mistake(
                43,
                "Look at the units: precisions are compared, 1 over squared standard deviations. 4.5 is not a"
                " variance.",
            ),
            "prior-alone": Mistake(
                20,
                "So many galaxies the prior is worth. It does not hold the tails down alone: the galaxies that are kept"
                " help.",
            ),
            "second-question": Mistake(
                KNOWN_SD / np.sqrt(OBSERVATIONS),
                "That is the answer to the second question, a standard deviation. First a number of galaxies is asked"
                " for, with the prior as it is.",
            ),
            "border": Mistake(
                (OBSERVATIONS + (KNOWN_SD / PRIOR_SD) ** 2) / 2,
                "There the border lies. How many galaxies is that, if the variance has to be finite?",
            ),
            "too-many": Mistake(
                MOST + 1,
                "One too many. Beyond the border the integral is infinite.",
            ),
            "too-few": Mistake(
                MOST - 1,
                "One more is possible.",
            ),
        },
        otherwise="The mean square of the terms is, up to a constant, the integral of the prior times the densities of"
        " the galaxies that are kept over those of the galaxies that are left out. Each is the exponential of a"
        " square in the location. Count the precisions.",
    ),
    Value(
        word="stop",
        title="Where you stop",
        variable="beyond",
        expected=BEYOND,
        within=0.0005,
        mistakes={
            "up-to-six": Mistake(
                1 - BEYOND,
                "Those are the probabilities of six or fewer.",
            ),
            "six": Mistake(
                [_of_six(prior) for prior in PRIORS],
                "Those are the probabilities of exactly six components. Your second number is right only because this"
                " prior gives six as much as all larger numbers together.",
            ),
            "seven": Mistake(
                [_of_seven(prior) for prior in PRIORS],
                "You stopped at seven. The numbers above it have prior probabilities as well.",
            ),
            "prior-ignored": Mistake(
                np.full(3, BEYOND[0]),
                "You found the same number three times, that of the flat prior. Multiply each evidence by the prior"
                " probability of its number of components.",
            ),
            "prior-of-twelve": Mistake(
                [_beyond_six(np.where(NUMBERS <= 12, prior, 0.0)) for prior in PRIORS],
                "You cut all three priors off at twelve. Only the first one ends there.",
            ),
            "not-shifted": Mistake(
                [*BEYOND[:2], _beyond_six(poisson.pmf(NUMBERS, 1))],
                "The first two are right. In the third K - 1 has the Poisson distribution, and you took K itself.",
            ),
            "flat-without-end": Mistake(
                [1.0, *BEYOND[1:]],
                "The last two are right. The first prior is flat up to twelve and 0 above.",
            ),
            "other-order": Mistake(
                BEYOND[::-1],
                "You have them in another order: flat, geometric, Poisson.",
            ),
            "at-least-six": Mistake(
                [_of_six(prior) + beyond for prior, beyond in zip(PRIORS, BEYOND, strict=True)],
                "Those are the probabilities of six or more.",
            ),
            "two-decimals": Mistake([0.82, 0.36, 0.05], "Right so far. Three decimals are asked for."),
            "last-digit": Mistake(
                [0.819, 0.362, 0.053], "Very near. Is the last digit of the second one rounded?"
            ),
            "in-per-cent": Mistake(
                100 * BEYOND,
                "Those are percentages. Give probabilities between 0 and 1.",
            ),
        },
        otherwise=(
            "Give three probabilities to three decimals: flat, geometric, Poisson. Take the evidence of six as the"
            " unit, so that each larger number contributes its prior probability alone. What does five contribute?"
        ),
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
            "never-updated": Mistake(
                lambda y, *prior: np.array([_predicted(v, y[:0], *prior) for v in y]),
                "Every observation is predicted from the prior alone. From the second on, those that came before are"
                " known.",
            ),
            "normal": Mistake(
                _chain_with("normal"),
                "You predict with a normal density. The variance is unknown, and once it is integrated out the"
                " density has heavier tails.",
            ),
            "scale-squared": Mistake(
                _chain_with("squared"),
                "Your t distribution has the square of its scale where the scale belongs.",
            ),
            "m0-kept": Mistake(
                _chain_keeping("m0"),
                "The centre of your predictions stays at `m0`. The observations that came before move it.",
            ),
            "lam-kept": Mistake(
                _chain_keeping("lam"),
                "Your `lam` stays what it was. Each observation adds to what is known of the location.",
            ),
            "alpha-kept": Mistake(
                _chain_keeping("alpha"),
                "Your `alpha` stays what it was. Each observation adds to what is known of the variance.",
            ),
            "beta-kept": Mistake(
                _chain_keeping("beta"),
                "Your `beta` stays what it was. Each observation adds its square to it.",
            ),
            "shape-by-one": Mistake(
                _chain_with("shape by one"),
                "Each observation adds 1 to your alpha. Look up what n observations add to it.",
            ),
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
    Choice(
        word="lindley",
        title="Which galaxy pays?",
        variable="answer_lindley",
        right="c",
        replies={
            "a": "Then the elpd would fall with the evidence. It sums 82 predictions, each of them from 81 galaxies,"
            " and stays the same to a hundredth. Which prediction does only the evidence contain?",
            "b": "The formula is exact for every positive worth, and the fall is what it says. A density that is"
            " spread over more and more places must be lower at each of them.",
            "c": "The chain rule says where the fall is: in the first term, the only one that rests on the prior"
            " alone. So a prior whose trace is gone after one galaxy can make the Bayes factor against this model as"
            " large as you please. That is the Jeffreys-Lindley effect.",
            "d": "The posterior moves to the data and stays there: the prior's worth is added to the number of galaxies,"
            " and the sum is as good as 82. Look for what was said before there were any data.",
        },
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
            "overflow": Mistake(
                _one_owns_all_naively,
                "The formula is right, and the gamma function overflows: that of 273 is too large for a float. Take"
                " the logarithms of gamma functions.",
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
