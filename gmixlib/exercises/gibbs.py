"""Exercises on Gibbs sampling over categories."""

from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.special import digamma, expit, gammainc, gammaincinv, gammaln, polygamma
from scipy.stats import multivariate_normal, norm

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

DRAWS, PERSISTENCE = 10_000, 0.9
SIZE = 20_000  # draws of a scale in each case
CASES = ((5, 6.0), (40, 55.0), (2, 8.0))  # points in a category, and their sum of squares
STATISTICS = tuple(
    f"{of} for n = {n} and q = {q:g}"
    for n, q in CASES
    for of in (
        "the mean of log sigma",
        "the standard deviation of log sigma",
        "the correlation of a draw with the next",
        "the share of draws that differ",
    )
)
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


def _exact(n: int, q: float) -> np.ndarray:
    """What the statistics of a case are of right draws, so many that there is no noise."""
    shape = (n - 1) / 2
    return np.array([(np.log(q / 2) - digamma(shape)) / 2, np.sqrt(polygamma(1, shape)) / 2, 0.0, 1.0])


def _statistics(draw: Callable) -> np.ndarray:
    """Mean and standard deviation of the logs of many draws, and how far they are independent, for each case.

    A shape that is wrong for 5 points may be negative for 2, and NumPy stops with an error that tells nothing: the
    case of 2 points is left out unless the mean for 5 is right.
    """
    found: list[np.ndarray] = []
    for number, (n, q) in enumerate(CASES):
        if n == 2 and not np.abs(found[0][0] - _exact(*CASES[0])[0]) <= WITHIN[0, 0]:
            found.append(_exact(n, q))
            continue
        draws = np.asarray(draw(n, q, SIZE, np.random.default_rng([6, number])))
        if draws.shape != (SIZE,):
            raise ValueError(f"draws have shape {draws.shape}")
        with np.errstate(all="ignore"):
            logs = np.log(draws)
            neighbours = np.corrcoef(logs[:-1], logs[1:])[0, 1]
            found.append(np.array([logs.mean(), logs.std(), neighbours, np.unique(draws).size / SIZE]))
    return np.concatenate(found)


def _within() -> np.ndarray:
    """Five standard errors of these statistics for draws of the variance, whose logs spread twice as far.

    The log of a gamma variable has polygammas as its cumulants. Draws in single precision repeat themselves now and
    then, so a hundredth of all may.
    """
    shape = (np.array([n for n, _ in CASES]) - 1) / 2
    variance = polygamma(1, shape)
    kurtosis = polygamma(3, shape) / polygamma(1, shape) ** 2
    moments = 5 * np.sqrt(np.stack([variance, variance * (kurtosis + 2) / 4], axis=1) / SIZE)
    return np.hstack([moments, np.tile([5 * np.sqrt(2 / SIZE), 0.01], (len(CASES), 1))])


WITHIN = _within()


def _quantiles(
    shape: Callable[[int], float],
    rate: Callable[[float], float] = lambda q: q / 2,
    power: float = -0.5,
    bound: float = np.inf,
    *,
    in_order: bool = False,
) -> Callable:
    """Evenly spaced quantiles in place of draws: of a power of a gamma variable. A bound on sigma may cut it."""

    def draw(n: int, q: float, size: int, rng: np.random.Generator) -> np.ndarray:
        cut = gammainc(shape(n), rate(q) / bound**2)
        levels = cut + (1 - cut) * (np.arange(size) + 0.5) / size
        draws = (gammaincinv(shape(n), levels) / rate(q)) ** power
        return draws if in_order else rng.permutation(draws)

    return draw


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


def _second(
    log_weigh: Callable = lambda others, own, n: np.log(others + 1),
    *,
    counted: bool = False,
    summed: bool = False,
    variance: Callable = lambda v: 1 + v,
    link: Callable = expit,
) -> Callable:
    """The same by counts and sums, with a wrong step: the weight, the point left in, the variance, or the end."""

    def probability(y: np.ndarray, z: np.ndarray, i: int) -> float:
        others = np.arange(len(y)) != i
        log_p = []
        for k in (0, 1):
            own = z == k
            v = 1 / (np.sum(own if counted else own & others) + 1 / PRIOR_VARIANCE)
            centre = v * y[own if summed else own & others].sum()
            log_weight = log_weigh(np.sum(own & others), np.sum(own), len(y))
            log_p.append(log_weight + norm.logpdf(y[i], centre, np.sqrt(variance(v))))
        return link(log_p[1] - log_p[0])

    return probability


