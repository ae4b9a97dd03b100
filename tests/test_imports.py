"""gmixlib loads lazily: what a reader or a student does not use is not imported."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

import gmixlib

SLOW = ("pymc", "pytensor", "numba", "arviz", "matplotlib", "seaborn", "pandas")
# None in sys.modules makes an import fail.
LEAN = f"""
import sys
sys.modules.update(dict.fromkeys({SLOW}))
from importlib import import_module
from pkgutil import iter_modules
import numpy as np
import gmixlib.exercises
from gmixlib import claim, near
from gmixlib import TwoMeansPosterior, logsumexp, mixture_logpdf, responsibilities, simulate, two_gaussians
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
for module in iter_modules(gmixlib.exercises.__path__):
    import_module(f"gmixlib.exercises.{{module.name}}")
claim("Two and two are four.", near(2 + 2, 4, 0))
TwoMeansPosterior([0.0, 1.0])
Prior(Normal(), 1.0, Dirichlet(1, 0.1)).log_density([0.5, 0.5], [0.0, 1.0], 1.0)
print(gmixlib.exercises.check("log_sum_exp.mean", lambda a: np.logaddexp.reduce(a) - np.log(len(a))))
"""


def test_exercises_and_what_needs_scipy_alone_import_no_slow_library():
    found = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, encoding="utf-8", check=False)
    assert ": correct." in found.stdout, found.stderr


def test_samplers_are_imported_where_numba_can_cache_nowhere():
    """As for a user without a home, from an installation that is not theirs to write to."""
    nowhere = {**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}  # for what lies in an archive
    code = """
import gmixlib.samplers.evidence
from gmixlib.samplers import _kernels
print(_kernels.run_sweeps.stats.cache_path)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False, env=nowhere
    )
    assert found.stdout == "None\n", found.stderr


def test_each_public_name_is_the_object_of_its_module():
    assert set(dir(gmixlib)) == set(gmixlib.__all__)
    for name in set(gmixlib.__all__) - {"PALETTE", "priors"}:
        value = getattr(gmixlib, name)
        assert value.__module__.startswith("gmixlib.")
        assert value is getattr(import_module(value.__module__), name)
    assert gmixlib.PALETTE is import_module("gmixlib.course.style").PALETTE
    assert gmixlib.priors is import_module("gmixlib.priors")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No gmixlib attribute missing"):
        gmixlib.missing  # noqa: B018
