"""The API page of the built book shows every public name of the library and no other, with the right signature."""

import inspect
from functools import cached_property

import pytest
from bs4 import BeautifulSoup

import gmixlib
import gmixlib.exercises
import gmixlib.priors
from tools.notebooks import ROOT

# Public in name, but only for the compiled samplers, and for what a claim prints.
INTERNAL = {"gmixlib.priors.Prior.for_components", "gmixlib.Comparison.evidence", "gmixlib.Comparison.strain"}


def public_names() -> set[str]:
    """The full names of what the library offers, with the methods and properties of its classes."""
    offered = {f"gmixlib.{name}": getattr(gmixlib, name) for name in gmixlib.__all__}
    for name in gmixlib.exercises.__all__:
        offered[f"gmixlib.exercises.{name}"] = getattr(gmixlib.exercises, name)
    for name, value in vars(gmixlib.priors).items():
        if inspect.isclass(value) and value.__module__ == gmixlib.priors.__name__:
            offered[f"gmixlib.priors.{name}"] = value
    members = {
        f"{full_name}.{name}"
        for full_name, value in offered.items()
        if inspect.isclass(value)
        for name, member in vars(value).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, property | cached_property))
    }
    modules = {name for name, value in offered.items() if inspect.ismodule(value)}
    return {*offered, *members} - INTERNAL - modules


def test_api_page_shows_every_public_name_and_no_other():
    """Attributes are left out: they stand in the docstrings. Sphinx refuses a name that is shown twice."""
    page = BeautifulSoup((ROOT / "_build" / "html" / "api.html").read_text(encoding="utf-8"), "html.parser")
    assert {entry["id"] for entry in page.select("dl.py:not(.attribute) > dt[id]")} == public_names()


@pytest.mark.parametrize("cls", [gmixlib.CategoricalGibbs, gmixlib.priors.Prior])
def test_signature_written_on_the_api_page_is_that_of_the_class(cls):
    """Sphinx cannot show the first, since PyMC gives it a ``__new__``, nor the second's default, which is made anew."""
    _, *parameters = inspect.signature(cls.__init__).parameters.values()
    bare = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
    signature = str(inspect.Signature(bare)).replace("<factory>", "Dirichlet()")
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    assert f".. autoclass:: {cls.__name__}{signature}\n" in page
