"""The numbers behind a prior, as the samplers take them."""

from enum import IntEnum
from typing import NamedTuple

from gmixlib._checks import Floats


class SigmaKind(IntEnum):
    """What is known of the scales before the data."""

    KNOWN = 0
    INVERSE_GAMMA = 1
    UNIFORM = 2


class Hyper(NamedTuple):
    """A prior for a given number of components K: arrays have the shape (K,), what does not apply is NaN."""

    mean: Floats  # of the locations
    sd: Floats  # of the locations, with a `Normal` prior
    points: float  # with a `ScaledNormal` prior, else 0
    sigma_kind: int  # the value of a SigmaKind, since numba takes eight times as long for a call with an enum
    sigma: Floats  # known scales
    gamma_shape: float  # of the precisions' gamma distribution, with an `InverseGamma` prior
    gamma_rate: float
    upper: float  # of the scales, with a `Uniform` prior
    shared: bool  # whether all components have one scale
    w_known: bool
    w: Floats  # known weights
    concentration: Floats  # of the weights' Dirichlet distribution
    minimum: float  # of each weight; 0 if unlimited
