"""Bayesian Gaussian mixtures: exact posteriors, proven samplers and checked claims."""

from gmixlib.categorical_gibbs import CategoricalGibbs
from gmixlib.claims import Comparison, agrees, claim, near
from gmixlib.data import simulate, three_gaussians, two_gaussians
from gmixlib.density import mixture_logpdf, responsibilities
from gmixlib.style import PALETTE, use_course_style
from gmixlib.two_means import MeanField, TwoMeansPosterior

__all__ = [
    "PALETTE",
    "CategoricalGibbs",
    "Comparison",
    "MeanField",
    "TwoMeansPosterior",
    "agrees",
    "claim",
    "mixture_logpdf",
    "near",
    "responsibilities",
    "simulate",
    "three_gaussians",
    "two_gaussians",
    "use_course_style",
]
