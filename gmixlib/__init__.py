"""Bayesian Gaussian mixtures: exact posteriors, proven samplers and checked claims."""

from gmixlib.categorical_gibbs import CategoricalGibbs
from gmixlib.claims import Comparison, agrees, claim, near
from gmixlib.data import simulate, three_gaussians, two_gaussians
from gmixlib.density import logsumexp, mixture_logpdf, responsibilities
from gmixlib.evidence import log_evidence
from gmixlib.gibbs import sample_gibbs
from gmixlib.regions import hdr_levels
from gmixlib.relabelling import relabel
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
    "hdr_levels",
    "log_evidence",
    "logsumexp",
    "mixture_logpdf",
    "near",
    "relabel",
    "responsibilities",
    "sample_gibbs",
    "simulate",
    "three_gaussians",
    "two_gaussians",
    "use_course_style",
]
