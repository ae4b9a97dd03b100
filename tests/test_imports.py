"""gmixlib loads lazily: what a reader or a student does not use is not imported."""

import subprocess
import sys
from importlib import import_module

import pytest

import gmixlib

SLOW = ("pymc", "pytensor", "numba", "arviz", "matplotlib", "seaborn", "pandas")
EXERCISES = """
from importlib import import_module
from pkgutil import iter_modules
import gmixlib.exercises
for module in iter_modules(gmixlib.exercises.__path__):
    import_module(f"gmixlib.exercises.{module.name}")
"""
STARTS = {
    "the package": "import gmixlib",
    "the exercises": "import gmixlib.exercises",
    "the exercises of every chapter": EXERCISES,
    "claims": "from gmixlib import claim, near; claim('Two and two are four.', near(2 + 2, 4, 0))",
    "what needs SciPy alone": """
from gmixlib import TwoMeansPosterior, logsumexp, mixture_logpdf, responsibilities, simulate, two_gaussians
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
TwoMeansPosterior([0.0, 1.0])
Prior(Normal(), 1.0, Dirichlet(1, 0.1)).log_density([0.5, 0.5], [0.0, 1.0], 1.0)
""",
}


def run(code: str) -> str:
    """Run code in a fresh process and return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("code", STARTS.values(), ids=STARTS.keys())
def test_slow_libraries_are_not_imported(code):
    loaded = run(f"{code}\nimport sys; print(*sys.modules, sep='\\n')").splitlines()
    assert "gmixlib" in loaded
    assert set(SLOW).isdisjoint(loaded)


def test_an_answer_is_checked_without_slow_libraries():
    """None in sys.modules makes an import fail."""
    code = f"""
import sys
sys.modules.update(dict.fromkeys({SLOW}))
import numpy as np
from gmixlib.exercises import check
print(check("log_sum_exp.mean", lambda a: np.logaddexp.reduce(a) - np.log(len(a))))
"""
    assert ": correct." in run(code)


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
