"""Checks of arguments. Each error names the argument, says what it is, and what it must be."""

from collections.abc import Iterable
from decimal import Decimal
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
RandomSeed = int | np.random.SeedSequence | np.random.Generator | None

# How far from 1 weights may sum: as far as rounding to single or to half precision takes them. Those that are
# further from 1 than rounding to double precision explains are divided by their sum.
SINGLE_PRECISION, HALF_PRECISION, DOUBLE_PRECISION = 1e-5, 1e-2, 1e-8


def real(values: ArrayLike, name: str, *, masked_as_nan: bool = False) -> NDArray:
    """Return ``values`` as an array of real numbers in their own precision, or say what is wrong with them.

    ``numpy.asarray`` alone would drop the mask of a masked array. What is masked is refused, or becomes NaN.
    """
    try:
        types = set(map(type, values)) if isinstance(values, list | tuple) else ()
        if any(issubclass(each, np.ma.MaskedArray) for each in types):
            values = np.ma.asarray(values)
        array = np.asarray(values)
    except Exception as error:
        # Rows of unequal length, or a tensor in the memory of another device, which raises what it likes.
        raise ValueError(f"{name} is no array ({error}); it must hold real numbers") from error
    if array.dtype.kind == "O":
        array = _from_objects(array, name)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} has dtype {array.dtype}; it must hold real numbers")
    if np.ma.is_masked(values) and masked_as_nan:
        return np.ma.array(
            array, array.dtype if array.dtype.kind == "f" else np.float64, mask=np.ma.getmask(values)
        ).filled(np.nan)
    if np.ma.is_masked(values):
        place = np.argwhere(np.ma.getmask(values))[0]
        raise ValueError(f"{_place(name, place)} is masked; no value may be masked")
    return array


def _from_objects(objects: NDArray, name: str) -> Floats:
    """Return numbers of any type, such as ``Fraction`` and ``Decimal``, as floats."""
    values = np.empty(objects.shape)
    for place, value in np.ndenumerate(objects):
        try:
            if isinstance(value, bool) or not isinstance(value, Real | Decimal):
                raise TypeError  # `float` would read text
            values[place] = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{_place(name, place)} is {value!r}; it must be a real number") from None
    return values


def _place(name: str, index: Iterable[int]) -> str:
    """Return how an element is written in code, such as ``w[0, 1]``; a number has no index."""
    inside = ", ".join(str(i) for i in index)
    return f"{name}[{inside}]" if inside else name


def numbers(values: ArrayLike, name: str, *, booleans: bool = False, masked_as_nan: bool = False) -> Floats:
    """Return ``values`` as an array of float64, or say what is wrong with them."""
    array = real(values, name, masked_as_nan=masked_as_nan)
    if array.dtype.kind == "b" and not booleans:
        raise ValueError(f"{name} has dtype bool; it must hold numbers, not truth values")
    with np.errstate(over="ignore"):  # what only an extended precision can hold becomes infinite
        return array.astype(np.float64, copy=False)


def number(value: ArrayLike, name: str) -> float:
    """Return ``value`` as a float."""
    values = numbers(value, name)
    if values.ndim:
        raise ValueError(f"{name} has shape {values.shape}; it must be one number")
    return float(values)


def observations(y: ArrayLike, name: str = "y") -> Floats:
    """Return ``y`` as a non-empty, contiguous vector of finite float64, or say what is wrong with it."""
    # Compiled functions are compiled anew for arrays that are not contiguous or cannot be written to.
    values = np.require(numbers(y, name), requirements=["C_CONTIGUOUS", "WRITEABLE"])
    if values.ndim != 1:
        raise ValueError(f"{name} has {values.ndim} dimensions; it must be a vector of observations")
    if values.size == 0:
        raise ValueError(f"{name} is empty; it must hold at least one observation")
    if not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values))
        raise ValueError(f"{name}[{bad[0]}] is {values[bad[0]]}; every observation must be finite")
    return values


