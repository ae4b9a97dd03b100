"""Exercises on mixtures in the plane."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import logsumexp, softmax
from scipy.stats import chi2, multivariate_normal, norm

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value


def _log_density(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    """A chain of regressions: each coordinate is normal given those before it."""
    total = np.zeros(len(y))
    for i, row in enumerate(y):
        u: list[float] = []
        for j, value in enumerate(row):
            centre = mu[j] + sum(L[j, k] * u[k] for k in range(j))
            total[i] += norm.logpdf(value, centre, L[j, j])
            u.append((value - centre) / L[j, j])
    return total


def _whitened(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return np.linalg.solve(L, (y - mu).T)


def _squares(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (_whitened(y, mu, L) ** 2).sum(axis=0)


def _transposed(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (np.linalg.solve(L.T, (y - mu).T) ** 2).sum(axis=0)


def _diagonal(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (((y - mu) / np.diag(L)) ** 2).sum(axis=1)


def _as_covariance(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (_whitened(y, mu, L) * (y - mu).T).sum(axis=0)


def _product(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (((y - mu) @ L) ** 2).sum(axis=1)


def _product_of_rows(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return (((y - mu) @ L.T) ** 2).sum(axis=1)


def _density_with(
    squares: Callable = _squares,
    *,
    half: float = 0.5,
    roots: float = 1.0,
    norming: Callable = lambda d: d / 2 * np.log(2 * np.pi),
    end: Callable = np.array,
) -> Callable:
    """The same with a wrong step: in the squares, in the root of the determinant, the constant, or at the end."""

    def log_density(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
        log_root = roots * np.log(np.diag(L)).sum()
        return end(-half * squares(y, mu, L) - log_root - norming(y.shape[1]))

    return log_density


def _from_covariance(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    """By the covariance matrix, and where that has no inverse by its pseudo-inverse."""
    return multivariate_normal(mu, L @ L.T, allow_singular=True).logpdf(y)


def _by_pseudo_inverse(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    away = y - mu
    return _log_density(mu[np.newaxis], mu, L) - 0.5 * np.sum(away @ np.linalg.pinv(L @ L.T) * away, axis=1)


def _where_singular(value: float) -> Callable:
    """The right result, and this value where the covariance matrix has no inverse in floating-point numbers."""

    def log_density(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
        return np.where(np.linalg.det(L @ L.T) == 0, value, _log_density(y, mu, L))

    return log_density


def _log_of_density(y: np.ndarray, mu: np.ndarray, L: np.ndarray) -> np.ndarray:
    return np.log(np.exp(_log_density(y, mu, L)))


HELD = 0.9  # of the exercise on shadows
BEYOND, RARE = 0.6, 0.05  # of the exercise on the prior of a correlation


def _radius(share: float) -> float:
    """Of the circle that holds this share of two independent standard normal variables."""
    return np.sqrt(chi2.ppf(share, 2))


def _half_width(share: float) -> float:
    """Of the interval that holds this share of one."""
    return norm.ppf((1 + share) / 2)


def _strip(radius: float) -> float:
    return norm.cdf(radius) - norm.cdf(-radius)


FIRST_WITHOUT_HALF = _strip(np.sqrt(-np.log(1 - HELD)))  # the radius as if the density were exp(-c^2)
SHADOW, CASTER = _strip(_radius(HELD)), chi2.cdf(_half_width(HELD) ** 2, 2)


def _prior_of_rho(power: float) -> np.ndarray:
    """Share of strong correlations, and the strength that is rare, with density proportional to (1 - rho^2)^power."""

    def within(limit: float) -> float:
        return quad(lambda rho: (1 - rho**2) ** power, 0, limit, epsabs=1e-12)[0]

    limit = brentq(lambda r: within(r) - (1 - RARE) * within(1), 0, 1)
    return np.array([1 - within(BEYOND) / within(1), limit])


def _below_h(h: float) -> float:
    """Distribution function of h = (1 + rho) / 2."""
    return quad(lambda u: 140 * (u * (1 - u)) ** 3, 0, h, epsabs=1e-12)[0]


def _quantile_of_h(share: float) -> float:
    return brentq(lambda h: _below_h(h) - share, 0, 1)


def _share_beyond(limit: float) -> float:
    """Probability of a correlation beyond this, of either sign, for eta = 4."""
    return 1 - quad(lambda rho: 35 / 16 * (1 - rho**2) ** 3, 0, limit, epsabs=1e-12)[0]


def _limit_of(share: float) -> float:
    """The strength that has this probability beyond it."""
    return brentq(lambda r: _share_beyond(r) - share, 0, 1)


STRONG, LIMIT = _prior_of_rho(3)
H_BEYOND = 1 - _below_h(BEYOND)
ONE_SIDED = 2 * _quantile_of_h(1 - RARE) - 1


BESIDE = 1 - np.eye(2)  # what stands beside the diagonal


def _covariances(sigma: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Covariance matrices of the components, of shape (K, 2, 2)."""
    correlations = np.eye(2) + rho[:, np.newaxis, np.newaxis] * BESIDE
    return correlations * sigma[:, :, np.newaxis] * sigma[:, np.newaxis, :]


