"""Priors of a Gaussian mixture, as `sample_gibbs` and `log_evidence` take them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from gmixlib import _checks, _least_weights
from gmixlib._checks import Floats
from gmixlib._hyper import Hyper, SigmaKind
from gmixlib.density import LOG_SQRT_2PI

Values = float | tuple[float, ...]


def _values(value: Values | Sequence[float], name: str, *, positive: bool = False) -> Values:
    """Return one number, or one for each component, as floats that a frozen dataclass can compare."""
    array = _checks.numbers(value, name)
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; it must be one number or one for each component")
    if not np.isfinite(array).all() or (positive and not (array > 0).all()):
        raise ValueError(f"{name} is {value}; it must be {'positive and ' if positive else ''}finite")
    return tuple(array.tolist()) if array.ndim else float(array)


def _for_components(values: Values | Sequence[float], k: int, name: str) -> Floats:
    """Return one number, or one for each component, as a vector of length ``k``."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (k,)):
        raise ValueError(
            f"{name} has {array.size} values; it must have one, or one for each of {k} components"
        )
    return np.full(k, array)


@dataclass(frozen=True)
class Normal:
    """Prior ``mu[k] ~ N(mean, sd**2)``, whatever the scale of the component.

    Parameters
    ----------
    mean, sd : float or sequence of K floats
        In the units of the data; ``sd`` is positive.

    Raises
    ------
    ValueError
        If a value is not finite, or ``sd`` not positive.
    """

    mean: Values = 0.0
    sd: Values = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _values(self.mean, "mean"))
        object.__setattr__(self, "sd", _values(self.sd, "sd", positive=True))


@dataclass(frozen=True)
class ScaledNormal:
    """Prior ``mu[k] | sigma[k] ~ N(mean, sigma[k]**2 / points)``, the conjugate one.

    Parameters
    ----------
    mean : float or sequence of K floats
        In the units of the data.
    points : float
        How many observations the prior is worth, positive.

    Raises
    ------
    ValueError
        If a value is not finite, or ``points`` not positive.
    """

    mean: Values = 0.0
    points: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _values(self.mean, "mean"))
        object.__setattr__(self, "points", _checks.positive(self.points, "points"))


@dataclass(frozen=True)
class InverseGamma:
    """Prior ``sigma**2 ~ InverseGamma(shape, scale)``: on the variance, not on the standard deviation.

    Parameters
    ----------
    shape : float
        At least 0.1: below, the scale of an empty component would exceed any number of the machine. The
        variance has a mean above 1.
    scale : float
        In the squared units of the data, positive; the variance has the mean ``scale / (shape - 1)``.

    Raises
    ------
    ValueError
        If a value is not positive and finite, or ``shape`` below 0.1.
    """

    shape: float = 2.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _checks.positive(self.shape, "shape"))
        if self.shape < 0.1:
            raise ValueError(f"shape is {self.shape}; it must be at least 0.1, or scales exceed any number")
        object.__setattr__(self, "scale", _checks.positive(self.scale, "scale"))


@dataclass(frozen=True)
class Uniform:
    """Prior ``sigma ~ U(0, upper)``, for a scale that all components share.

    With a scale for each component the likelihood is unbounded where one component closes in on one
    observation, and with equal observations the posterior would not exist.

    Parameters
    ----------
    upper : float
        In the units of the data, positive.

    Raises
    ------
    ValueError
        If ``upper`` is not positive and finite.
    """

    upper: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "upper", _checks.positive(self.upper, "upper"))


@dataclass(frozen=True)
class Dirichlet:
    """Prior ``w ~ Dirichlet(concentration)``, cut off where a weight is below ``minimum``.

    Parameters
    ----------
    concentration : float or sequence of K floats
        Positive. 1 is uniform over the weights, much less than 1 favours empty components.
    minimum : float
        Smallest weight allowed, from 0 to below 1 / K.

    Raises
    ------
    ValueError
        If ``concentration`` is not positive and finite, or ``minimum`` not from 0 to below 1.
    """

    concentration: Values = 1.0
    minimum: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "concentration", _values(self.concentration, "concentration", positive=True))
        if not 0 <= _checks.number(self.minimum, "minimum") < 1:
            raise ValueError(f"minimum is {self.minimum}; it must be at least 0 and below 1 / K")