def weights(w: ArrayLike, name: str = "w", *, batched: bool = False) -> Floats:
    """Return ``w`` as a vector, or a batch of vectors, of probabilities that sum to 1.

    Weights in single or half precision sum to 1 within their own rounding. They are normalized in double precision.
    """
    stored = real(w, name)
    values = numbers(stored, name)
    if values.ndim == 0 or values.shape[-1] == 0 or (values.ndim > 1 and not batched):
        raise ValueError(f"{name} has shape {values.shape}; it must be a vector with one weight a component")
    if not (values >= 0).all():
        raise ValueError(f"{name} is {values}; every weight must be at least 0")
    total = values.sum(axis=-1)
    error = np.abs(total - 1)
    wrong = ~(error <= (HALF_PRECISION if stored.dtype == np.float16 else SINGLE_PRECISION))
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        raise ValueError(f"{_place(name, place)} sums to {total[place]}; weights must sum to 1")
    return values / np.where(error <= DOUBLE_PRECISION, 1, total)[..., None]


def components(values: ArrayLike, k: int, name: str, *, batched: bool = False) -> Floats:
    """Return ``values`` as a vector, or a batch of vectors, with one for each of ``k`` components."""
    array = numbers(values, name)
    if not _has_components(array, k, batched):
        raise ValueError(f"{name} has shape {array.shape}; it must have one value for each of {k} components")
    return array


def locations(mu: ArrayLike, k: int, name: str = "mu", *, batched: bool = False) -> Floats:
    """Return ``mu`` as a vector, or a batch of vectors, of ``k`` finite locations."""
    values = components(mu, k, name, batched=batched)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} is {values}; every location must be finite")
    return values


def scales(sigma: ArrayLike, k: int, name: str = "sigma", *, batched: bool = False) -> Floats:
    """Return ``sigma``, one value or one a component, as a vector, or a batch, of ``k`` positive scales."""
    values = numbers(sigma, name)
    if values.ndim and not _has_components(values, k, batched):
        raise ValueError(
            f"{name} has shape {values.shape}; it must be one number or one for each of {k} components"
        )
    if not ((values > 0) & np.isfinite(values)).all():
        raise ValueError(f"{name} is {values}; every scale must be positive and finite")
    return values if values.ndim else np.broadcast_to(values, (k,))


def _has_components(values: Floats, k: int, batched: bool) -> bool:
    """Whether the last dimension counts ``k`` components, the only one unless it is a batch."""
    return values.shape[-1:] == (k,) and (batched or values.ndim == 1)


def broadcastable(**arrays: NDArray) -> None:
    """Refuse arrays, given by name, whose shapes do not fit each other."""
    shapes = [array.shape for array in arrays.values()]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"{', '.join(arrays)} have shapes {', '.join(map(str, shapes))}; they must broadcast"
        ) from None


def positive(value: ArrayLike, name: str) -> float:
    """Return ``value`` as a positive, finite float."""
    finite = number(value, name)
    if not (np.isfinite(finite) and finite > 0):
        raise ValueError(f"{name} is {value!r}; it must be positive and finite")
    return finite


def at_least(value: int, least: int, name: str) -> int:
    """Return ``value`` as an integer of at least ``least``."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}; it must be an integer of at least {least}")
    return int(value)


def flag(value: bool, name: str) -> bool:
    """Return ``value`` as a truth value; a text such as ``"no"`` would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} is {value!r}; it must be True or False")  # noqa: TRY004 - as for all arguments
    return bool(value)


def seeded(seed: RandomSeed, name: str) -> np.random.Generator:
    """Return a generator that can spawn others, from whatever ``numpy.random.default_rng`` takes.

    Truth values and text are refused, which it would read as integers.
    """
    try:
        if isinstance(seed, bool | np.bool_ | str):
            raise TypeError
        rng = np.random.default_rng(seed)
        if not isinstance(rng.bit_generator.seed_seq, np.random.bit_generator.ISpawnableSeedSequence):
            raise TypeError  # a RandomState
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {seed!r}; it must be None, an integer from 0, or a Generator") from None
    return rng


def generator(rng: np.random.Generator, name: str = "rng") -> np.random.Generator:
    """Return ``rng``, which must be a generator: a seed would give the same numbers in every call."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(  # noqa: TRY004 - as for all arguments
            f"{name} is {rng!r}; it must be a numpy.random.Generator, such as numpy.random.default_rng(1)"
        )
    return rng
