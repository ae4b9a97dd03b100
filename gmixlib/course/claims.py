"""What a chapter promises: a sentence, and the check that it is true."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from gmixlib import _checks
from gmixlib._checks import Floats
from gmixlib._console import printable


@dataclass(frozen=True)
class Comparison:
    """A value found, the value expected, and how far apart they may be; true if they are no further."""

    found: Floats
    expected: Floats
    within: Floats

    def __bool__(self) -> bool:
        return bool((np.abs(self.found - self.expected) <= self.within).all())

    def __str__(self) -> str:
        return f"{self.found}, expected {self.expected} within {self.within}"


def near(found: ArrayLike, expected: ArrayLike, within: ArrayLike) -> Comparison:
    """Compare a computed value with the one expected.

    Parameters
    ----------
    found, expected : array_like
        The two values, in the same units and of shapes that broadcast. NaN is near nothing.
    within : array_like
        The largest absolute difference allowed, at least 0, in the same units.

    Returns
    -------
    Comparison
        True if every element is within reach. `claim` shows it when it fails.

    Raises
    ------
    ValueError
        If ``within`` is negative, an argument does not hold numbers, or their shapes do not broadcast.
    """
    reach = _checks.numbers(within, "within")
    if not (reach >= 0).all():
        raise ValueError(f"within is {reach}; it must be at least 0")
    value = _checks.numbers(found, "found", booleans=True)
    right = _checks.numbers(expected, "expected", booleans=True)
    _checks.broadcastable(found=value, expected=right, within=reach)
    return Comparison(value, right, reach)


def agrees(
    draws: ArrayLike,
    expected: float,
    *,
    method: Literal["mean", "sd"] = "mean",
    errors: float = 5.0,
) -> Comparison:
    """Compare an estimate from draws with an exact value, in Monte Carlo standard errors.

    Parameters
    ----------
    draws : array_like, shape (draws,) or (chains, draws)
        Draws of one quantity, or of whether something is true, possibly autocorrelated.
    expected : float
        The exact value, in the units of the draws.
    method : {"mean", "sd"}
        What is estimated.
    errors : float
        How many standard errors the estimate may be away. At 5 a right sampler fails about once in
        1.7 million comparisons.

    Returns
    -------
    Comparison
        True if the estimate is near enough. `claim` shows it when it fails.

    Raises
    ------
    ValueError
        If ``draws`` has another shape or is not finite, ``method`` has another value, or ``errors`` is
        not positive.

    References
    ----------
    The standard error is that of Vehtari et al. (2021), as ``arviz.mcse`` computes it.
    """
    values = np.atleast_2d(_checks.numbers(draws, "draws", booleans=True))
    if values.ndim != 2 or values.shape[1] < 4:
        raise ValueError(
            f"draws has shape {np.shape(draws)}; it must be (draws,) or (chains, draws), 4 or more"
        )
    if not np.isfinite(values).all():
        raise ValueError("draws holds a value that is not finite; every draw must be finite")
    if method not in ("mean", "sd"):
        raise ValueError(f"method is {method!r}; it must be one of ['mean', 'sd']")
    from arviz import mcse  # here, since ArviZ takes seconds to load and the other checks do not need it

    estimate = values.mean() if method == "mean" else values.std()
    return near(estimate, expected, _checks.positive(errors, "errors") * float(mcse(values, method=method)))


def claim(statement: str, holds: bool | np.bool_ | Comparison, **found: object) -> None:
    """Print a statement that holds, or raise with what was stated and what was found.

    Parameters
    ----------
    statement : str
        What is claimed, in words that a reader understands without the code.
    holds : bool or Comparison
        Whether it is true: exactly one truth value (reduce an array with ``.all()`` first), or what
        `near` or `agrees` returned.
    **found
        Further values behind the check, by name. They are shown when the claim fails.

    Raises
    ------
    AssertionError
        If the claim does not hold.
    TypeError
        If ``holds`` is not a single truth value.

    Examples
    --------
    >>> claim("Two and two are four.", 2 + 2 == 4, sum=2 + 2)
    ✓ Two and two are four.
    """
    if not isinstance(holds, bool | np.bool_ | Comparison):
        raise TypeError(f"holds is {holds!r}; it must be a single True or False, or a Comparison")
    if not holds:
        if isinstance(holds, Comparison):
            found = {"value": holds, **found}
        values = "; ".join(f"{name} = {value}" for name, value in found.items())
        raise AssertionError(f"✗ claimed: {statement} Found: {values or 'that it does not hold'}")
    print(printable(f"✓ {statement}"))
