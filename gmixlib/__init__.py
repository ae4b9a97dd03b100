"""Bayesian Gaussian mixtures: exact posteriors, proven samplers and checked claims."""

from importlib import import_module

_HOMES = {
    "PALETTE": "style",
    "CategoricalGibbs": "categorical_gibbs",
    "Comparison": "claims",
    "MeanField": "two_means",
    "TwoMeansPosterior": "two_means",
    "agrees": "claims",
    "claim": "claims",
    "hdr_levels": "regions",
    "log_evidence": "evidence",
    "logsumexp": "density",
    "mixture_logpdf": "density",
    "near": "claims",
    "relabel": "relabelling",
    "responsibilities": "density",
    "sample_gibbs": "gibbs",
    "simulate": "data",
    "three_gaussians": "data",
    "two_gaussians": "data",
    "use_course_style": "style",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    """Load a public name, or a module, when it is first asked for: the exercises need none of the samplers."""
    if name in _HOMES:
        return getattr(import_module(f"gmixlib.{_HOMES[name]}"), name)
    try:
        return import_module(f"gmixlib.{name}")
    except ModuleNotFoundError:
        raise AttributeError(f"module 'gmixlib' has no attribute {name!r}") from None
