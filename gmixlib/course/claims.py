"""What a chapter promises: a sentence, the check that it is true, and the evidence for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from gmixlib import _checks
from gmixlib._checks import Floats
from gmixlib._console import printable

SEPARATOR = " · "
"""Between a statement and its evidence. What follows it is noise to the regression test of the chapters."""

ERRORS = 5.0
"""Standard errors that an estimate may be away: a right one is further about once in 1.7 million comparisons."""


@dataclass(frozen=True)
class Comparison:
    """A value found, the value expected, and how far apart they may be; true if they are no further."""

    found: Floats
    expected: Floats
    within: Floats
    standard_error: Floats | None = None
    """That of the difference, where it is made by chance."""
    is_exact: bool = False
    """Whether the value expected has no error of its own."""

    def __bool__(self) -> bool:
        return bool((np.abs(self.found - self.expected) <= self.within).all())

    def __str__(self) -> str:
        return f"{self.found}, expected {self.expected} within {self.within}"

    @property
    def strain(self) -> Floats:
        """What share of the distance allowed each difference takes."""
        apart = np.abs(self.found - self.expected)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(np.where(apart == 0, 0.0, apart / self.within), nan=np.inf)

    def evidence(self) -> str:
        """The comparison in words; of several values, that of the two which are furthest apart."""
        strain = np.atleast_1d(self.strain)
        worst = strain.argmax()

        def at_worst(values: Floats) -> float:
            return float(np.broadcast_to(values, strain.shape).flat[worst])

        found, expected, within = map(at_worst, (self.found, self.expected, self.within))
        error = None if self.standard_error is None else at_worst(self.standard_error)
        one, other = _to_digit(found, error or within), _to_digit(expected, error or within)
        text = f"worst of {strain.size:,}: " if strain.size > 1 else ""
        if error is not None:
            apart = abs(found - expected) / error if found != expected else 0.0
            sort = "exactly" if self.is_exact else "expected"
            return f"{text}{one}, {sort} {_short(expected, other)}, {apart:.1f} standard errors apart"
        if within == 0:
            return f"{text}{_in_words(found)}, exactly as expected"
        if one == other:
            return f"{text}{_short(expected, other)}, expected the same within {_signed(f'{within:.2g}')}"
        return f"{text}{one}, expected {_short(expected, other)} within {_signed(f'{within:.2g}')}"


def _signed(text: str) -> str:
    """A formatted number with the minus sign that a text has, and without the zeros of an exponent."""
    digits, e, exponent = text.partition("e")
    return f"{digits}{e}{int(exponent) if e else ''}".replace("-", "−")


def _to_digit(value: float, step: float) -> str:
    """A number with one digit more than the size of a step has, but six digits at most."""
    if not (math.isfinite(value) and 1e-4 <= abs(value) < 1e15):
        return _signed(f"{value:.3g}")
    decimals = 5 - math.floor(math.log10(abs(value)))
    if step > 0:
        decimals = min(decimals, 1 - math.floor(math.log10(step)))
    return _signed(f"{value:,.{max(decimals, 0)}f}")


def _short(value: float, text: str) -> str:
    """A formatted number without the zeros at its end, where they are all that it has there."""
    return text.rstrip("0").rstrip(".") if "." in text and value == round(value, 3) else text


def _name_in_words(name: str) -> str:
    """A name in code as it is said, such as R-hat."""
    return name.replace("_hat", "-hat").replace("_", " ")


def _in_words(value: object) -> str:
    """A value of any kind: numbers with four digits, of many the least and the largest."""
    values = np.asarray(value)
    if values.dtype.kind == "b" and values.ndim == 0:
        return "yes" if values else "no"
    if values.dtype.kind not in "iuf":
        return str(value)
    if values.size > 6:
        return f"{_in_words(values.min())} to {_in_words(values.max())}"
    if values.ndim:
        return ", ".join(map(_in_words, values.flat))
    if values.dtype.kind in "iu" or 1000 <= abs(values) < 1e15:
        return _signed(f"{values:,.0f}")
    short = f"{values:.4g}"
    return _signed(short if float(short) == values else f"{values:#.4g}")


def near(
    found: ArrayLike,
    expected: ArrayLike,
    within: ArrayLike | None = None,
    *,
    standard_error: ArrayLike | None = None,
) -> Comparison:
    """Compare a computed value with the one expected.

    Parameters
    ----------
    found, expected : array_like
        The two values, in the same units and of shapes that broadcast. NaN is near nothing.
    within : array_like
        The largest absolute difference allowed, at least 0, in the same units.
    standard_error : array_like
        In place of ``within``: the standard error of the difference, of which five are allowed.

    Returns
    -------
    Comparison
        True if every element is within reach. `claim` shows it.

    Raises
    ------
    ValueError
        If both or neither of ``within`` and ``standard_error`` are given, one is negative, an argument does
        not hold numbers, or their shapes do not broadcast.
    """
    if (within is None) == (standard_error is None):
        raise ValueError("within or standard_error must be given, and not both")
    name, given = ("within", within) if standard_error is None else ("standard_error", standard_error)
    reach = _checks.numbers(given, name)  # type: ignore[arg-type]  # as asked above
    if not (reach >= 0).all():
        raise ValueError(f"{name} is {reach}; it must be at least 0")
    value = _checks.numbers(found, "found", booleans=True)
    right = _checks.numbers(expected, "expected", booleans=True)
    _checks.broadcastable(found=value, expected=right, **{name: reach})
    if standard_error is None:
        return Comparison(value, right, reach)
    return Comparison(value, right, ERRORS * reach, reach)


def agrees(
    draws: ArrayLike,
    expected: float,
    *,
    method: Literal["mean", "sd"] = "mean",
    errors: float = ERRORS,
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
        True if the estimate is near enough. `claim` shows it.

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
    error = float(mcse(values, method=method))
    compared = near(estimate, expected, standard_error=error)
    reach = np.array(_checks.positive(errors, "errors") * error)
    return replace(compared, within=reach, is_exact=True)


def claim(
    statement: str, holds: bool | np.bool_ | Comparison | Mapping[str, Comparison], **found: object
) -> None:
    """Print a statement that holds with the evidence for it, or raise with what was stated and what was found.

    Parameters
    ----------
    statement : str
        What is claimed, in words that a reader understands without the code.
    holds : bool, Comparison or mapping
        Whether it is true: exactly one truth value (reduce an array with ``.all()`` first), what `near` or
        `agrees` returned, or several of those by the name of what each is about. Of several the one is shown
        that comes nearest to what is allowed.
    **found
        Further values behind the check, by name. They are part of the evidence.

    Raises
    ------
    AssertionError
        If the claim does not hold.
    TypeError
        If ``holds`` is neither a single truth value nor comparisons.
    ValueError
        If ``statement`` holds the sign that sets the evidence apart.

    Examples
    --------
    >>> claim("Two and two are four.", 2 + 2 == 4)
    ✓ Two and two are four.
    >>> claim("The square root of 2 is 1.414.", near(2**0.5, 1.414, 0.0005))
    ✓ The square root of 2 is 1.414 · 1.41421, expected 1.414 within 0.0005
    """
    if SEPARATOR.strip() in statement:
        raise ValueError(f"statement is {statement!r}; it must not hold {SEPARATOR.strip()!r}")
    several = holds if isinstance(holds, Mapping) else {"value": holds}
    for one in several.values():
        if not isinstance(one, Comparison if several is holds else bool | np.bool_ | Comparison):
            raise TypeError(f"holds is {holds!r}; it must be a single True or False, or a Comparison")
    if not (several and all(several.values())):
        wrong = {name: one for name, one in several.items() if not one and isinstance(one, Comparison)}
        values = "; ".join(f"{name} = {value}" for name, value in {**wrong, **found}.items())
        raise AssertionError(f"✗ claimed: {statement} Found: {values or 'that it does not hold'}")
    evidence = [f"{_name_in_words(name)} {_in_words(value)}" for name, value in found.items()]
    compared = {name: one for name, one in several.items() if isinstance(one, Comparison)}
    if compared:
        name = max(compared, key=lambda name: compared[name].strain.max())
        which = f"worst of {len(compared)}, {name}: " if several is holds else ""
        evidence.insert(0, which + compared[name].evidence())
    print(
        printable(
            f"✓ {statement.removesuffix('.')}{SEPARATOR}{'; '.join(evidence)}"
            if evidence
            else f"✓ {statement}"
        )
    )