def _second_at_the_mean(y: np.ndarray, z: np.ndarray, i: int) -> float:
    """The same with the mean of the other points in place of the location, which has no variance."""
    groups = [np.delete(y, i)[np.delete(z, i) == k] for k in (0, 1)]
    log_p = [
        np.log(group.size + 1) - 0.5 * (y[i] - group.sum() / max(group.size, 1)) ** 2 for group in groups
    ]
    return expit(log_p[1] - log_p[0])


def _second_by_densities(y: np.ndarray, z: np.ndarray, i: int) -> float:
    """The same from densities that may both be 0 for the computer."""
    odds = _second(link=np.exp)(y, z, i)
    return np.nan if np.abs(y[i]) > 50 else odds / (1 + odds)


Y = np.array([-0.8, 1.4, 0.3, -1.9, 0.9])

EXERCISES: list[Exercise] = [
    Function(
        word="weights",
        title="Another prior",
        variable="weight_parameters",
        reference=lambda n, alpha: np.array([count + a for count, a in zip(n, alpha, strict=True)]),
        calls=[
            (np.array([156, 180, 164]), np.array([2.0, 2.0, 2.0])),
            (np.array([3, 0, 1]), np.array([0.5, 4.0, 1.0])),
            (np.array([7, 2]), np.array([1.0, 3.0])),
            (np.array([0, 499, 1]), np.array([1.0, 1.0, 2.0])),
        ],
        mistakes={
            "no-data": Mistake(
                lambda n, alpha: alpha + 0 * n,
                "Those are the parameters of the prior. A weight has to rise with the number of points in its"
                " category.",
            ),
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
            "one-prior-only": Mistake(
                lambda n, alpha: n + 2.0 + 0 * alpha,
                "That is right for Dirichlet(2, 2, 2). Write it for any `alpha`.",
            ),
            "whole-prior": Mistake(
                lambda n, alpha: n + np.sum(alpha),
                "You added the sum of `alpha` to each count. Which of the parameters is the exponent of which weight?",
            ),
            "product": Mistake(
                lambda n, alpha: n * alpha,
                "You multiplied. When powers of the same weight are multiplied, what happens to their exponents?",
            ),
            "shares": Mistake(
                lambda n, alpha: n / np.sum(n) + alpha,
                "You added the shares of the categories. With more points the weights are better known: take the"
                " counts themselves.",
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
        after="For Dirichlet(2, 2, 2) the prior has one more factor of each weight than the flat one, so `n + 1` becomes"
        " `n + 2`. The prior acts like `alpha` points that were in the categories before the data came.",
    ),
    Value(
        word="thin",
        title="Every fifth draw",
        variable="worth",
        expected=np.array([WORTH, _worth(DRAWS / 5, RHO[4::5])]),
        within=0.5,
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
            "one-sided-after": Mistake(
                np.array([np.nan, DRAWS / 5 / (1 + RHO[4::5].sum())]),
                "In the second number the factor before the sum is missing: each kept draw, too, has neighbours before"
                " it and after it.",
            ),
            "from-lag-zero": Mistake(
                np.array([_worth(DRAWS, PERSISTENCE ** (LAGS - 1)), _worth(DRAWS / 5, RHO[4::5] / RHO[4])]),
                "Your sums begin at lag 0. A draw is no neighbour of itself: at which lag does the sum of the formula"
                " begin?",
            ),
            "first-lag-only": Mistake(
                np.array([_worth(DRAWS, RHO[:1]), _worth(DRAWS / 5, RHO[4:5])]),
                "You stopped at lag 1. At the lags after it the draws are correlated as well, and the sum has no end.",
            ),
            "without-the-one": Mistake(
                np.array([DRAWS / (2 * RHO.sum()), DRAWS / 5 / (2 * RHO[4::5].sum())]),
                "The 1 before the sums is missing: without any correlation, what would your formula give?",
            ),
            "kept-independent": Mistake(
                np.array([np.nan, DRAWS / 5]),
                "You took the kept draws for independent ones. Five sweeps apart they are less alike, and alike still:"
                " by how much?",
            ),
            "nothing-lost": Mistake(
                np.array([WORTH, WORTH]),
                "The first is right. The kept draws are worth nearly as much, but not to the nearest whole number. What"
                " are N and the autocorrelations after thinning?",
            ),
            "root-of-autocorrelation": Mistake(
                np.array([np.nan, _worth(DRAWS / 5, PERSISTENCE ** (LAGS / 5))]),
                "You took the fifth root of the autocorrelation. The kept draws are further apart: are they more alike,"
                " or less?",
            ),
            "exchanged": Mistake(
                np.array([_worth(DRAWS / 5, RHO[4::5]), WORTH]),
                "You have the two in the other order: first all draws, then every fifth. The thinned draws are a part"
                " of all draws and cannot be worth more.",
            ),
        },
        otherwise="Ask for each of the two: how many draws are there, and what is the autocorrelation x at lag 1? Then"
        " a geometric series has the sum x + x^2 + ... = x / (1 − x).",
        after="The autocorrelation at lag 1 falls from 0.9 to 0.59, which looks like progress. But the mean becomes less"
        " precise: its standard error grows by one per cent. What was thrown away knew little, and not nothing.",
    ),
    Function(
        word="scales",
        title="Scales of their own",
        variable="draw_scale",
        reference=_quantiles(lambda n: (n - 1) / 2),
        measure=_statistics,
        within=WITHIN.ravel(),
        statistics=STATISTICS,
        seeded=(5, 3.0, 40, np.random.default_rng(6)),
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
            "root-of-precision": Mistake(
                _quantiles(lambda n: (n - 1) / 2, power=0.5),
                "Those are roots of the precision. The scale is one over that.",
            ),
            "exponents": Mistake(
                _quantiles(lambda n: (n - 3) / 2),
                "You gave the exponent of the precision as the shape. A gamma density has its shape less 1 as the"
                " exponent.",
            ),
            "flat-in-the-variance": Mistake(
                _quantiles(lambda n: (n - 2) / 2),
                "The shape is that of a prior which is flat in the variance. Here it is flat in the standard deviation;"
                " which of the two did you change from?",
            ),
            "half-subtracted": Mistake(
                _quantiles(lambda n: n - 0.5),
                "Your shape grows by 1 with each point. A normal density has one factor 1 / sigma: what power of the"
                " precision is that?",
            ),
            "rate-not-halved-twice": Mistake(
                _quantiles(lambda n: (n - 1) / 2, rate=lambda q: q / 4),
                "Your rate is half of the right one, and the scales come out too large.",
            ),
            "no-squares": Mistake(
                _quantiles(lambda n: (n - 1) / 2, rate=lambda q: 1.0),
                "Your draws do not depend on `q`. The further the points are from the location, the larger the scale.",
            ),
            "bound": Mistake(
                _quantiles(lambda n: (n - 1) / 2, bound=20.0),
                "With 2 points the right distribution has a long tail, and yours has nothing above 20. Leave the bound"
                " aside.",
            ),
            "in-order": Mistake(
                _quantiles(lambda n: (n - 1) / 2, in_order=True),
                "Your draws come in the order of their size, so one tells of the next. Independent draws come in any"
                " order.",
            ),
            "not-differentiated": Mistake(
                _quantiles(lambda n: (n + 1) / 2),
                "You multiplied by sigma itself, the root of 1 / precision. The Jacobian is its derivative.",
            ),
        },
        otherwise=(
            "Return an array of `size` independent draws of sigma. For n = 5 and q = 6 its density has the shape of"
            " sigma**-5 * exp(-3 / sigma**2): plot a histogram of your draws beside it."
        ),
        after="With one point the shape would be 0: the density falls like 1 / sigma and has no finite integral. With none"
        " it is the prior, flat without end. The bound at 20 makes both proper, but no gamma draw leads to them.",
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
            " What spread is left comes from categories that move the centre. The means of the locations stay right:"
            " a look at them would not have told.",
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
            "all-three": Mistake(
                502 * np.log10(0.7),
                "You took 0.1 away for each of three weights. The text says which of them needs no cut here.",
            ),
            "one-power-less": Mistake(
                501 * np.log10(0.8),
                "One power of 0.8 is missing: the two small weights span an area. By which factor does it shrink when"
                " both of its sides do?",
            ),
            "not-normalized": Mistake(
                502 * np.log10(0.8) - np.log10(501 * 502),
                "That is the integral over the accepted triangle of the density without its constant. Divide by the same"
                " integral over the whole triangle.",
            ),
            "no-integral": Mistake(
                500 * np.log10(0.8) + np.log10(501 * 502),
                "That is the density at one corner, with its constant. A probability is an integral of it.",
            ),
            "not-the-log": Mistake(
                0.8**502, "That is the probability itself; the question asks for its logarithm to base ten."
            ),
            "log-of-one": Mistake(
                0.0,
                "That is the logarithm of 1, as if all draws were accepted, or the probability itself, rounded to 0.",
            ),
            "simulated": Mistake(
                -np.inf,
                "A simulation accepts none at all, and the chance is not 0. How many draws would you need? Integrate.",
            ),
            "sign": Mistake(-502 * np.log10(0.8), "The logarithm of a probability below 1 is negative."),
        },
        otherwise=(
            "Give its logarithm, to two decimals. On the plane of the two small weights, all draws fill a "
            "triangle with a corner at (0, 0). Which triangle do the accepted ones fill, and how large is the"
            " density there?"
        ),
        after="The sampler does not hang because of a fault in `redraw`: it waits for something that takes more than 10^48"
        " draws. From a random assignment all counts are near 167, and it starts at once.",
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
            (np.array([0.7, -1.1, 0.7, 2.0, 0.7, 1.6]), np.array([1, 0, 0, 1, 1, 0]), 2),  # with ties
            (np.array([3.0]), np.array([1]), 0),  # no other points
            (np.array([0.4, 0.5, -60.0, -0.3, -0.2]), np.array([0, 1, 1, 0, 1]), 2),  # all densities are 0
        ],
        mistakes={
            "equal-weights": Mistake(
                _second(lambda others, own, n: 0.0),
                "Your weights are equal and known. Here they are unknown, and the other categories tell something"
                " about them: a large group is more probable for the next point.",
            ),
            "counted-in": Mistake(
                _second(lambda others, own, n: np.log(own + 1), counted=True, summed=True),
                "You count the point among its own neighbours, so it likes to stay where it is. Take it out of count"
                " and sum before you draw.",
            ),
            "weight-counted-in": Mistake(
                _second(lambda others, own, n: np.log(own + 1)),
                "The density leaves the point out, and the weight does not. The count in the weight is that of the"
                " other points as well.",
            ),
            "no-prior": Mistake(
                _second(lambda others, own, n: np.log(others)),
                "With the bare counts a category that has lost its last point can never get one again. What does"
                " the flat prior add to a count?",
            ),
            "location-known": Mistake(
                _second(variance=lambda v: 1.0),
                "You take the location as known once the others are given. It still has a variance, and a new point"
                " has that of the error on top.",
            ),
            "no-error": Mistake(
                _second(variance=lambda v: v),
                "That is the distribution of the location. A new point is the location plus an error of variance 1.",
            ),
            "count-left-in": Mistake(
                _second(lambda others, own, n: np.log(own + 1), counted=True),
                "You took the point out of the sum and not out of the count.",
            ),
            "sum-left-in": Mistake(
                _second(summed=True),
                "You took the point out of the count and not out of the sum.",
            ),
            "weight-not-logged": Mistake(
                _second(lambda others, own, n: (others + 1) / (n + 1)),
                "You added the weight to a log density. What has to be added to a logarithm, where the densities are"
                " multiplied?",
            ),
            "count-not-logged": Mistake(
                _second(lambda others, own, n: others + 1),
                "You added a count to a log density. What does a factor of the density add to its logarithm?",
            ),
            "plug-in": Mistake(
                _second_at_the_mean,
                "You put the mean of the others in the place of the location, as if it were known. With few points it is"
                " not: the predictive density is wider, and its centre nearer to 0.",
            ),
            "equal-points": Mistake(
                lambda y, z, i: _second()(np.append(y[i], y[y != y[i]]), np.append(z[i], z[y != y[i]]), 0),
                "You left out all points that have the value of point `i`. Only the point itself is to be left out.",
            ),
            "half-a-point": Mistake(
                _second(lambda others, own, n: np.log(others + 0.5)),
                "You added 1/2 to each count, which belongs to the prior Dirichlet(1/2, 1/2). Which parameters has the"
                " flat one?",
            ),
            "variance-for-scale": Mistake(
                _second(variance=lambda v: (1 + v) ** 2),
                "You gave 1 + v as the standard deviation. It is a variance.",
            ),
            "log-odds": Mistake(
                _second(link=lambda x: x), "Those are log odds. A probability lies between 0 and 1."
            ),
            "odds": Mistake(
                _second(link=np.exp),
                "Those are the odds of category 1. Divide by the sum of both, and not by the other one.",
            ),
            "densities": Mistake(
                _second_by_densities,
                "The formula is right. But for a point far from both groups both densities are 0 for the computer, and"
                " 0/0 tells nothing. Stay with logarithms up to the difference of the two.",
            ),
            "other-category": Mistake(
                lambda y, z, i: 1 - _second_by_enumeration(y, z, i),
                "That is the probability of category 0.",
            ),
        },
        otherwise="Weight times predictive density for both categories, each from the other points alone; then divide"
        " by their sum.",
        after="A large group is more probable for the next point, before one looks where it lies. An empty category keeps"
        " a count of 1 and may get points again. In `collapsed_sweep`, which has taken the point out in the array `others`,"
        " add `np.log(n - others + 1)` to `log_p`.",
    ),
]
