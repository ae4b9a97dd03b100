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
RELATIVE = np.exp(LOG_EVIDENCES - LOG_EVIDENCES[-1])  # in units of the evidence of six
SEVEN, EIGHT = poisson.sf(
    [5, 6], 1
)  # probabilities of as many or more, if K - 1 has the Poisson distribution


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
    posterior = prior[:6] * RELATIVE
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
    widening = {"no location": 1, "location alone": 1 / lam, "upside down": 1 + lam}.get(wrong, 1 + 1 / lam)
    variance = beta / (alpha - 1 if wrong == "mean variance" else alpha)
    spread = np.sqrt((1 / variance if wrong == "precision" else variance) * widening)
    if wrong in {"normal", "mean variance"}:
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


def _chain_updating(rise: Callable) -> Callable:
    """Predictions one after the other, where the rate grows by a function of the offset and of the old worth."""

    def chain(y: np.ndarray, m0: float, lam: float, alpha: float, beta: float) -> np.ndarray:
        terms = []
        for v in y:
            terms.append(_predicted(v, y[:0], m0, lam, alpha, beta))
            beta = beta + rise(v - m0, lam)
            m0, lam, alpha = (lam * m0 + v) / (lam + 1), lam + 1, alpha + 0.5
        return np.array(terms)

    return chain


def _chain_out_of_order(*early: str) -> Callable:
    """Predictions one after the other, where these have their new values when the rate is updated."""

    def rise(offset: float, lam: float) -> float:
        left = offset * lam / (lam + 1) if "m0" in early else offset
        worth = lam + 1 if "lam" in early else lam
        return worth / (worth + 1) * left**2 / 2

    return _chain_updating(rise)


