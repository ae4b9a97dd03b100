"""Where the mass of a posterior of two locations can be: boxes of the plane, by bounds that no mode escapes."""

from collections.abc import Callable
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from gmixlib._checks import Floats
from gmixlib.density import LOG_SQRT_2PI, NEGLIGIBLE, logsumexp

WIDEST = 4  # of a side that need not be flat, in units of the narrowest peak that there can be
FLAT = 4.0  # nats: a side over which the density is known to vary by less may be wider
TERMS_PER_BLOCK, MOST_GROUPS = 1_000_000, 1_000


class Cover(NamedTuple):
    """Boxes that hold all mass but what is known to be negligible."""

    edges: Floats  # of the boxes' sides, either coordinate, shape (m,)
    is_inside: NDArray[
        np.bool_
    ]  # whether a box covers the pair of intervals between edges, shape (m - 1, m - 1)
    log_outside: float  # of a bound of the mass elsewhere
    log_height: float  # about that of the highest mode


def find_cover(
    y: Floats, sigma: float, prior_sd: float, log_w: Floats, log_joint: Callable[[Floats, Floats], Floats]
) -> Cover:
    """Return a cover of the posterior of `gmixlib.TwoMeansPosterior`, folded along the diagonal.

    The whole plane is halved, and halved again. A box is dropped as soon as a bound of its mass is negligible: the
    prior's mass in it, times the highest likelihood that each observation could have in it. What is left is halved
    until the density is flat over each side, or as narrow as its narrowest peak could be.
    """
    # The log density is nowhere more concave than if every observation were of one component alone. So it falls from
    # any point at most as a normal density of this sd does, which bounds the evidence from below.
    narrowest = 1 / np.hypot(np.sqrt(y.size) / sigma, 1 / prior_sd)
    groups, scale = group(y / sigma), y.size * (LOG_SQRT_2PI + np.log(sigma))
    volume = 2 * (LOG_SQRT_2PI + np.log(narrowest))
    height = -np.inf
    # Where the density is stationary, each location is an average of observations and the prior's mean.
    line = [-np.inf, min(y.min(), 0.0) - 8 * prior_sd, max(y.max(), 0.0) + 8 * prior_sd, np.inf]
    sides = list(pairwise(line))
    boxes = np.array([(sides[i], sides[j]) for i in range(3) for j in range(i, 3)])  # box, coordinate, end
    kept, dropped = [], []
    while boxes.size:
        width = boxes[..., 1] - boxes[..., 0]
        # Without an end, a side is cut at twice the distance of the other.
        middle = np.where(np.isfinite(boxes), boxes, 0).sum(axis=2) * np.where(np.isinf(width), 2, 0.5)
        height = max(height, log_joint(*middle.T).max())
        likelihood, prior = groups.log_likelihood(boxes / sigma, log_w) - scale, _log_prior(boxes, prior_sd)
        mass = np.where(np.isinf(width), _log_tail(boxes, prior_sd), prior + np.log(width))
        bound = likelihood + mass.sum(axis=1)
        matters = bound > height + volume - NEGLIGIBLE
        dropped.append(bound[~matters])
        boxes, middle, width, likelihood, prior = (
            each[matters] for each in (boxes, middle, width, likelihood, prior)
        )

        # How much lower the bound would be at the ends of a side, if it is wide.
        variation = np.zeros_like(width)
        for side, end in product((0, 1), (0, 1)):
            wide = width[:, side] > WIDEST * narrowest
            ends = boxes[wide]
            ends[:, side] = ends[:, side, end, None]
            lower = groups.log_likelihood(ends / sigma, log_w) - scale + _log_prior(ends, prior_sd)[:, side]
            change = likelihood[wide] + prior[wide, side] - lower
            variation[wide, side] = np.maximum(variation[wide, side], change)
        halve = (variation > FLAT).any(axis=1)
        kept.append(boxes[~halve])
        boxes = _cut(boxes[halve], middle[halve], variation[halve].argmax(axis=1))
        boxes = boxes[boxes[:, 0, 0] < boxes[:, 1, 1]]  # beyond the diagonal is the mirror image
    inside = np.concatenate(kept)
    edges = np.unique(inside)
    is_inside = np.zeros((edges.size - 1, edges.size - 1), dtype=bool)
    for (a, b), (c, d) in np.searchsorted(edges, inside):
        is_inside[a:b, c:d] = is_inside[c:d, a:b] = True
    return Cover(edges, is_inside, float(logsumexp(np.concatenate(dropped))), height)


def _cut(boxes: Floats, at: Floats, side: NDArray[np.intp]) -> Floats:
    """Cut each box in two, across one of its sides."""
    low, high, row = boxes.copy(), boxes.copy(), np.arange(side.size)
    low[row, side, 1] = high[row, side, 0] = at[row, side]
    return np.concatenate([low, high])


class Groups(NamedTuple):
    """Neighbouring observations, of which a bound needs no more than the ends, in units of sigma."""

    low: Floats
    high: Floats
    size: Floats

    def log_likelihood(self, boxes: Floats, log_w: Floats) -> Floats:
        """Bound the log likelihood of both labellings, up to a constant: each observation where it suits it best."""
        blocks = np.array_split(boxes, 1 + boxes.shape[0] * self.size.size // TERMS_PER_BLOCK)
        return np.concatenate([self._block(block, log_w) for block in blocks])

    def _block(self, boxes: Floats, log_w: Floats) -> Floats:
        # The distance of each group from each side, shape (boxes, 2, groups).
        apart = np.maximum(boxes[..., :1] - self.high, self.low - boxes[..., 1:])
        first, second = np.moveaxis(-0.5 * np.maximum(apart, 0) ** 2, 1, 0)
        labellings = (np.logaddexp(one + first, other + second) for one, other in (log_w, log_w[::-1]))
        return np.logaddexp(*(terms @ self.size for terms in labellings))


def group(y: Floats) -> Groups:
    """Group observations, alone if there are few."""
    parts = np.array_split(np.sort(y), min(y.size, MOST_GROUPS))
    low, high, size = np.array([(part[0], part[-1], part.size) for part in parts], dtype=np.float64).T
    return Groups(low, high, size)


def _log_prior(boxes: Floats, prior_sd: float) -> Floats:
    """The highest log density of the prior on each side, shape (boxes, 2)."""
    nearest = np.clip(0.0, boxes[..., 0], boxes[..., 1])
    return -0.5 * (nearest / prior_sd) ** 2 - LOG_SQRT_2PI - np.log(prior_sd)


def _log_tail(boxes: Floats, prior_sd: float) -> Floats:
    """The log of the prior's mass on each side without an end."""
    return log_ndtr(-np.abs(np.clip(0.0, boxes[..., 0], boxes[..., 1])) / prior_sd)