def _correlation(covariance: np.ndarray) -> float:
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def _overall(w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rho: np.ndarray) -> float:
    """From second moments about the first location, and from those of all pairs of locations."""
    second = np.einsum("k,kab->ab", w, _covariances(sigma, rho))
    for j in range(len(w)):
        for k in range(j):
            second += w[j] * w[k] * np.outer(mu[j] - mu[k], mu[j] - mu[k])
    return _correlation(second)


def _within(w: np.ndarray, sigma: np.ndarray, rho: np.ndarray) -> np.ndarray:
    return np.einsum("k,kab->ab", w, _covariances(sigma, rho))


def _between(w: np.ndarray, mu: np.ndarray, centre: np.ndarray | None = None) -> np.ndarray:
    apart = mu - (w @ mu if centre is None else centre)
    return np.einsum("k,ka,kb->ab", w, apart, apart)


def _equal(w: np.ndarray) -> np.ndarray:
    return np.full(len(w), 1 / len(w))


def _overall_with(covariance: Callable) -> Callable:
    """The correlation of a covariance matrix that is made of these parts."""
    return lambda *parameters: _correlation(covariance(*parameters))


def _still_to_wait(
    waited: float, length: float, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rho: np.ndarray
) -> float:
    """The integral of the chance to wait longer, with regressions by the inverse covariance."""
    precision = np.linalg.inv(_covariances(sigma, rho))
    line = mu[:, 1] - precision[:, 1, 0] / precision[:, 1, 1] * (length - mu[:, 0])
    spread = precision[:, 1, 1] ** -0.5

    def log_longer(t: float) -> float:
        return logsumexp(np.log(w) + norm.logpdf(length, mu[:, 0], sigma[:, 0]) + norm.logsf(t, line, spread))

    now = log_longer(waited)
    # the integrand is negligible where the chance has fallen by e^-40
    end = brentq(lambda u: now - log_longer(waited + u) - 40, 0, 1e4)
    places = np.append(line, line + 3 * spread) - waited
    inside = np.sort(places[(places > 0) & (places < end)])
    edges = np.unique(np.concatenate([[0], inside, [end]]))
    pieces = [
        quad(
            lambda u: np.exp(log_longer(waited + u) - now), low, high, epsabs=1e-11, epsrel=1e-11, limit=200
        )[0]
        for low, high in pairwise(edges)
    ]
    return float(np.sum(pieces))


