"""The log likelihood of two locations: in full, and by few points that stand for many observations."""

import numpy as np
from numpy.typing import NDArray

from gmixlib._checks import Floats
from gmixlib.exact._panels import RULE, compress, gauss_legendre

TERMS_PER_BLOCK = 25_000  # held at once, few enough for the processor's cache
DOUBT = 40.0  # log odds of the components, beyond which one of them adds nothing to the other: exp(-40) is 4e-18
WIDTH = 0.7 * np.pi  # of panels for locations that are sigma apart, in units of sigma
FINEST = 80  # level of panels, which are half as wide two levels further up
MOST_GROUPS = 32
OF_QUADRATICS = gauss_legendre(3)


def log_likelihood(
    mu1: Floats, mu2: Floats, y: Floats, count: Floats, sigma: float, log_w: Floats
) -> Floats:
    """Log likelihood of pairs of locations up to a constant, each point of ``y`` counted ``count`` times."""
    mu = np.stack([mu1, mu2])[..., None]
    total = np.empty(mu1.size)
    step = max(1, TERMS_PER_BLOCK // y.size)
    for start in range(0, mu1.size, step):
        rows = slice(start, start + step)
        first, second = (
            log_weight - 0.5 * ((y - each[rows]) / sigma) ** 2
            for log_weight, each in zip(log_w, mu, strict=True)
        )
        # This is np.logaddexp, in functions that NumPy vectorizes: four times as fast.
        rest = np.log1p(np.exp(-np.abs(first - second)))
        total[rows] = (np.maximum(first, second) + rest) @ count
    return total


class Group:
    """Neighbouring observations, and fewer points that stand for them, for locations at any distance."""

    def __init__(self, y: Floats, width: float, sigma: float) -> None:
        self.y, self.sigma = y, sigma
        self.width = 1.01 * width  # lest rounding puts the last observation outside
        self.ends = y.min() + np.array([[0], [self.width]])
        self._points: dict[int, tuple[Floats, Floats]] = {}

    def points(self, level: int) -> tuple[Floats, Floats]:
        """Return points and their weights, for a distance of ``2**(level / 2)`` sigmas; for quadratics below 0."""
        if level not in self._points:
            self._points[level] = (
                compress(self.y, self.width, OF_QUADRATICS)
                if level < 0
                else compress(self.y, WIDTH * self.sigma / 2 ** (level / 2), RULE)
            )
        return self._points[level]


class QuickLikelihood:
    """`log_likelihood` of many observations, right to some 1e-14 of it.

    Observations of one component beyond doubt add up to a quadratic in the locations, for which three points do. The
    log likelihood of the others, as a function of the observation, is singular where the two components cancel, at
    ``pi sigma**2 / distance`` from the real line. On panels of 0.7 times that width the polynomials through 20 nodes
    are right to 1e-15.
    """

    def __init__(self, y: Floats, sigma: float, log_w: Floats) -> None:
        self.sigma, self.log_w = sigma, log_w
        width = max(WIDTH * sigma, np.ptp(y) / MOST_GROUPS)
        group = np.floor((y - y.min()) / width)
        self.groups = [Group(y[group == each], width, sigma) for each in np.unique(group)]

    def __call__(self, mu1: Floats, mu2: Floats) -> Floats:
        """Log likelihood of pairs of locations, shape (pairs,)."""
        total = np.zeros(mu1.size)
        gap, middle = (mu1 - mu2) / self.sigma, (mu1 + mu2) / 2
        fine = np.clip(np.frexp(gap**2)[1], 0, FINEST)  # so that the gap is at most 2**(fine / 2)
        for group in self.groups:
            level = np.where(self._is_clear(group, gap, middle), -1, fine)
            for each in np.unique(level):
                rows = level == each
                total[rows] += log_likelihood(
                    mu1[rows], mu2[rows], *group.points(int(each)), self.sigma, self.log_w
                )
        return total

    def _is_clear(self, group: Group, gap: Floats, middle: Floats) -> NDArray[np.bool_]:
        """Say whether all observations of a group are of the same component beyond doubt."""
        log_odds = self.log_w[0] - self.log_w[1] + gap * ((group.ends - middle) / self.sigma)
        return (log_odds.min(axis=0) > DOUBT) | (log_odds.max(axis=0) < -DOUBT)
