"""Gauss–Legendre panels: integrals of a density of two ordered coordinates, and sums over many points.

A panel is an interval on which a function is represented by its values at the nodes of one quadrature rule.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Legendre, legendre
from scipy.optimize import brentq

from gmixlib._checks import Floats


class Rule(NamedTuple):
    """Gauss–Legendre quadrature of a panel from -1 to 1."""

    nodes: Floats  # shape (nodes,)
    mass: Floats
    to_series: (
        Floats  # from values at the nodes to coefficients of Legendre polynomials, shape (nodes, nodes)
    )
    up_to_node: Floats  # from values at the nodes to integrals from -1 to each node


def gauss_legendre(size: int) -> Rule:
    """Return the rule of ``size`` nodes."""
    nodes, mass = legendre.leggauss(size)
    to_series = np.asarray(np.linalg.inv(legendre.legvander(nodes, size - 1)), np.float64)
    up_to_node = np.asarray(legendre.legval(nodes, legendre.legint(to_series, lbnd=-1)).T, np.float64)
    return Rule(nodes, mass, to_series, up_to_node)


RULE, OTHER_RULE = gauss_legendre(20), gauss_legendre(14)


def panel_nodes(edges: Floats, rule: Rule) -> Floats:
    """Nodes of each panel between two neighbouring ``edges``, shape (panels, nodes)."""
    return edges[:-1, None] + np.diff(edges)[:, None] * (rule.nodes + 1) / 2


def compress(y: Floats, width: float) -> tuple[Floats, Floats]:
    """Return fewer points, and weights by which a smooth function sums over them as it does over ``y``.

    The points are nodes of panels of that ``width``. A function that is a polynomial of low degree on each
    panel is determined by its values at the nodes, and its sum over the data is exact. Where this would not
    halve the number of points, ``y`` is returned with weights of 1.
    """
    panel = np.floor((y - y.min()) / width).astype(int)
    used, panel = np.unique(panel, return_inverse=True)
    if 2 * used.size * RULE.nodes.size > y.size:
        return y, np.ones_like(y)
    left = y.min() + used * width
    position = 2 * (y - left[panel]) / width - 1
    weights = np.zeros((used.size, RULE.nodes.size))
    np.add.at(weights, panel, legendre.legvander(position, RULE.nodes.size - 1) @ RULE.to_series)
    return (left[:, None] + width * (RULE.nodes + 1) / 2).ravel(), weights.ravel()


def truncation_share(edges: Floats, density: Floats) -> Floats:
    """Share of all mass in the three highest Legendre polynomials of each panel, shape (panels,).

    Where it is small, the expansion of the density has converged. ``density`` is that of `Grid`.
    """
    width = np.diff(edges)
    highest = np.abs(np.einsum("ca,iajb->icjb", RULE.to_series[-3:], density)) @ RULE.mass @ width
    mass = np.einsum("iajb,i,a,j,b", density, width, RULE.mass, width, RULE.mass, optimize=True)
    return 2 * highest.max(axis=1) * width / mass


class Grid:
    """Integrals of a symmetric density over the half plane of smaller and larger coordinate.

    Parameters
    ----------
    edges : ndarray, shape (panels + 1,)
        Edges of the panels that cover either coordinate.
    rule : Rule
        Quadrature of a panel.
    density : ndarray, shape (panels, nodes, panels, nodes)
        Its values on pairs of nodes.

    Attributes
    ----------
    total : float
        Its integral.
    mean, sd : ndarray, shape (2,)
        Mean and standard deviation of the smaller and the larger coordinate.
    corr : float
        Their correlation.
    distributions : list of two lists
        The distribution function of each, in pieces from left to right.
    """

    def __init__(self, edges: Floats, rule: Rule, density: Floats) -> None:
        half = np.diff(edges) / 2
        panel = np.arange(half.size)

        def integrals(values: Floats) -> tuple[Floats, Floats]:
            """Integrate over the second coordinate: below the first one, and all of it."""
            by_panel = values @ rule.mass * half
            inside = np.einsum("iaib,ab->ia", values, rule.up_to_node) * half[:, None]
            return (by_panel.cumsum(axis=2) - by_panel)[panel, :, panel] + inside, by_panel.sum(axis=2)

        x, mass = panel_nodes(edges, rule), np.outer(half, rule.mass)
        larger, both = integrals(density)
        self.total = (mass * larger).sum()
        marginals = np.stack([both - larger, larger]) / self.total
        self.mean = (mass * marginals * x).sum(axis=(1, 2))
        self.sd = np.sqrt((mass * marginals * (x - self.mean[:, None, None]) ** 2).sum(axis=(1, 2)))
        smaller_given_larger, _ = integrals(density * (x - self.mean[0]))
        covariance = (mass * (x - self.mean[1]) * smaller_given_larger).sum() / self.total
        self.corr = float(covariance / self.sd.prod())
        self.distributions = [
            [
                Legendre(rule.to_series @ values, domain).integ(lbnd=domain[0])
                for values, domain in zip(marginal, pairwise(edges), strict=True)
            ]
            for marginal in marginals
        ]

    def quantile(self, p: float) -> list[float]:
        """Quantiles of the smaller and the larger coordinate."""
        return [_invert(pieces, p) for pieces in self.distributions]


def _invert(pieces: list[Legendre], p: float) -> float:
    """Return where a piecewise distribution function is ``p``."""
    before = np.cumsum([0.0] + [piece(piece.domain[1]) for piece in pieces])
    mass = p * before[-1]
    i = np.searchsorted(before[1:-1], mass)
    return brentq(lambda x: before[i] + pieces[i](x) - mass, *pieces[i].domain, xtol=1e-300)
