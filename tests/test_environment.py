"""The locked environment: requirements.txt, pyproject.toml, what is installed and what is imported agree."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
OWN = ("gmixlib", "tools", "tests")
DIRECT = re.compile(r"gmixlib \(pyproject\.toml(?::([\w-]+))?\)")


def declared(pyproject: str) -> dict[tuple[str, str], Requirement]:
    """The direct dependencies, by group (the package's own: "") and name."""
    table = tomllib.loads(pyproject)
    groups = {"": table["project"]["dependencies"], **table["dependency-groups"]}
    requirements = ((group, Requirement(line)) for group, lines in groups.items() for line in lines)
    return {(group, canonicalize_name(requirement.name)): requirement for group, requirement in requirements}


def pins(lock: str) -> Iterator[tuple[Requirement, set[str]]]:
    """Each pin of the lock, with the groups that ask for it directly."""
    for block in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        if block.strip() and not block.startswith(("#", "-e")):
            line, _, origin = block.partition("\n")
            yield Requirement(line), {match[1] or "" for match in DIRECT.finditer(origin)}


def version(pin: Requirement) -> str:
    """The version that a pin fixes."""
    match = re.fullmatch(r"==([^*,]+)", str(pin.specifier))
    if not match:
        raise ValueError(f"{pin} fixes no version")
    return match[1]


def disagreements(pyproject: str, lock: str) -> list[str]:
    """What the lock has that pyproject.toml does not ask for, and the reverse, in words."""
    direct = declared(pyproject)
    locked = {(group, canonicalize_name(pin.name)): pin for pin, groups in pins(lock) for group in groups}
    found = [f"{name} (group {group!r}) is not locked" for group, name in direct.keys() - locked.keys()]
    found += [
        f"{name} (group {group!r}) is no longer asked for" for group, name in locked.keys() - direct.keys()
    ]
    for key in direct.keys() & locked.keys():
        if not direct[key].specifier.contains(version(locked[key]), prereleases=True):
            found.append(f"{locked[key]} is outside {direct[key]}")
    if lock.splitlines()[-1] != "-e .":
        found.append("the last line is not `-e .`")
    return found


def test_lock_agrees_with_pyproject():
    assert not disagreements(PYPROJECT, LOCK), "run `make lock`"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"scipy>=1.15",', '"scipy>=99",', "is outside scipy>=99"),
        ('"scipy>=1.15",', "", "scipy (group '') is no longer asked for"),
        ('"scipy>=1.15",', '"scipy>=1.15", "not-locked",', "not-locked (group '') is not locked"),
        ('"jupyter-book<2",', '"jupyter-book<1",', "is outside jupyter-book<1"),
        ('"nbval>=0.11",', "", "nbval (group 'test') is no longer asked for"),
        ("lab = [", 'lab = ["pandas",', "pandas (group 'lab') is not locked"),
    ],
)
def test_changed_pyproject_is_noticed(old, new, complaint):
    assert old in PYPROJECT
    assert complaint in "; ".join(disagreements(PYPROJECT.replace(old, new), LOCK))


@pytest.mark.parametrize(
    ("pattern", "new", "complaint"),
    [
        (r"^scipy==\S+", "scipy==1.0", "scipy==1.0 is outside scipy>=1.15"),
        (r"^scipy==\S+\n(?: .*\n)+", "", "scipy (group '') is not locked"),
        (r"^-e \.\n", "", "the last line is not"),
        (r"\Z", "zzz==1.0\n    # via pandas\n", "the last line is not"),
    ],
)
def test_changed_lock_is_noticed(pattern, new, complaint):
    changed, count = re.subn(pattern, new, LOCK, flags=re.MULTILINE)
    assert count == 1
    assert complaint in "; ".join(disagreements(PYPROJECT, changed))


def test_pin_that_fixes_nothing_is_an_error():
    with pytest.raises(ValueError, match="fixes no version"):
        disagreements(PYPROJECT, re.sub(r"^scipy==", "scipy>=", LOCK, flags=re.MULTILINE))


def outdated(lock: str) -> list[str]:
    """The pins, among those meant for this machine, that are not what is installed."""
    here = [pin for pin, _ in pins(lock) if pin.marker is None or pin.marker.evaluate()]
    return [str(pin) for pin in here if installed_version(pin.name) != version(pin)]


def installed_version(name: str) -> str | None:
    """The installed version of a distribution, None without it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def test_installed_versions_are_the_locked_ones():
    assert not outdated(LOCK)


def test_another_installed_version_is_noticed():
    changed = re.sub(r"^scipy==\S+", "scipy==1.0", LOCK, flags=re.MULTILINE) + "zzz==1.0\n"
    assert outdated(changed) == ["scipy==1.0", "zzz==1.0"]


def imported(source: str) -> set[str]:
    """The top-level modules that a program imports."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(node.module)
    return {module.partition(".")[0] for module in modules}


def undeclared(modules: Iterable[str], names: set[str]) -> set[str]:
    """The third-party modules that come from none of the distributions named."""
    files = {path for folder in OWN for path in (ROOT / folder).glob("*.py")}
    packages = {path.parent for folder in OWN for path in (ROOT / folder).glob("*/__init__.py")}
    local = {"gmixlib", *(path.stem for path in files | packages)}
    sources = metadata.packages_distributions()
    return {
        module
        for module in set(modules) - local - sys.stdlib_module_names
        if not names & {canonicalize_name(source) for source in sources.get(module, [])}
    }


@pytest.mark.parametrize("folder", OWN)
def test_imports_are_declared(folder):
    modules = set().union(
        *(
            imported(path.read_text(encoding="utf-8"))
            for path in (ROOT / folder).rglob("*.py")
            if "node_modules" not in path.parts
        )
    )
    groups = {""} if folder == "gmixlib" else {group for group, _ in declared(PYPROJECT)}
    names = {name for group, name in declared(PYPROJECT) if group in groups}
    assert not undeclared(modules, names)


def test_undeclared_import_is_noticed():
    modules = imported("import os, yaml.nodes\nfrom zipp import x\nfrom . import y\nfrom gmixlib import z")
    assert undeclared(modules, {"pyyaml"}) == {"zipp"}
    assert undeclared(modules, {"zipp"}) == {"yaml"}


def test_pythons_agree():
    preferred = (ROOT / ".python-version").read_text().strip()
    assert (ROOT / "runtime.txt").read_text().strip() == f"python-{preferred}"
    admitted = SpecifierSet(tomllib.loads(PYPROJECT)["project"]["requires-python"])
    major, minor = preferred.split(".")
    assert admitted.contains(preferred)
    assert not admitted.contains(f"{major}.{int(minor) - 1}"), (
        "the lock is resolved for the preferred one and newer"
    )