def _log_r(x: float, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    return np.log(w) + norm.logpdf(x, mu[:, 0], sigma[:, 0])


def _ratio(a: np.ndarray) -> np.ndarray:
    """Density over the chance to exceed, for a standard normal variable."""
    return np.exp(norm.logpdf(a) - norm.logsf(a))


def _naive_ratio(a: np.ndarray) -> np.ndarray:
    return norm.pdf(a) / norm.sf(a)


def _naive(log_r: np.ndarray) -> np.ndarray:
    return np.exp(log_r) / np.exp(log_r).sum()


def _still_with(
    *,
    log_r: Callable = _log_r,
    normalised: Callable = softmax,
    slope: Callable = lambda sigma, rho: rho * sigma[:, 1] / sigma[:, 0],
    spread: Callable = lambda sigma, rho: sigma[:, 1] * np.sqrt(1 - rho**2),
    log_survived: Callable = lambda a, s: norm.logsf(a),
    excess: Callable = lambda a, s: s * (_ratio(a) - a),
    columns: slice = slice(None),
) -> Callable:
    """The same by the formula, with a wrong step: in the weights, the lines, or what is left of each component."""

    def still(
        waited: float, length: float, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rho: np.ndarray
    ) -> float:
        mu, sigma = mu[:, columns], sigma[:, columns]
        line, s = mu[:, 1] + slope(sigma, rho) * (length - mu[:, 0]), spread(sigma, rho)
        a = (waited - line) / s
        return normalised(log_r(length, w, mu, sigma) + log_survived(a, s)) @ excess(a, s)

    return still


def _one_normal(
    waited: float, length: float, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rho: np.ndarray
) -> float:
    r = softmax(_log_r(length, w, mu, sigma))
    line = mu[:, 1] + rho * sigma[:, 1] / sigma[:, 0] * (length - mu[:, 0])
    s = np.sqrt(r @ (sigma[:, 1] ** 2 * (1 - rho**2)) + r @ (line - r @ line) ** 2)
    a = (waited - r @ line) / s
    return s * (_ratio(a) - a)


def _normalised_too_early(
    waited: float, length: float, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rho: np.ndarray
) -> float:
    line = mu[:, 1] + rho * sigma[:, 1] / sigma[:, 0] * (length - mu[:, 0])
    s = sigma[:, 1] * np.sqrt(1 - rho**2)
    a = (waited - line) / s
    return (softmax(_log_r(length, w, mu, sigma)) * norm.sf(a)) @ (s * (_ratio(a) - a))


def _total(waited: float, *rest: Any) -> float:
    return waited + _still_to_wait(waited, *rest)


GEYSER = (
    np.array([0.36, 0.64]),
    np.array([[2.04, 54.5], [4.29, 80.0]]),
    np.array([[0.27, 5.8], [0.41, 6.0]]),
    np.array([0.29, 0.38]),
)
THREE = (
    np.array([0.2, 0.5, 0.3]),
    np.array([[1.0, 3.0], [2.0, -1.0], [4.0, 0.5]]),
    np.array([[0.5, 2.0], [1.5, 0.4], [0.8, 1.0]]),
    np.array([-0.9, 0.5, 0.0]),
)
ALONE = np.array([1.0]), np.array([[1.0, 5.0]]), np.array([[2.0, 3.0]]), np.array([0.6])

EXERCISES: list[Exercise] = [
    Function(
        word="factor",
        title="From the factor",
        variable="log_density",
        reference=_log_density,
        calls=[
            (
                np.array([[1.0, 2.0], [0.0, 1.0], [2.0, 2.0]]),
                np.array([0.0, 1.0]),
                np.array([[2.0, 0.0], [1.0, 3.0]]),
            ),
            (np.array([[0.3], [2.0], [-1.0]]), np.array([0.5]), np.array([[0.25]])),
            (
                np.array([[1.0, 0.0, -2.0], [3.0, 1.5, 0.2]]),
                np.array([1.0, 2.0, -1.0]),
                np.array([[1.5, 0.0, 0.0], [-0.7, 0.4, 0.0], [0.3, 2.0, 1.2]]),
            ),
            (np.array([[-4.0, 2.5]]), np.array([3.0, -1.0]), np.array([[0.8, 0.0], [-2.0, 0.6]])),
            (np.array([[300.0, -500.0], [0.0, 200.0]]), np.zeros(2), np.array([[0.5, 0.0], [-1.0, 2.0]])),
            (
                np.array([[1.0, 1.0], [0.5, 0.5 + 1e-9], [-2.0, -2.0 - 3e-9]]),
                np.zeros(2),
                np.array([[1.0, 0.0], [1.0, 1e-9]]),
            ),
        ],
        within=1e-6,
        errors=dict.fromkeys(
            ("Singular matrix", "positive definite"),
            "In the last call the product of L and its transpose is singular for the computer: do without it.",
        ),
        mistakes={
            "no-determinant": Mistake(
                _density_with(roots=0.0),
                "The height of the density depends on the size of the ellipse. Which factor stands in front of the"
                " exponential in the plane, and what is it in terms of L?",
            ),
            "determinant-twice": Mistake(
                _density_with(roots=2.0),
                "You took the determinant of the covariance matrix. In front of the exponential stands its root.",
            ),
            "determinant-halved": Mistake(
                _density_with(roots=0.5),
                "You halved the log determinant of L. One half belongs to that of the covariance matrix, which is"
                " twice as large.",
            ),
            "determinant-added": Mistake(
                _density_with(roots=-1.0),
                "The log determinant has the wrong sign: a wider normal distribution is lower at its centre.",
            ),
            "one-constant": Mistake(
                _density_with(norming=lambda d: np.log(2 * np.pi) / 2),
                "The constant is that of one coordinate. There are d of them.",
            ),
            "constant-of-the-plane": Mistake(
                _density_with(norming=lambda d: np.log(2 * np.pi)),
                "The constant is that of the plane. The check has one and three coordinates, too.",
            ),
            "constant-of-rows": Mistake(
                lambda y, mu, L: _log_density(y, mu, L) + (len(mu) - len(y)) / 2 * np.log(2 * np.pi),
                "Your constant counts the rows of `y`. What counts is the length of a row.",
            ),
            "constant-not-halved": Mistake(
                _density_with(norming=lambda d: d * np.log(2 * np.pi)),
                "Each coordinate brings one over the root of 2 pi. You took one over 2 pi.",
            ),
            "no-constant": Mistake(
                _density_with(norming=lambda d: 0.0),
                "The powers of 2 pi are missing, so the density does not integrate to 1.",
            ),
            "no-half": Mistake(
                _density_with(half=1.0),
                "The squares have no factor of one half.",
            ),
            "diagonal": Mistake(
                _density_with(_diagonal),
                "Your u takes nothing but the diagonal of L, as if the coordinates were independent. If you use"
                " `solve_triangular`: it expects an upper triangle unless told otherwise.",
            ),
            "transposed": Mistake(
                _density_with(_transposed),
                "You solved with the transpose of L. The first row of L has a single entry, and it gives the first u.",
            ),
            "product": Mistake(
                _density_with(_product),
                "You multiplied by L where its equations have to be solved. If L is large, are the u large or small?",
            ),
            "product-of-rows": Mistake(
                _density_with(_product_of_rows),
                "Your u is L times the distance from `mu`. It is the distance that is L times u.",
            ),
            "mu-forgotten": Mistake(
                lambda y, mu, L: _log_density(y, 0 * mu, L),
                "Your result does not depend on `mu`.",
            ),
            "through-the-product": Mistake(
                _from_covariance,
                "You go through the product of L and its transpose. In the last call it has no inverse, and what is used"
                " in its place is a density on a line. Solve the equations for u instead.",
            ),
            "pseudo-inverse": Mistake(
                _by_pseudo_inverse,
                "The height is right. But in the last call the product of L and its transpose has only a pseudo-inverse, to"
                " which a distance across the line does not count. Do without the product.",
            ),
            "determinant-of-product": Mistake(
                _where_singular(np.inf),
                "You take the determinant of the product of L and its transpose, which is 0 for the computer in the last"
                " call. What is the determinant of a triangular matrix?",
            ),
            "nothing-where-singular": Mistake(
                _where_singular(np.nan),
                "All is right but the last call, in which you have no number: there the product of L and its transpose"
                " has no inverse. Do without it.",
            ),
            "log-of-density": Mistake(
                _log_of_density,
                "The formula is right. The density of a far point underflows to 0, and the logarithm of that is -inf:"
                " take logarithms before you multiply.",
            ),
            "as-covariance": Mistake(
                _density_with(_as_covariance, roots=0.5),
                "You took L for the covariance matrix. It is a factor of it, a root so to speak: in one dimension it"
                " is the scale.",
            ),
            "total": Mistake(
                _density_with(end=np.sum),
                "You added up over the observations. Each row of `y` has a log density of its own.",
            ),
            "over-rows": Mistake(
                lambda y, mu, L: norm.logpdf(_whitened(y, mu, L)).sum(axis=1) - np.log(np.diag(L)).sum(),
                "You added up along the wrong axis, over the points: as many numbers come out as a row of `y` has.",
            ),
            "not-logged": Mistake(
                _density_with(end=np.exp),
                "That is the density, which is 0 for a far point. Asked is its logarithm.",
            ),
        },
        after="The last entry is small, sigma_2 times the root of 1 - rho^2: 1e-9 in that call. Its square is lost when the"
        " product adds it to 1. This is why samplers draw the factor and not the matrix.",
        otherwise="With `y` at `mu` and L = [[1.]] the result is -0.9189, and with L = [[2.]] it is less by log 2. With"
        " L = [[1, 0], [1, 1]] and `mu` at 0 the u of the row (1, 3) are 1 and 2.",
    ),
    Choice(
        word="shared",
        title="No pole left",
        variable="answer_shared",
        right="a",
        replies={
            "a": "If the common matrix becomes flat, both components become flat in the same direction. Then all"
            " eruptions that are not on two parallel lines lose their density, by an exponential that beats every"
            " power. It is the common scale of one dimension once more.",
            "b": "Without correlation an ellipse lies along the axes. But what happens to it on a level line of equal"
            " waits, or on a single eruption?",
            "c": "A correlation near 1 is one way to a small determinant, and the common one bars it. Which other ways"
            " has a component with scales of its own?",
            "d": "Whatever the common shape is, each component has a size of its own. What if one of them is put on a"
            " single eruption?",
        },
    ),
    Value(
        word="strong",
        title="What the prior says of a correlation",
        variable="prior_rho",
        expected=np.array([STRONG, LIMIT]),
        within=0.0005,
        mistakes={
            "uniform": Mistake(
                _prior_of_rho(0),
                "That is for the uniform distribution, which is eta = 1.",
            ),
            "power-eta": Mistake(
                _prior_of_rho(4),
                "Your density has a power of 4. In the LKJ density the power is eta less 1.",
            ),
            "power-two": Mistake(
                _prior_of_rho(2),
                "Your density has a power of 2. A beta density has its parameters less 1 as powers, and the power here is"
                " eta less 1: have you subtracted 1 twice?",
            ),
            "common-choice": Mistake(
                _prior_of_rho(1),
                "That is for eta = 2. Here eta is 4.",
            ),
            "one-side": Mistake(
                np.array([STRONG / 2, ONE_SIDED]),
                "You counted one sign only. Correlations of -0.7 are strong, too.",
            ),
            "of-h": Mistake(
                np.array([H_BEYOND, _quantile_of_h(1 - RARE)]),
                "Both numbers are of h = (1 + rho) / 2, which runs from 0 to 1. Which values of h belong to a rho beyond"
                " 0.6 of either sign?",
            ),
            "as-if-normal": Mistake(
                np.array([2 * norm.cdf(-3 * BEYOND), _half_width(1 - RARE) / 3]),
                "You took rho as normal with its standard deviation of 1/3. Its density is 0 at 1 and -1, and it has"
                " less in the tails.",
            ),
            "other-order": Mistake(
                np.array([LIMIT, STRONG]), "You have the two in the other order: first the share."
            ),
            "inside-both": Mistake(
                np.array([1 - STRONG, _limit_of(1 - RARE)]),
                "Both numbers are of the opposite event: strong correlations are asked for, and few are to be beyond r.",
            ),
            "of-the-square": Mistake(
                np.array([_share_beyond(np.sqrt(BEYOND)), LIMIT**2]),
                "Both numbers are of the square of rho. A rho of 0.6 has the square 0.36.",
            ),
            "share-of-one-side": Mistake(
                np.array([STRONG / 2, np.nan]),
                "For the first you counted positive correlations only.",
            ),
            "inside": Mistake(
                np.array([1 - STRONG, np.nan]),
                "The first is the share of weak correlations, from -0.6 to 0.6.",
            ),
            "share-of-h": Mistake(
                np.array([H_BEYOND, np.nan]),
                "For the first you took 0.6 as a limit of h.",
            ),
            "not-normalized": Mistake(
                np.array([STRONG * 32 / 35, np.nan]),
                "For the first you integrated (1 - rho^2)^3 itself. From -1 to 1 it does not integrate to 1.",
            ),
            "limit-of-one-side": Mistake(
                np.array([np.nan, ONE_SIDED]),
                "The second leaves one in twenty at either end, one in ten together.",
            ),
            "limit-too-far": Mistake(
                np.array([np.nan, _limit_of(RARE / 2)]),
                "The second leaves one in eighty at either end, one in forty together.",
            ),
            "limit-of-the-square": Mistake(
                np.array([np.nan, LIMIT**2]),
                "The second is the square of the r that is asked for.",
            ),
            "limit-of-h": Mistake(
                np.array([np.nan, _quantile_of_h(1 - RARE / 2)]),
                "For the second you forgot to turn h into rho. When h goes from 0 to 1, where does rho go?",
            ),
            "limit-of-h-of-one-side": Mistake(
                np.array([np.nan, _quantile_of_h(1 - RARE)]),
                "The second is a value of h that leaves one in twenty above it. Leave half of that at either end, and"
                " turn h into rho.",
            ),
        },
        after="So this prior is no formality: it gives the correlations beyond 0.7 a probability of 0.024, where the"
        " uniform prior gives them 0.3. Who expects strong correlations should know it.",
        otherwise="With eta = 1 the numbers would be 0.4 and 0.95. Write down the density of rho and integrate, or use"
        " that of h.",
    ),
    Value(
        word="shadow",
        title="The shadow of an ellipse",
        variable="shadows",
        expected=np.array([SHADOW, CASTER]),
        within=0.0005,
        mistakes={
            "same": Mistake(
                np.array([HELD, HELD]),
                "If the points in the ellipse are 90 per cent, more than these are above its shadow: a point may be"
                " there and too high or too low for the ellipse.",
            ),
            "square": Mistake(
                np.array([np.sqrt(HELD), HELD**2]),
                "You took the ellipse for a rectangle, as if its share were a product. In u and v it is a circle,"
                " without corners.",
            ),
            "product": Mistake(
                np.array([HELD, HELD**2]),
                "You took the shares of two coordinates and multiplied them. That is the share of a rectangle, and an"
                " ellipse has no corners; nor does its shadow hold as much as the ellipse does.",
            ),
            "radii": Mistake(
                np.array([_radius(HELD), _half_width(HELD)]),
                "Those are the two radii. Asked is what share each of them holds: the first of the first coordinates,"
                " the second of the points in the plane.",
            ),
            "other-order": Mistake(
                np.array([CASTER, SHADOW]),
                "You have the two in the other order: first the share of the shadow of the ellipse that holds 90 per"
                " cent.",
            ),
            "outside": Mistake(
                np.array([1 - SHADOW, 1 - CASTER]),
                "Those are the shares outside.",
            ),
            "no-half": Mistake(
                np.array([FIRST_WITHOUT_HALF, 1 - np.exp(-(_half_width(HELD) ** 2))]),
                "In the exponent of a normal density stands half of the squared radius.",
            ),
            "first-same": Mistake(
                np.array([HELD, np.nan]),
                "The first cannot be 0.9: the shadow holds all points of the ellipse, which are 90 per cent, and those"
                " above it and below it.",
            ),
            "shadow-square": Mistake(
                np.array([np.sqrt(HELD), np.nan]),
                "For the first you took the root of 0.9, as if the ellipse were a rectangle.",
            ),
            "one-end": Mistake(
                np.array([norm.cdf(_radius(HELD)), np.nan]),
                "For the first you counted all points below the upper end of the shadow. It has a lower end, too.",
            ),
            "squared-radius": Mistake(
                np.array([_strip(chi2.ppf(HELD, 2)), np.nan]),
                "For the first you took the square of the radius for the radius.",
            ),
            "first-without-half": Mistake(
                np.array([FIRST_WITHOUT_HALF, np.nan]),
                "Your first radius is too small. What stands in the exponent of a normal density beside the squared"
                " radius?",
            ),
            "first-outside": Mistake(
                np.array([1 - SHADOW, np.nan]),
                "The first is the share beyond the ends of the shadow.",
            ),
            "second-same": Mistake(
                np.array([np.nan, HELD]),
                "The second cannot be 0.9: the ellipse is in the strip above its shadow, which holds 90 per cent, and does"
                " not fill it.",
            ),
            "caster-square": Mistake(
                np.array([np.nan, HELD**2]),
                "The second is the share of a square in u and v; a circle has no corners.",
            ),
            "radius-not-squared": Mistake(
                np.array([np.nan, 1 - np.exp(-_half_width(HELD) / 2)]),
                "The second belongs to a circle that is too small: did you square its radius?",
            ),
            "caster-of-one-end": Mistake(
                np.array([np.nan, 1 - np.exp(-(norm.ppf(HELD) ** 2) / 2)]),
                "For the second you took the interval that ends at 1.28 scales. With both its ends it holds 80 per cent"
                " of the first coordinates.",
            ),
            "caster-of-95": Mistake(
                np.array([np.nan, 1 - np.exp(-(1.96**2) / 2)]),
                "For the second you took the interval that ends at 1.96 scales, which holds 95 per cent of the first"
                " coordinates.",
            ),
            "second-outside": Mistake(
                np.array([np.nan, 1 - CASTER]),
                "The second is the share outside of the ellipse.",
            ),
            "second-without-half": Mistake(
                np.array([np.nan, 1 - np.exp(-(_half_width(HELD) ** 2))]),
                "Your second share is too large: is the squared radius halved in your exponent?",
            ),
        },
        after="The shadow holds more, since it also has the points above and below the ellipse. The correlation does not"
        " matter: u, which decides about the shadow, does not contain it. An ellipse of one standard deviation, c = 1,"
        " holds 39 per cent of the points and its shadow 68 per cent of the first coordinates.",
        otherwise="The ellipse of radius c in u and v lies between mu1 - c sigma1 and mu1 + c sigma1. Which c holds 90"
        " per cent of the points in the plane, and which 90 per cent of the first coordinates?",
    ),
    Function(
        word="overall",
        title="Correlations within and between",
        variable="overall_correlation",
        reference=_overall,
        calls=[
            ALONE,
            (
                np.array([0.25, 0.75]),
                np.array([[0.0, 0.0], [4.0, 2.0]]),
                np.array([[1.0, 0.5], [2.0, 1.0]]),
                np.array([-0.5, -0.8]),
            ),
            GEYSER,
            THREE,
        ],
        mistakes={
            "average": Mistake(
                lambda w, mu, sigma, rho: w @ rho,
                "You averaged the correlations. A correlation is no average of correlations: average covariances and"
                " variances, and divide at the end.",
            ),
            "plain-average": Mistake(
                lambda w, mu, sigma, rho: rho.mean(),
                "You averaged the correlations, and without weights. Neither the locations nor the scales enter.",
            ),
            "within-only": Mistake(
                _overall_with(lambda w, mu, sigma, rho: _within(w, sigma, rho)),
                "Your locations do not enter. Two points of different components differ by more than what is within"
                " the components.",
            ),
            "between-only": Mistake(
                lambda w, mu, sigma, rho: _correlation(_between(w, mu)),
                "Yours is the correlation of the centres. The points scatter around them.",
            ),
            "plain-centres": Mistake(
                lambda w, mu, sigma, rho: _correlation(_between(_equal(w), mu)),
                "That is the correlation of the K centres, each counted once. What about the weights, and the scatter"
                " of the points around their centres?",
            ),
            "equal-weights": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: _within(_equal(w), sigma, rho) + _between(_equal(w), mu)
                ),
                "You gave all components the same weight.",
            ),
            "plain-centre": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(w, mu, mu.mean(axis=0))
                ),
                "The weights are missing in the mean of the mixture, from which the centres' distances are taken.",
            ),
            "unweighted-between": Mistake(
                _overall_with(lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(_equal(w), mu)),
                "The part within has the weights. The part between has them as well, in the mean and in the squares.",
            ),
            "unweighted-squares": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(_equal(w), mu, w @ mu)
                ),
                "The mean of the mixture is right. You averaged the squares and products of the distances from it with"
                " equal weights.",
            ),
            "sum-between": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: (
                        _within(w, sigma, rho) + len(w) * _between(_equal(w), mu, w @ mu)
                    )
                ),
                "The part within is an average with weights. The part between is a sum without any.",
            ),
            "scales-not-squared": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: (
                        _within(w, sigma, rho) * BESIDE + np.diag(w @ sigma) + _between(w, mu)
                    )
                ),
                "Your variances hold the scales themselves. The variance within a component is the square.",
            ),
            "average-scales": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: (
                        _within(w, sigma, rho) * BESIDE + np.diag((w @ sigma) ** 2) + _between(w, mu)
                    )
                ),
                "You averaged the scales and squared the average. It is the squares that have to be averaged.",
            ),
            "not-centred": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(w, mu, np.zeros(2))
                ),
                "Those are second moments about 0. Subtract the product of the means of the mixture.",
            ),
            "variances-within": Mistake(
                _overall_with(lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(w, mu) * BESIDE),
                "The covariance has both parts, and the variances have only that within.",
            ),
            "covariance-within": Mistake(
                _overall_with(lambda w, mu, sigma, rho: _within(w, sigma, rho) + _between(w, mu) * np.eye(2)),
                "The variances have both parts, and the covariance has only that within. Where the centres rise"
                " together, so do the points.",
            ),
            "rho-as-covariance": Mistake(
                _overall_with(
                    lambda w, mu, sigma, rho: (
                        _within(w, sigma, 0 * rho) + _between(w, mu) + (w @ rho) * BESIDE
                    )
                ),
                "You took the correlations as covariances. A covariance has the scales of both coordinates in it.",
            ),
            "weights-squared": Mistake(
                _overall_with(lambda w, mu, sigma, rho: _within(w**2, sigma, rho)),
                "You squared the weights, as for a weighted sum of independent variables. A point of a mixture is not"
                " such a sum: it comes from one of the components.",
            ),
            "covariance": Mistake(
                lambda w, mu, sigma, rho: (_within(w, sigma, rho) + _between(w, mu))[0, 1],
                "That is the covariance. Divide by both standard deviations of the mixture.",
            ),
            "not-rooted": Mistake(
                lambda w, mu, sigma, rho: (
                    (c := _within(w, sigma, rho) + _between(w, mu))[0, 1] / (c[0, 0] * c[1, 1])
                ),
                "You divided the covariance by the variances. A correlation has no unit: divide by the standard"
                " deviations.",
            ),
            "matrix": Mistake(
                lambda w, mu, sigma, rho: (
                    (c := _within(w, sigma, rho) + _between(w, mu))
                    / np.sqrt(np.outer(np.diag(c), np.diag(c)))
                ),
                "That is the whole correlation matrix. Its entry beside the diagonal is the one asked for.",
            ),
        },
        after="In the example it is 0.7, although it is -0.5 within either component: this is Simpson's paradox. Most of the"
        " 0.90 between length and wait of Old Faithful says that there are two groups.",
        otherwise="An average over draws is not exact enough. A single component has its own correlation. Two components"
        " with the weights 0.2 and 0.8, at (0, 0) and (5, 5), each with scales 1 and 2 and a correlation of 0.5, have"
        " 0.7906 together.",
    ),
    Function(
        word="still",
        title="Still to wait",
        variable="still_to_wait",
        reference=_still_to_wait,
        calls=[
            (4.0, 2.0, *ALONE),
            (0.0, 3.0, *GEYSER),
            (60.0, 2.9, *GEYSER),
            (75.0, 4.5, *GEYSER),
            (1.0, 1.6, *THREE),
            (300.0, 3.0, *GEYSER),
        ],
        within=1e-6,
        mistakes={
            "weights-not-updated": Mistake(
                _still_with(log_survived=lambda a, s: 0 * a),
                "Your weights know the length, and not that nothing has erupted so far. Which component makes it more"
                " probable to have waited that long?",
            ),
            "length-forgotten": Mistake(
                _still_with(log_r=lambda x, w, mu, sigma: np.log(w)),
                "Your weights do not contain the density of the length. It tells which component the eruption came"
                " from.",
            ),
            "weights-alone": Mistake(
                _still_with(log_r=lambda x, w, mu, sigma: np.log(w), log_survived=lambda a, s: 0 * a),
                "Your components count by `w` alone. The length tells something about the category, and so does the quiet"
                " since.",
            ),
            "no-weights": Mistake(
                _still_with(log_r=lambda x, w, mu, sigma: _log_r(x, np.ones_like(w), mu, sigma)),
                "The weights of the mixture are missing where you compare its components.",
            ),
            "no-height": Mistake(
                _still_with(
                    log_r=lambda x, w, mu, sigma: np.log(w) - ((x - mu[:, 0]) / sigma[:, 0]) ** 2 / 2
                ),
                "In the density of the length a factor is missing: a narrow one is higher, by one over its scale.",
            ),
            "normalised-too-early": Mistake(
                _normalised_too_early,
                "The probabilities of a longer wait come into your weights after these have been divided by their sum."
                " Divide once more, since they have to add up to 1.",
            ),
            "not-normalised": Mistake(
                _still_with(normalised=np.exp),
                "Your weights are not divided by their sum.",
            ),
            "scaled-density": Mistake(
                _still_with(excess=lambda a, s: _ratio(a) - s * a),
                "In the formula stands the standard normal density at a. That of the wait at `waited` is smaller, by one"
                " over the scale.",
            ),
            "each-component": Mistake(
                _still_with(normalised=lambda log_r: np.eye(len(log_r))),
                "Those are the rests of the components, one by one. Weigh them by how probable the components are now.",
            ),
            "density-for-chance": Mistake(
                _still_with(log_survived=lambda a, s: norm.logpdf(a) - np.log(s)),
                "You weigh the components with the density of a wait of just this length. What is known is that the"
                " wait is longer.",
            ),
            "standard-density-for-chance": Mistake(
                _still_with(log_survived=lambda a, s: norm.logpdf(a)),
                "You weigh the components with the standard normal density at a. A probability belongs there, that of"
                " a wait which is longer.",
            ),
            "chance-of-earlier": Mistake(
                _still_with(log_survived=lambda a, s: norm.logcdf(a)),
                "You weigh the components with the probability that the geyser would have erupted by now. It has not.",
            ),
            "forecast-less-waited": Mistake(
                _still_with(log_survived=lambda a, s: 0 * a, excess=lambda a, s: -a * s),
                "You subtracted what has been waited from the first forecast. That would become negative one day. What"
                " has not happened so far changes the forecast.",
            ),
            "updated-weights-alone": Mistake(
                _still_with(excess=lambda a, s: -a * s),
                "The weights are right. Within each component you took the whole normal distribution of the wait, and"
                " the part below `waited` is past.",
            ),
            "total": Mistake(
                _total,
                "That is the whole wait, from the end of the eruption. Asked is what is still to come.",
            ),
            "from-the-line": Mistake(
                _still_with(excess=lambda a, s: s * _ratio(a)),
                "You measure from the mean of each component. The rest of the wait begins at `waited`.",
            ),
            "no-units": Mistake(
                _still_with(excess=lambda a, s: _ratio(a) - a),
                "The rest of the wait within a component is in units of its scale. Turn it into minutes.",
            ),
            "below-for-above": Mistake(
                _still_with(excess=lambda a, s: s * (np.exp(norm.logpdf(a) - norm.logcdf(a)) - a)),
                "You divided by the probability of a shorter wait. The wait is longer than `waited`.",
            ),
            "one-normal": Mistake(
                _one_normal,
                "You replaced the mixture by one normal distribution with its mean and spread. Each component has a"
                " rest of its own, and a weight of its own.",
            ),
            "most-probable": Mistake(
                _still_with(normalised=lambda log_r: np.eye(len(log_r))[np.argmax(log_r)]),
                "You took only the most probable component. In between either may be the one.",
            ),
            "no-slope": Mistake(
                _still_with(slope=lambda sigma, rho: 0 * rho),
                "Each component predicts its own mean wait, whatever the length is. Within a component a longer"
                " eruption moves the wait along a line.",
            ),
            "rho-ignored": Mistake(
                _still_with(slope=lambda sigma, rho: 0 * rho, spread=lambda sigma, rho: sigma[:, 1]),
                "Your length chooses among the components, and within each it tells nothing. There the correlation"
                " counts.",
            ),
            "slope-upside-down": Mistake(
                _still_with(slope=lambda sigma, rho: rho * sigma[:, 0] / sigma[:, 1]),
                "Your slope is that of the length given the wait. It should be in minutes of waiting for each minute"
                " of eruption.",
            ),
            "slope-without-scales": Mistake(
                _still_with(slope=lambda sigma, rho: rho),
                "A correlation is a slope only when both coordinates are measured in their scales.",
            ),
            "not-narrowed": Mistake(
                _still_with(spread=lambda sigma, rho: sigma[:, 1]),
                "Within a component the wait has its full spread in your result. The length has explained a part of"
                " it.",
            ),
            "narrowed-too-much": Mistake(
                _still_with(spread=lambda sigma, rho: sigma[:, 1] * (1 - rho**2)),
                "You multiplied a scale by the factor that belongs to a variance.",
            ),
            "variance-for-scale": Mistake(
                _still_with(spread=lambda sigma, rho: sigma[:, 1] ** 2 * (1 - rho**2)),
                "You put a variance where a scale belongs.",
            ),
            "columns-exchanged": Mistake(
                _still_with(columns=slice(None, None, -1)),
                "You gave the length to the second column, which is that of the waits.",
            ),
            "underflow": Mistake(
                _still_with(normalised=_naive, excess=lambda a, s: s * (_naive_ratio(a) - a)),
                "The formula is right. When one has waited very long, probabilities underflow to 0, in the weights or in"
                " the rest, and 0 is divided by 0. Stay in logarithms, with `logsf` and `logpdf`, until they are"
                " subtracted from each other.",
            ),
        },
        after="After 2.9 minutes of eruption and 60 of quiet 8.8 are left, more than 4.5. What has not happened speaks for"
        " the group with the long waits, and within the other group only waits beyond 60 are left.",
        otherwise="A single component whose line is at `waited` and whose scale is 1 leaves 0.7979 to wait. Far out in"
        " the tail the rest is short, and never negative.",
    ),
]
