"""Exercises on Gibbs sampling over categories."""

from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.special import expit, gammaincinv, gammaln, polygamma
from scipy.stats import multivariate_normal, norm

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

DRAWS, PERSISTENCE = 10_000, 0.9
SIZE = 20_000  # draws of a scale in each case
CASES = ((2, 8.0), (5, 3.0), (40, 55.0))  # points in a category, and their sum of squares
PRIOR_VARIANCE = 10.0**2


def _worth(draws: float, rho: np.ndarray) -> float:
    """How many independent draws these are worth, with autocorrelations rho at lags 1, 2, ..."""
    return draws / (1 + 2 * rho.sum())


LAGS = np.arange(1, 2_000)
RHO = PERSISTENCE**LAGS
WORTH = _worth(DRAWS, RHO)


def _log10_accepted() -> float:
    """Probability, by quadrature, that no weight from Dirichlet(501, 1, 1) is below 0.1.

    The density is 501 · 502 · w[0]**500. With s for how far w[1] and w[2] are above 0.1 together, w[0] is
    0.8 − s, and s spreads over a length of s. A power of 0.8 is taken out.
    """

    def scaled(s: float) -> float:
        return s * (1 - s / 0.8) ** 500

    total = quad(scaled, 0, 0.05, epsabs=0, epsrel=1e-10)[0] + quad(scaled, 0.05, 0.7)[0]
    return np.log10(501 * 502 * total) + 500 * np.log10(0.8)


def _log_moments(draw: Callable) -> np.ndarray:
    """Mean and standard deviation of the logs of many draws, for each case."""
    found = []
    for number, (n, q) in enumerate(CASES):
        draws = np.asarray(draw(n, q, SIZE, np.random.default_rng([6, number])))
        if draws.shape != (SIZE,):
            raise ValueError(f"draws have shape {draws.shape}")
        with np.errstate(all="ignore"):
            logs = np.log(draws)
            found.append([logs.mean(), logs.std()])
    return np.array(found)


def _log_moment_errors() -> np.ndarray:
    """Standard errors of these statistics for draws of the variance, whose logs spread twice as far.

    The log of a gamma variable has polygammas as its cumulants.
    """
    shape = (np.array([n for n, _ in CASES]) - 1) / 2
    variance = polygamma(1, shape)
    kurtosis = polygamma(3, shape) / polygamma(1, shape) ** 2
    return np.sqrt(np.stack([variance, variance * (kurtosis + 2) / 4], axis=1) / SIZE)


def _quantiles(
    shape: Callable[[int], float], rate: Callable[[float], float] = lambda q: q / 2, power: float = -0.5
) -> Callable:
    """Evenly spaced quantiles in place of draws: of a power of a gamma variable."""
    return lambda n, q, size, rng: (gammaincinv(shape(n), (np.arange(size) + 0.5) / size) / rate(q)) ** power


def _second_by_enumeration(y: np.ndarray, z: np.ndarray, i: int) -> float:
    """Probability of category 1 for point i: both joint densities, weights and locations integrated out."""
    log_joint = []
    for category in (0, 1):
        assigned = np.array(z)
        assigned[i] = category
        total = 0.0
        for k in (0, 1):
            group = np.asarray(y)[assigned == k]
            total += gammaln(group.size + 1)  # the flat Dirichlet integrates to factorials
            if group.size:
                cov = np.eye(group.size) + PRIOR_VARIANCE
                total += multivariate_normal(np.zeros(group.size), cov).logpdf(group)
        log_joint.append(total)
    return expit(log_joint[1] - log_joint[0])


def _second(weigh: Callable, *, leave_out: bool = True, error: float = 1.0, spread: float = 1.0) -> Callable:
    """The same by counts and sums, with a wrong step: the weight, the point left in, or a variance left out."""

    def probability(y: np.ndarray, z: np.ndarray, i: int) -> float:
        others = np.arange(len(y)) != i
        used = others if leave_out else np.ones(len(y), dtype=bool)
        terms = []
        for k in (0, 1):
            group = y[used & (z == k)]
            v = 1 / (group.size + 1 / PRIOR_VARIANCE)
            density = norm.pdf(y[i], v * group.sum(), np.sqrt(error + spread * v))
            terms.append(weigh(np.sum(others & (z == k)), np.sum(z == k)) * density)
        return terms[1] / (terms[0] + terms[1])

    return probability


Y = np.array([-0.8, 1.4, 0.3, -1.9, 0.9])