EXERCISES: list[Exercise] = [
    Function(
        word="proposal",
        title="How wide a proposal?",
        variable="effective_share",
        reference=_effective_share,
        # 0.705 and 0.71 lie on both sides of the border
        calls=[
            (1.0, 1),
            (2.0, 1),
            (0.8, 1),
            (0.6, 1),
            (1.5, 17),
            (0.75, 2),
            (10.0, 1),
            (0.7, 3),
            (0.705, 1),
            (0.71, 2),
            (0.4, 2),
        ],
        within=1e-6,
        mistakes={
            "no-variance": Mistake(
                _by_formula,
                "The formula is right where it holds. For a narrow proposal the integral of u^2 is infinite, and the"
                " formula has the root of something negative. What share is left then?",
            ),
            "complex-root": Mistake(
                lambda c, d: (complex(2 * c**2 - 1) ** 0.5 / c**2) ** d,
                "For a narrow proposal you take the power 0.5 of something negative, and Python answers with a complex"
                " number. Where the formula has no root, does the integral of u^2 exist?",
            ),
            "border-below": Mistake(
                lambda c, d: 0.0 if c <= 0.5 else _by_formula(c, d),
                "The share is 0 for more proposals than those half as wide. For which c does what is integrated no"
                " longer fall in the tails?",
            ),
            "border-rounded-up": Mistake(
                lambda c, d: 0.0 if c <= 0.71 else _by_formula(c, d),
                "Your border is a little too high: at 0.71 is still something left. Take the condition itself and not a"
                " rounded number.",
            ),
            "border-rounded-down": Mistake(
                lambda c, d: 0.0 if c <= 0.7 else _by_formula(c, d),
                "Your border is a little too low: at 0.705 it has no root any more. Take the condition itself and not a"
                " rounded number.",
            ),
            "no-heights": Mistake(
                lambda c, d: (_share(c) * c) ** d,
                "The widths are right, and a height is missing: a wide normal density is low, by one over its standard"
                " deviation. Does your share ever rise above 1?",
            ),
            "not-rooted": Mistake(
                lambda c, d: _effective_share(c, d) ** 2,
                "Yours is the square of the share. The integral of the exponential of -a x^2 is the root of pi / a.",
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
            "upside-down-or-0": Mistake(
                lambda c, d: 1 / _effective_share(c, d) if _share(c) else 0.0,
                "Where yours is not 0 it is at least 1, and no share is. Which of the two means stands below the line?",
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
        after="Be wide rather than narrow: in one dimension the proposal twice as wide keeps 0.661 of the draws, the one"
        " half as wide nothing in the long run. In 17 dimensions too wide by 20 per cent leaves 0.435 and by 50 per"
        " cent 0.043; too narrow by 20 per cent leaves 0.039 and by 50 per cent nothing.",
        otherwise="With c = 1 proposal and posterior are the same, all weights are equal, and the share is 1. In one"
        " dimension u^2 q is p^2 / q up to a constant, the exponential of a square again. In d dimensions it is a product"
        " of d such factors. (An average over draws is not exact enough.)",
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
            "prior-not-halved": Mistake(
                61,
                "Either you halved the number of galaxies and not what the prior is worth, or you subtracted that from 82."
                " On which side of the comparison does the prior stand?",
            ),
            "prior-from-all": Mistake(
                62,
                "You subtracted from 82 what the prior is worth. But the prior helps: the more it is worth, the more can"
                " be left out.",
            ),
            "kept": Mistake(
                31,
                "Is that how many stay in? Asked is how many can be left out. If it is not: prior and galaxies that"
                " stay in are on one side, those left out on the other.",
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
            "half-of-the-prior": Mistake(
                10,
                "You compare those left out with the prior alone. What is left of the 82 holds the tails down, too.",
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
        after="Somewhat more than a half, since the prior is worth 20 galaxies. For the harmonic mean, with all 82 left"
        " out, its standard deviation would have to be below 4.5 / sqrt(82) = 0.497: it would have to know more of the"
        " location than all galaxies tell.",
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
            "seven-of-the-geometric": Mistake(
                [np.nan, _of_seven(PRIORS[1]), np.nan],
                "In the second you counted 1/128 above six, which is seven alone. What do 2^-7, 2^-8 and so on add up"
                " to?",
            ),
            "six-twice": Mistake(
                [1 / (1 + (prior[:6] @ RELATIVE) / prior[5:].sum()) for prior in PRIORS],
                "Six is among those above six with you, and once more among those up to six.",
            ),
            "logs-as-weights": Mistake(
                [
                    prior[6:].sum()
                    * LOG_EVIDENCES[-1]
                    / (prior[:6] @ LOG_EVIDENCES + prior[6:].sum() * LOG_EVIDENCES[-1])
                    for prior in PRIORS
                ],
                "You weighed the priors with the logs of the evidences. A difference of 1.3 in the logs is a factor"
                " of 3.7.",
            ),
            "odds": Mistake(
                BEYOND / (1 - BEYOND),
                "Those are odds, more than six against six or fewer. Divide by the sum over all numbers of components.",
            ),
            "evidence-ignored": Mistake(
                [0.5, 0.5**6, np.nan],  # the third rounds to 0.001, in many ways
                "Those are the prior probabilities. The evidence of one to five is less than that of six, and so they"
                " count for less.",
            ),
            "five-forgotten": Mistake(
                [prior[6:].sum() / prior[5:].sum() for prior in PRIORS],
                "You left five and fewer away. Five has a quarter of the evidence of six, and two of the priors favour"
                " it.",
            ),
            "flat-counts-twelve": Mistake(
                [12 / (12 + RELATIVE.sum()), np.nan, np.nan],
                "For the first you added twelve numbers to the six. How many are there from seven to twelve?",
            ),
            "poisson-from-eight": Mistake(
                [np.nan, np.nan, EIGHT / (EIGHT + poisson.pmf(np.arange(6), 1) @ RELATIVE)],
                "In the third you left out seven: more than six components is K - 1 above five.",
            ),
            "prior-of-twelve": Mistake(
                [_beyond_six(np.where(NUMBERS <= 12, prior, 0.0)) for prior in PRIORS],
                "You cut all three priors off at twelve. Only the first one ends there.",
            ),
            "half-shifted": Mistake(
                [np.nan, np.nan, SEVEN / (SEVEN + poisson.pmf(np.arange(1, 7), 1) @ RELATIVE)],
                "In the third you shifted the numbers above six, and not those up to six: it is K - 1 throughout that"
                " has the Poisson distribution.",
            ),
            "not-shifted": Mistake(
                [np.nan, np.nan, _beyond_six(poisson.pmf(NUMBERS, 1))],
                "In the third K - 1 has the Poisson distribution, and you took K itself.",
            ),
            "flat-without-end": Mistake(
                [1.0, np.nan, np.nan],
                "Look at the first again: its prior is flat up to twelve and 0 above.",
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
        },
        after="The evidences are the same, and the answer goes from very probable to hardly. Under the flat prior it is"
        " where one stops. The second prior halves with each component, so it holds K down while the log evidence"
        " rises by less than log 2 = 0.69 with each; the Poisson prior holds it down under any steady rise.",
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
            (np.array([-3.0, 4.0, 0.5]), 0.7, 2.0, 0.4, 3.0),
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
            "normal-of-mean-variance": Mistake(
                _chain_with("mean variance"),
                "You put beta / (alpha - 1), the mean of the variance, into a normal density. That mean need not exist,"
                " and a mixture over variances is not normal.",
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
                "Your `beta` stays what it was. Each observation adds to it, the more the farther it is from"
                " where it was expected.",
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
                _chain_out_of_order("m0", "lam"),
                "You update `beta` with the new `m0` and `lam`. Its formula contains the old ones; update it first.",
            ),
            "location-too-early": Mistake(
                _chain_out_of_order("m0"),
                "When you update `beta`, `m0` has already moved. Its formula contains the old one, from which the"
                " observation was predicted.",
            ),
            "worth-too-early": Mistake(
                _chain_out_of_order("lam"),
                "When you update `beta`, `lam` has already been raised by 1. The formula contains the old one.",
            ),
            "beta-not-halved": Mistake(
                _chain_updating(lambda offset, lam: lam / (lam + 1) * offset**2),
                "Your `beta` grows twice as fast as it should. Which factor stands in the exponent of a normal density?",
            ),
            "beta-from-full-squares": Mistake(
                _chain_updating(lambda offset, lam: offset**2 / 2),
                "You add to `beta` a square as if the location were `m0`. A distance from `m0` may also be due to"
                " `m0` being wrong, and so it counts for less: which factor stands before the square?",
            ),
            "beta-from-new-location": Mistake(
                _chain_updating(lambda offset, lam: (lam / (lam + 1) * offset) ** 2 / 2),
                "You add to `beta` the square of the distance from the new location alone. That it had to move from"
                " the old one tells of the spread, too.",
            ),
            "location-alone": Mistake(
                _chain_with("location alone"),
                "Your scale is that of the location. A new observation scatters around the location besides.",
            ),
            "first-missing": Mistake(
                lambda *given: _chain(*given)[1:],
                "One term is missing: the first observation has a prediction as well, that of the prior.",
            ),
            "mean-of-nothing": Mistake(
                lambda *given: np.append(np.nan, _chain(*given)[1:]),
                "Only the first term is NaN. Before it nothing has been seen, and nothing has no mean: what are"
                " the parameters then?",
            ),
            "sorted": Mistake(
                lambda y, *prior: _chain(np.sort(y), *prior),
                "You sorted the data first. The sum is the same, and the terms are those of another order.",
            ),
            "worth-upside-down": Mistake(
                _chain_with("upside down"),
                "Your predictions get wider the more the prior is worth: look at the factor with `lam` in the scale.",
            ),
            "alpha-over-beta": Mistake(
                _chain_with("precision"),
                "In your scale stands alpha / beta, the mean of the precision 1 / variance. The scale grows with beta.",
            ),
            "running-total": Mistake(
                lambda *given: np.cumsum(_chain(*given)),
                "Those are the log evidences of the first observations, added up. Each term on its own is asked for.",
            ),
            "total": Mistake(
                lambda *given: np.sum(_chain(*given)),
                "You return the sum, which is the log evidence. The terms of it are asked for, an array.",
            ),
            "not-logged": Mistake(
                lambda *given: np.exp(_chain(*given)),
                "Those are densities. Their logarithms are asked for.",
            ),
        },
        after="In another order the terms change, and their sum does not. For the galaxies it is -251.1 under the tuned"
        " prior and -248.8 under the vague one: a prior made for narrow groups suits a single component badly, which"
        " has to cover them all.",
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
            (900, 60, 10.0),
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
                "The formula is right, and a number in it overflows: a gamma function, or the product that it stands for,"
                " is too large for a float when n is a few hundred. Take the logarithms of the factors.",
            ),
            "named-and-equal": Mistake(
                lambda n, k, gamma: -n * np.log(k),
                "That is the probability of one z, if all are equally probable. Any component may be the one, and the"
                " weights are not known to be equal.",
            ),
            "product": Mistake(
                lambda n, k, gamma: np.log(np.prod((gamma + (i := np.arange(n))) / (k * gamma + i)) * k),
                "The formula is right, and a number in it underflows to 0: a product of 900 small probabilities, or a beta"
                " function. Take the logarithms of the factors, and add them.",
            ),
            "one-too-far": Mistake(
                lambda n, k, gamma: _one_owns_all(n + 1, k, gamma) + np.log(k),
                "For a single point yours is not 0. The first point may fall to any component, and n - 1 have to join it:"
                " where does your product begin, and where does it end?",
            ),
            "gamma-shared": Mistake(
                lambda n, k, gamma: _one_owns_all(n, k, gamma / k),
                "You took `gamma` as the sum over all components. Each of the K components has a parameter of that size.",
            ),
            "gamma-is-one": Mistake(
                lambda n, k, gamma: _one_owns_all(n, k, 1.0),
                "Your result is right for gamma = 1 and does not depend on `gamma`.",
            ),
            "as-of-two": Mistake(
                lambda n, k, gamma: np.log(k) + betaln(gamma + n, gamma) - betaln(gamma, gamma),
                "Right for two components. Where there are more, the share of one is drawn against those of all others"
                " together: what is the second parameter of its beta distribution?",
            ),
            "no-normalization": Mistake(
                lambda n, k, gamma: np.log(k) + gammaln(n + gamma) - gammaln(n + k * gamma),
                "For a single point the limit is 1, and yours is not: what the Dirichlet density is divided by is"
                " missing.",
            ),
            "upside-down": Mistake(
                lambda n, k, gamma: -_one_owns_all(n, k, gamma),
                "Yours has the opposite sign: asked is the evidence of K components over that of one.",
            ),
            "not-logged": Mistake(
                lambda n, k, gamma: np.exp(_one_owns_all(n, k, gamma)),
                "That is the limit itself. Its logarithm is asked for.",
            ),
            "to-zero": Mistake(
                lambda n, k, gamma: -np.inf,
                "Only an occupied component pays for a vague prior of its location. If the others are empty, a"
                " model with more components pays no more than one with a single component.",
            ),
        },
        after="The limit is below 1 for every K, so one component wins in the end, whatever the data are. For 82 galaxies and"
        " gamma = 1 it is 2/83 for two components and 1.6e-7 for six. With ten components and gamma = 0.01 it is 0.64:"
        " nine of them stay empty.",
        otherwise=(
            "For a single point the evidence does not depend on the number of components, so the log is 0. "
            "For two points, two components and gamma = 1 it is log(2/3), and for gamma = 0.01 nearly 0."
        ),
    ),
]