@dataclass(frozen=True)
class Prior:
    r"""Prior of the weights ``w``, locations ``mu`` and scales ``sigma`` of a Gaussian mixture.

    The parts are independent, but for ``mu`` given ``sigma`` with a `ScaledNormal`.

    Parameters
    ----------
    mu : Normal or ScaledNormal
        Prior of the locations.
    sigma : InverseGamma, Uniform, float or sequence of K floats
        Prior of the scales; numbers are known scales, in the units of the data.
    w : Dirichlet or sequence of K floats
        Prior of the weights; numbers are known weights.
    shared_sigma : bool
        Whether all components share one unknown scale.

    Raises
    ------
    TypeError
        If a part is of another type.
    ValueError
        If a part is out of range, or ``sigma`` is `Uniform` and not shared.

    Examples
    --------
    The model of two unknown locations, and that of the three Gaussians:

    >>> known = Prior(mu=Normal(0, 10), sigma=1.0, w=[0.5, 0.5])
    >>> shared = Prior(Normal(0, 15), Uniform(20), Dirichlet(1, minimum=0.1), shared_sigma=True)
    """

    mu: Normal | ScaledNormal
    sigma: InverseGamma | Uniform | Values | Sequence[float]
    w: Dirichlet | Values | Sequence[float] = field(default_factory=Dirichlet)
    shared_sigma: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.mu, Normal | ScaledNormal):
            raise TypeError(f"mu is {self.mu!r}; it must be a Normal or a ScaledNormal prior")
        _checks.flag(self.shared_sigma, "shared_sigma")
        if not isinstance(self.sigma, InverseGamma | Uniform):
            object.__setattr__(self, "sigma", _values(self.sigma, "sigma", positive=True))
            if self.shared_sigma:
                raise ValueError("shared_sigma is True; it must be False with known scales")
        if isinstance(self.sigma, Uniform) and not self.shared_sigma:
            raise ValueError("shared_sigma is False; it must be True with a Uniform prior of sigma")
        if not isinstance(self.w, Dirichlet):
            object.__setattr__(self, "w", tuple(_checks.weights(self.w).tolist()))

    def for_components(self, k: int) -> Hyper:
        """Return the numbers behind the prior for ``k`` components.

        Raises
        ------
        ValueError
            If a part is for another number of components, or the least weight too large for ``k``.
        """
        _checks.at_least(k, 1, "k")
        none = np.full(k, np.nan)
        hyper = Hyper(
            mean=_for_components(self.mu.mean, k, "mean"), sd=none, points=0.0,
            sigma_kind=SigmaKind.KNOWN.value, sigma=none, gamma_shape=np.nan, gamma_rate=np.nan, upper=np.nan,
            shared=self.shared_sigma, w_known=False, w=none, concentration=none, minimum=0.0,
        )  # fmt: skip

        if isinstance(self.mu, ScaledNormal):
            hyper = hyper._replace(points=self.mu.points)
        else:
            hyper = hyper._replace(sd=_for_components(self.mu.sd, k, "sd"))

        if isinstance(self.sigma, InverseGamma):
            hyper = hyper._replace(
                sigma_kind=SigmaKind.INVERSE_GAMMA.value,
                gamma_shape=self.sigma.shape,
                gamma_rate=self.sigma.scale,
            )
        elif isinstance(self.sigma, Uniform):
            hyper = hyper._replace(sigma_kind=SigmaKind.UNIFORM.value, upper=self.sigma.upper)
        else:
            hyper = hyper._replace(sigma=_for_components(self.sigma, k, "sigma"))

        if isinstance(self.w, Dirichlet):
            if self.w.minimum * k >= 1:
                raise ValueError(f"minimum is {self.w.minimum}; it must be below 1 / {k} with {k} components")
            concentration = _for_components(self.w.concentration, k, "concentration")
            return hyper._replace(concentration=concentration, minimum=float(self.w.minimum))
        w = np.asarray(self.w, dtype=np.float64)
        if w.size != k:
            raise ValueError(f"w has {w.size} weights; it must have one for each of {k} components")
        return hyper._replace(w_known=True, w=w)

    def draw(self, k: int, size: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """Draw parameters from the prior.

        Parameters
        ----------
        k : int
            Number of components, at least 1.
        size : int
            Number of draws.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        w, mu, sigma : ndarray of float64, shape (size, K)
            Weights, locations and scales; known and shared ones are repeated.

        Raises
        ------
        ValueError
            If the prior does not fit ``k`` components, ``size`` is negative, or ``rng`` is no generator.
        """
        h = self.for_components(k)
        _checks.at_least(size, 0, "size")
        _checks.generator(rng)
        shape = (size, 1 if h.shared else k)
        if h.sigma_kind == SigmaKind.INVERSE_GAMMA:
            sigma = np.sqrt(h.gamma_rate / rng.gamma(h.gamma_shape, size=shape))
        else:
            sigma = rng.uniform(0, h.upper, shape) if h.sigma_kind == SigmaKind.UNIFORM else h.sigma
        sigma = np.array(np.broadcast_to(sigma, (size, k)))
        mu = rng.normal(h.mean, sigma / np.sqrt(h.points) if h.points else h.sd, (size, k))
        if h.w_known:
            return np.tile(h.w, (size, 1)), mu, sigma
        return _least_weights.draw(h.concentration, h.minimum, size, rng), mu, sigma

    def log_density(self, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
        """Log prior density of parameters, normalized.

        Parameters
        ----------
        w, mu, sigma : array_like, shape (..., K)
            Weights, locations and scales. Known ones are ignored; of a shared scale the first one counts.

        Returns
        -------
        ndarray of float64, shape (...)
            Log density in nats, with respect to ``w[:-1]``, ``mu`` and ``sigma`` (not its square).

        Raises
        ------
        ValueError
            If the prior does not fit the number of components, or the shapes do not fit each other.
        """
        mu = _checks.numbers(mu, "mu")
        if mu.ndim == 0:
            raise ValueError(f"mu is {mu}; it must have one value for each component")
        k = mu.shape[-1]
        h = self.for_components(k)
        w = h.w if h.w_known else _checks.components(w, k, "w", batched=True)
        is_known = h.sigma_kind == SigmaKind.KNOWN
        sigma = h.sigma if is_known else _checks.components(sigma, k, "sigma", batched=True)
        _checks.broadcastable(w=w, mu=mu, sigma=sigma)
        sd = sigma / np.sqrt(h.points) if h.points else h.sd
        free = sigma[..., :1] if h.shared else sigma
        with np.errstate(divide="ignore", invalid="ignore"):  # of scales that are not positive
            result = (-0.5 * ((mu - h.mean) / sd) ** 2 - np.log(sd) - LOG_SQRT_2PI).sum(axis=-1)
            if h.sigma_kind == SigmaKind.INVERSE_GAMMA:
                log_density = -(2 * h.gamma_shape + 1) * np.log(free) - h.gamma_rate / free**2
                constant = np.log(2) + h.gamma_shape * np.log(h.gamma_rate) - gammaln(h.gamma_shape)
                result = result + (log_density + constant).sum(axis=-1)
        result = np.where((free <= 0).any(axis=-1), -np.inf, result)
        if h.sigma_kind == SigmaKind.UNIFORM:
            result = result + np.where(free < h.upper, -np.log(h.upper), -np.inf).sum(axis=-1)
        if not h.w_known:
            with np.errstate(divide="ignore", invalid="ignore"):
                power = np.where(h.concentration == 1, 0.0, (h.concentration - 1) * np.log(w)).sum(axis=-1)
            inside = (w >= h.minimum).all(axis=-1)
            log_integral = _least_weights.log_integral(h.concentration, h.minimum)
            result = result + np.where(inside, power - log_integral, -np.inf)
        return result[()]
