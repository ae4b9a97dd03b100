"""Bayesian Gaussian mixtures: exact posteriors, proven samplers and checked claims."""

import lazy_loader

# The public names are listed in __init__.pyi. Each loads its module when it is first used, so that
# `import gmixlib` and the exercises do without PyMC, numba, ArviZ and seaborn, which take seconds to load.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
