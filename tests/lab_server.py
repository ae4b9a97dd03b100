"""A JupyterLab of its own for the tests that use one in a browser, and what they all look for in it."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page

STEP_SECONDS = 20
TOKEN = "token-of-the-test"

# Nothing asks the student or the network, and cells out of view are there to be read.
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}

# A role that is not understood as one is text in braces and, right behind it, inline code.
UNRENDERED_ROLES = r"""texts => texts.flatMap(text => [...text.querySelectorAll('code')]).map(
    code => (code.previousSibling?.textContent ?? '').match(/\{[\w:-]+\}$/)?.[0]
).filter(Boolean)"""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    process: subprocess.Popen
    port: int

    def address(self, notebook: str) -> str:
        """The address of a notebook, of the form that the book's launch buttons use."""
        return f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={TOKEN}"


@contextmanager
def serving(command: Sequence[str], folder: Path, aside: Path, given: Mapping[str, str]) -> Iterator[Server]:
    """Run JupyterLab for the length of a ``with`` block.

    Parameters
    ----------
    command
        What starts it, without options.
    folder
        The folder that it shows.
    aside
        The folder for whatever it keeps of its own.
    given
        The environment variables of the user.
    """
    environment = own_environment(aside, given)
    for name, setting in SETTINGS.items():
        path = Path(environment["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", f"{name}.jupyterlab-settings")
        path.parent.mkdir(parents=True)
        path.write_text(setting, encoding="utf-8")
    port, log = free_port(), aside / "server.log"
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    options += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: listens(port) or process.poll() is not None, "JupyterLab listens")
        assert process.poll() is None, f"JupyterLab did not start:\n{log.read_text()}"
        yield Server(process, port)
    finally:
        end(process)


def own_environment(aside: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The variables of a user who never used Jupyter: all that it reads or writes is in a new folder."""
    ours = ("JUPYTER", "IPYTHON", "GMIXLIB_PROGRESS")
    kept = {name: value for name, value in given.items() if not name.startswith(ours)}
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    return kept | {name: str(aside / name.lower()) for name in names}


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds, but no longer than a step may take."""
    deadline = time.monotonic() + STEP_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {STEP_SECONDS} seconds"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """A process and all that it started, directly or not; nothing once it has ended."""
    try:
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(process: subprocess.Popen) -> None:
    """End the server and its kernels, by force if asking does not help."""
    processes = family(process)
    if not processes:
        return
    process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=10)
    for left in alive:
        left.kill()
    process.wait()


# --- the open notebook --------------------------------------------------------------------------------


def choose(page: Page, *items: str) -> None:
    """Choose an item of a menu, by the names that lead to it."""
    page.get_by_role("menubar").first.get_by_text(items[0], exact=True).click()
    for item in items[1:]:
        page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def errors(page: Page) -> list[str]:
    """Every error and warning that stands below a cell."""
    kinds = ["error", "stderr"]
    selectors = [f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds]
    return page.locator(", ".join(selectors)).all_inner_texts()


def unrendered_roles(text: Locator) -> list[str]:
    """Every role that stands in the text of cells as it was written."""
    return text.evaluate_all(UNRENDERED_ROLES)
