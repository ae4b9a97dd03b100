"""What Binder does with a repository, by the plan that repo2docker makes of it, and how to follow that plan here."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import yaml
from repo2docker.app import Repo2Docker

PYTHON = "3.12"
ROOT = Path(__file__).resolve().parent.parent
READ = ("pyproject.toml", "requirements.txt", "runtime.txt", "postBuild")  # all that makes the plan this one
STEPS = [
    "COPY --chown=1000:1000 src/requirements.txt ${REPO_DIR}/requirements.txt",
    'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "requirements.txt"',
    "RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir .",
    "RUN chmod +x postBuild",
    "RUN ./postBuild",
]
# What is kept of this machine: how it gets its packages.
OF_THE_MACHINE = re.compile(r"PIP_\w+|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|\w+_proxy", re.IGNORECASE)


@dataclass(frozen=True)
class Plan:
    """The build pack that repo2docker chooses, its Python, and its instructions, each on one line."""

    build_pack: str
    python: str
    instructions: list[str]

    def variables(self, replaced: Mapping[str, str]) -> dict[str, str]:
        """The variables that the plan sets, with some of our own in place of its values."""
        values = {"PATH": "/usr/local/bin:/usr/bin:/bin", "NB_USER": "jovyan"}
        for instruction in self.instructions:
            if instruction.startswith(("ENV ", "ARG ")):
                for name, value in re.findall(r"(\w+)=(\S+)", instruction):
                    values[name] = replaced.get(name) or Template(value).substitute(values)
        return values

    @property
    def command(self) -> list[str]:
        """What starts the server, without its options."""
        (command,) = (line for line in self.instructions if line.startswith("CMD "))
        words = yaml.safe_load(command.removeprefix("CMD "))
        return words[: next(place for place, word in enumerate(words) if word.startswith("-"))]


def plan(folder: Path) -> Plan:
    """The plan that repo2docker makes of a folder."""
    binder = Repo2Docker()
    with chdir(folder):
        packs = (kind(base_image=binder.base_image) for kind in binder.buildpacks)
        pack = next((pack for pack in packs if pack.detect()), None)
        pack = pack or binder.default_buildpack(base_image=binder.base_image)
        pack.platform = "linux/amd64"  # Binder's
        # A repository with a Dockerfile of its own chooses no Python.
        return Plan(type(pack).__name__, getattr(pack, "python_version", ""), instructions(pack.render()))


def instructions(dockerfile: str) -> list[str]:
    """The instructions of a Dockerfile, each on one line."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()


def own_steps(whole: Plan) -> list[str]:
    """What a plan has and that of a repository with nothing but a Python version has not."""
    with tempfile.TemporaryDirectory() as bare:
        Path(bare, "runtime.txt").write_text(f"python-{whole.python}\n", encoding="utf-8")
        common = plan(Path(bare)).instructions
    return [instruction for instruction in whole.instructions if instruction not in common]


def surprises(folder: Path) -> list[str]:
    """What the plan for a folder has or lacks against what this course counts on, in words."""
    made = plan(folder)
    if (made.build_pack, made.python) != ("PythonBuildPack", PYTHON):
        return [f"the build pack is {made.build_pack}, its Python {made.python or 'unknown'}"]
    steps = own_steps(made)
    found = [f"lacks: {step}" for step in STEPS if step not in steps]
    found += [f"unknown: {step}" for step in steps if step not in STEPS]
    if not found and steps != STEPS:
        found.append(f"the order is {steps}")
    return found


def base_packages() -> list[str]:
    """What Binder has before it looks at the repository, as pip calls it, in the versions that repo2docker fixes."""
    conda = files("repo2docker.buildpacks.conda")
    asked = yaml.safe_load(conda.joinpath(f"environment.py-{PYTHON}.yml").read_text())["dependencies"]
    lock = conda.joinpath(f"environment.py-{PYTHON}-linux-64.lock").read_text()
    names = {re.split("[=<>]", package)[0] for package in asked} - {"python", "nodejs"}
    versions = {name: re.search(rf"/{name}-([\d.]+)-[^/]+$", lock, re.MULTILINE)[1] for name in names}
    return [f"{name.removesuffix('-singleuser')}=={version}" for name, version in sorted(versions.items())]


def follow(made: Plan, folder: Path, prefix: Path) -> tuple[dict[str, str], dict[str, float]]:
    """Follow the steps of a plan: the variables of a session, and the seconds that each step took.

    Parameters
    ----------
    made
        The plan.
    folder
        A copy of the repository. It is the home folder too, as on Binder.
    prefix
        A Python environment, in place of the one of conda's packages.
    """
    replaced = {"HOME": str(folder), "NB_PYTHON_PREFIX": str(prefix), "LC_ALL": "C.UTF-8"}
    machine = {name: value for name, value in os.environ.items() if OF_THE_MACHINE.fullmatch(name)}
    environment = machine | made.variables(replaced)
    seconds = {}
    for step in own_steps(made):
        name, _, line = step.partition(" ")
        if name == "RUN":
            start = time.perf_counter()
            run(["sh", "-c", line], folder, environment)
            seconds[line] = round(time.perf_counter() - start, 1)
    return environment, seconds


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command, and show what it wrote if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout[-5_000:]}"


def copy_of_what_is_read(folder: Path) -> Path:
    """A copy of the files that the plan depends on."""
    for name in READ:
        shutil.copy(ROOT / name, folder)
    return folder
