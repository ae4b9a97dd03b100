"""Binder: what repo2docker will do with this repository. The weekly workflow does it, and runs chapters in the image."""

import os
import shutil
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest
from repo2docker.app import Repo2Docker

ROOT = Path(__file__).resolve().parent.parent
PLAN = {
    "build pack": "PythonBuildPack",
    "Python": "3.12",
    "kernel apart from JupyterLab": False,  # otherwise JupyterLab would lack its extensions of requirements.txt
    "system packages": [],
    "pip": ['install --no-cache-dir -r "binder/requirements.txt"'],
    "post build": ["binder/postBuild"],
    "start": None,
}


def plan(folder: Path) -> dict[str, object]:
    """What repo2docker chooses and runs for a folder."""
    app = Repo2Docker()
    with chdir(folder):
        packs = [kind(base_image=app.base_image) for kind in (*app.buildpacks, app.default_buildpack)]
        pack = next((pack for pack in packs if pack.detect()), packs[-1])
        return {
            "build pack": type(pack).__name__,
            "Python": getattr(pack, "python_version", None),
            "kernel apart from JupyterLab": getattr(pack, "separate_kernel_env", None),
            "system packages": pack.get_preassemble_scripts(),
            "pip": [script.rpartition("/bin/pip ")[2] for _, script in pack.get_assemble_scripts()],
            "post build": pack.get_post_build_scripts(),
            "start": pack.get_start_script(),
        }


def test_binder_installs_the_lock_with_the_package_then_runs_post_build():
    assert plan(ROOT) == PLAN
    assert (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8") == "-r ../requirements.txt\n"
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("environment.yml", "dependencies: [python=3.12]", "build pack"),
        ("Dockerfile", "FROM debian", "build pack"),
        ("runtime.txt", "python-3.13", "Python"),
        ("apt.txt", "cowsay", "system packages"),
        ("start", "#!/bin/sh", "start"),
        ("postBuild", None, "post build"),
        ("requirements.txt", None, "pip"),
    ],
)
def test_a_file_that_changes_the_plan_is_noticed(tmp_path, name, text, changed):
    shutil.copytree(ROOT / "binder", tmp_path / "binder")
    assert plan(tmp_path) == PLAN
    file = tmp_path / "binder" / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")
    assert plan(tmp_path)[changed] != PLAN[changed]


# A chapter that is still running when its time is up is killed, which is status 137.
@pytest.mark.parametrize(("status", "succeeds"), [(0, True), (137, True), (3, False)])
def test_post_build_reports_failure(tmp_path, status, succeeds):
    jupyter = tmp_path / "jupyter"
    jupyter.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
    jupyter.chmod(0o755)
    run = subprocess.run(
        [ROOT / "binder" / "postBuild"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False
    )
    assert (run.returncode == 0) == succeeds