EXERCISES: list[Exercise] = [
    Function(
        word="weights",
        title="One line",
        variable="weight_parameters",
        reference=lambda n, alpha: np.array([count + a for count, a in zip(n, alpha, strict=True)]),
        calls=[
            (np.array([156, 180, 164]), np.array([2.0, 2.0, 2.0])),
            (np.array([3, 0, 1]), np.array([0.5, 4.0, 1.0])),
            (np.array([7, 2]), np.array([1.0, 3.0])),
        ],
        mistakes={
            "no-prior": Mistake(
                lambda n, alpha: n + 0 * alpha,
                "Those are the counts alone. The prior has factors of each weight, too; multiply them by those of"
                " the categories.",
            ),
            "flat-prior": Mistake(
                lambda n, alpha: n + 1 + 0 * alpha,
                "That is right for the flat prior, which is Dirichlet(1, 1, 1). Here the prior is another one.",
            ),
            "flat-as-well": Mistake(
                lambda n, alpha: n + alpha + 1,
                "You counted two priors: the 1 of the chapter is the parameter of its flat prior, and `alpha` stands"
                " in its place.",
            ),
            "exponents": Mistake(
                lambda n, alpha: n + alpha - 1,
                "Those are the exponents of the weights. A Dirichlet density has its parameters less 1 as exponents.",
            ),
            "mean": Mistake(
                lambda n, alpha: (n + alpha) / np.sum(n + alpha),
                "Those are the mean weights. A draw needs the parameters, whose sum says how far a draw may be from"
                " the mean.",
            ),
        },
        otherwise="Collect the exponent of each weight in the prior and in the product over points.",
    ),
    Value(
        word="thin",
        title="Every fifth draw",
        variable="worth",
        expected=np.array([WORTH, _worth(DRAWS / 5, RHO[4::5])]),
        within=0.51,
        mistakes={
            "same-autocorrelation": Mistake(
                np.array([WORTH, WORTH / 5]),
                "You kept a fifth of the draws and the autocorrelations as they were. Neighbours among the kept"
                " draws are five sweeps apart.",
            ),
            "all-draws": Mistake(
                np.array([WORTH, _worth(DRAWS, RHO[4::5])]),
                "The autocorrelations after thinning are right. But how many draws are left?",
            ),
            "divided-autocorrelation": Mistake(
                np.array([WORTH, _worth(DRAWS / 5, (PERSISTENCE / 5) ** LAGS)]),
                "You divided the autocorrelation by five. At lag t the kept draws have what all draws have at lag 5 t.",
            ),
            "one-sided": Mistake(
                np.array([DRAWS / (1 + RHO.sum()), DRAWS / 5 / (1 + RHO[4::5].sum())]),
                "Each draw has neighbours before it and after it. Which factor is missing before the sum?",
            ),
            "exchanged": Mistake(
                np.array([_worth(DRAWS / 5, RHO[4::5]), WORTH]),
                "You have the two in the other order: first all draws, then every fifth. The thinned draws are a part"
                " of all draws and cannot be worth more.",
            ),
        },
        otherwise="A geometric series has the sum x + x^2 + ... = x / (1 − x). What is x before and after thinning?",
    ),
    Function(
        word="scales",
        title="Scales of their own",
        variable="draw_scale",
        reference=_quantiles(lambda n: (n - 1) / 2),
        measure=_log_moments,
        within=5 * _log_moment_errors(),
        mistakes={
            "flat-in-the-log": Mistake(
                _quantiles(lambda n: n / 2),
                "The shape is that of a prior which is flat in the log of the scale. Here it is flat in the scale"
                " itself; follow the Jacobian of the change to 1 / sigma^2.",
            ),
            "no-jacobian": Mistake(
                _quantiles(lambda n: n / 2 + 1),
                "You changed from the scale to the precision and left the density as it was. A density gets a"
                " Jacobian when its variable changes.",
            ),
            "inverse-jacobian": Mistake(
                _quantiles(lambda n: n / 2 + 2.5),
                "Your Jacobian is upside down: the density of the precision needs the derivative of sigma with"
                " respect to it.",
            ),
            "whole-sum": Mistake(
                _quantiles(lambda n: (n - 1) / 2, rate=lambda q: q),
                "Your rate is twice too large, and the scales come out too small. What stands before the squares in"
                " the log of a normal density?",
            ),
            "rate-for-scale": Mistake(
                _quantiles(lambda n: (n - 1) / 2, rate=lambda q: 2 / q),
                "You gave the rate to NumPy's gamma, whose second argument is its inverse, the scale.",
            ),
            "precision": Mistake(
                _quantiles(lambda n: (n - 1) / 2, power=1.0),
                "Those are draws of the precision, 1 / sigma^2. Turn each into a standard deviation.",
            ),
            "variance": Mistake(
                _quantiles(lambda n: (n - 1) / 2, power=-1.0),
                "Those are draws of the variance. The scale is a standard deviation.",
            ),
            "not-differentiated": Mistake(
                _quantiles(lambda n: (n + 1) / 2),
                "You multiplied by sigma itself, the root of 1 / precision. The Jacobian is its derivative.",
            ),
        },
        otherwise=(
            "Return an array of `size` independent draws. A histogram of many for n = 5 and q = 3 has the "
            "shape of sigma**-5 * exp(-1.5 / sigma**2). Is yours too far left, or right?"
        ),
    ),
    Choice(
        word="variance",
        title="The wrong parameter",
        variable="answer_variance",
        right="c",
        replies={
            "a": "`centre` already holds the pull of the prior, and the mistake leaves `centre` as it is. What does"
            " the second parameter of a normal distribution change?",
            "b": "It would, if `p` were below 1. How does 1 / 165 compare with 1 over the root of 165?",
            "c": "The centre of each draw is untouched, and its standard deviation is 0.006 where 0.078 is right."
            " What spread is left comes from categories that move the centre.",
            "d": "Each draw has another distribution now, so the chain tends to another one as well. It is not only"
            " the way there that changes.",
        },
    ),
    Value(
        word="trapped",
        title="A trapped start",
        variable="log10_accepted",
        expected=_log10_accepted(),
        within=0.005,
        mistakes={
            "one-weight": Mistake(
                502 * np.log10(0.9),
                "That is the probability for one of the small weights. Both have to be 0.1 or more at the same time.",
            ),
            "independent": Mistake(
                2 * 502 * np.log10(0.9),
                "You multiplied the probabilities of two weights as if they were independent. What the one takes"
                " the other cannot have.",
            ),
            "sum-of-both": Mistake(
                np.log10(0.8**502 + 502 * 0.2 * 0.8**501),
                "That is the probability that both small weights are 0.2 together. One of them may have all of it;"
                " each needs 0.1 of its own.",
            ),
            "height-alone": Mistake(
                500 * np.log10(0.8),
                "You compared the height of the density, and not the area over which it is integrated. The triangle"
                " that is left is smaller, too.",
            ),
            "natural-log": Mistake(
                502 * np.log(0.8),
                "That is the natural logarithm; the question asks for the one to base ten.",
            ),
            "sign": Mistake(-502 * np.log10(0.8), "The logarithm of a probability below 1 is negative."),
        },
        otherwise=(
            "Give its logarithm, to two decimals. On the plane of the two small weights, all draws fill a "
            "triangle with a corner at (0, 0). Which triangle do the accepted ones fill, and how large is the"
            " density there?"
        ),
    ),
    Function(
        word="collapse",
        title="Collapse the weights",
        variable="second_category",
        reference=_second_by_enumeration,
        calls=[
            (np.array([-1.0, 1.2]), np.array([0, 1]), 0),
            (Y, np.array([0, 1, 1, 0, 1]), 2),
            (Y, np.array([0, 1, 1, 0, 0]), 4),
            (Y, np.array([0, 0, 0, 0, 0]), 1),
            (np.arange(-4.0, 5.0) / 2, np.array([0, 0, 0, 0, 0, 0, 0, 1, 1]), 6),
        ],
        mistakes={
            "equal-weights": Mistake(
                _second(lambda others, own: 1),
                "Your weights are equal and known. Here they are unknown, and the other categories tell something"
                " about them: a large group is more probable for the next point.",
            ),
            "counted-in": Mistake(
                _second(lambda others, own: own + 1, leave_out=False),
                "You count the point among its own neighbours, so it likes to stay where it is. Take it out of count"
                " and sum before you draw.",
            ),
            "weight-counted-in": Mistake(
                _second(lambda others, own: own + 1),
                "The density leaves the point out, and the weight does not. The count in the weight is that of the"
                " other points as well.",
            ),
            "no-prior": Mistake(
                _second(lambda others, own: others),
                "With the bare counts a category that has lost its last point can never get one again. What does"
                " the flat prior add to a count?",
            ),
            "location-known": Mistake(
                _second(lambda others, own: others + 1, spread=0.0),
                "You take the location as known once the others are given. It still has a variance, and a new point"
                " has that of the error on top.",
            ),
            "no-error": Mistake(
                _second(lambda others, own: others + 1, error=0.0),
                "That is the distribution of the location. A new point is the location plus an error of variance 1.",
            ),
            "other-category": Mistake(
                lambda y, z, i: 1 - _second_by_enumeration(y, z, i),
                "That is the probability of category 0.",
            ),
        },
        otherwise="Weight times predictive density for both categories, each from the other points alone; then divide"
        " by their sum.",
    ),
]
