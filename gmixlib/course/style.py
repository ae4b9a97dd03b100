"""The look of the course's figures, and the levels of their contours."""

import logging
from collections.abc import Sequence

import numpy as np
import seaborn as sns
from numpy.typing import ArrayLike

from gmixlib import _checks
from gmixlib._checks import Floats

PALETTE = sns.color_palette("colorblind")


def use_course_style() -> None:
    """Set the course's look and silence the sampler's chatter for the running session.

    Figures get an opaque white background, so that they stay legible on a dark page, the
    colour-blind-safe palette of seaborn, and type that is still readable at the width of a phone.
    """
    sns.set_theme(
        context="notebook",
        style="ticks",
        palette=PALETTE,
        rc={
            "figure.figsize": (5.4, 3.2),
            "figure.dpi": 130,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
        },
    )
    # Timings and hints of the sampler differ from run to run; chapters ask for diagnostics by name.
    logging.getLogger("pymc").setLevel(logging.ERROR)


def hdr_levels(density: ArrayLike, shares: Sequence[float] = (0.99, 0.9, 0.5, 0.1)) -> Floats:
    """Levels of a density that bound its regions of highest density.

    The region of highest density of a share is where the density exceeds a level, chosen so that the region
    holds that share of the probability. No other region with as much of it is smaller.

    Parameters
    ----------
    density : array_like
        Density on an evenly spaced grid of any number of dimensions, up to a factor; not negative, finite.
    shares : sequence of float
        Shares of the probability, between 0 and 1.

    Returns
    -------
    ndarray, shape of ``shares``
        The levels, in ascending order as contour plots want them: the first belongs to the largest share.

    Raises
    ------
    ValueError
        If ``density`` is empty, negative, not finite or 0 everywhere, or a share is not between 0 and 1.

    Notes
    -----
    Source: Hyndman (1996), "Computing and graphing highest density regions", *The American Statistician*
    50, 120–126.

    Examples
    --------
    >>> hdr_levels([1.0, 4.0, 3.0, 2.0], shares=[0.6])
    array([3.])
    """
    values, wanted = _checks.numbers(density, "density"), _checks.numbers(shares, "shares")
    if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
        raise ValueError("density must be finite, nowhere negative, and somewhere above 0")
    if wanted.ndim == 0:
        raise ValueError(f"shares is {shares}; it must be a sequence, such as [{shares}]")
    if not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError(f"shares is {shares}; each share must be between 0 and 1")
    falling = np.sort(values.ravel())[::-1]
    held = np.cumsum(falling)
    return np.sort(falling[np.searchsorted(held / held[-1], wanted)])
