"""The log likelihood of two locations, by few points that stand for many observations."""

import numpy as np

from gmixlib._checks import Floats
from gmixlib.exact._panels import compress

TERMS_PER_BLOCK = 25_000  # held at once, few enough for the processor's cache
DOUBT = 37.0  # log odds of the components, beyond which one adds nothing to the other: exp(-37) is 9e-17
WIDTH = 0.7 * np.pi  # of panels for locations that are sigma apart, in units of sigma
FINEST = 80  # of the panels' levels: two levels up they are half as wide
MOST_GROUPS = 32


class QuickLikelihood:
    """Log likelihood of two locations, up to a constant: right to some 1e-14 of it, and to 1e-11 if all of y is equal.

    Neighbouring observations form a group. The log likelihood of a group is a quadratic in the locations where all of
    it is of one component beyond doubt. Elsewhere it is the mean of both components' quadratics and a sum over
    observations of a function of their log odds, for which fewer points do.
    """

    def __init__(self, y: Floats, sigma: float, log_w: Floats) -> None:
        self.sigma, self.log_w = sigma, log_w[:, None]
        width = max(WIDTH * sigma, np.ptp(y) / MOST_GROUPS)
        group = np.floor((y - y.min()) / width)
        self.groups = [Group(y[group == each], sigma) for each in np.unique(group)]

    def __call__(self, mu1: Floats, mu2: Floats) -> Floats:
        """Return the log likelihood of pairs of locations, shape (pairs,)."""
        mu, total = np.stack([mu1, mu2]), np.zeros(mu1.size)
        slope, middle = (mu1 - mu2) / self.sigma, (mu1 + mu2) / 2
        # Panels of this level are for slopes of up to 2**(level / 2).
        level = np.clip(np.frexp(slope**2)[1], 0, FINEST)
        for group in self.groups:
            alone = group.y.size * self.log_w - 0.5 * group.squares(mu)
            odds = self._log_odds(slope, middle, group.ends)
            in_doubt = (odds.min(axis=0) <= DOUBT) & (odds.max(axis=0) >= -DOUBT)
            total += np.where(in_doubt, alone.mean(axis=0), alone.max(axis=0))
            for each in np.unique(level[in_doubt]):
                rows = np.flatnonzero(in_doubt & (level == each))
                total[rows] += self._of_odds(slope[rows], middle[rows], *group.points(int(each)))
        return total

    def _log_odds(self, slope: Floats, middle: Floats, y: Floats) -> Floats:
        """Log odds of the components, which are linear in the observation."""
        return slope * ((y - middle) / self.sigma) + (self.log_w[0] - self.log_w[1])

    def _of_odds(self, slope: Floats, middle: Floats, points: Floats, count: Floats) -> Floats:
        """Sum what the log odds add to the mean of both components' log densities, for pairs of locations."""
        total = np.empty(slope.size)
        step = max(1, TERMS_PER_BLOCK // points.size)
        for start in range(0, slope.size, step):
            rows = slice(start, start + step)
            odds = np.abs(self._log_odds(slope[rows, None], middle[rows, None], points))
            total[rows] = (0.5 * odds + np.log1p(np.exp(-odds))) @ count
        return total


class Group:
    """Neighbouring observations, and fewer points that stand for them."""

    def __init__(self, y: Floats, sigma: float) -> None:
        self.y, self.sigma = y, sigma
        self.ends = np.array([[y.min()], [y.max()]])
        self.mean, self.own_squares = y.mean(), y.size * y.var()
        self._points: dict[int, tuple[Floats, Floats]] = {}

    def squares(self, mu: Floats) -> Floats:
        """Sum of the squared distances from a location, in units of sigma."""
        return (self.own_squares + self.y.size * (self.mean - mu) ** 2) / self.sigma**2

    def points(self, level: int) -> tuple[Floats, Floats]:
        """Return points and how often each counts.

        As a function of the observation, the log likelihood is singular where the two components cancel, at ``pi``
        sigmas over the slope of the log odds from the real line. On panels of 0.7 times that width the polynomials
        through 20 nodes are right to 1e-15.
        """
        if level not in self._points:
            self._points[level] = compress(self.y, WIDTH * self.sigma / 2 ** (level / 2))
        return self._points[level]
