"""A small book under the course's configuration, for the tests of what a build does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FORK = "https://github.com/Teacher/fork"
JUPYTER_BOOK = Path(sys.executable).parent / "jupyter-book"
ABOUT = "A page that says in so many words what it is about, as every page must."
# Some code that looks like a role, and a formula in a box.
MORE = """(more)=

# More

Of $x^2$, by {cite:t}`x`.

$$
y^2
$$ (eq-y)

`` {eq}`eq-y` `` is {eq}`eq-y`, and {numref}`fig-white` is white.

```text
{eq}`eq-y`
```

:::{figure} ../book/picture.png
:name: fig-white
:alt: A white picture

Nothing.
:::

:::{dropdown} Why
As {ref}`above <more>`:

$$
z
$$
:::"""
IMAGE = "![A white picture](picture.png)"


def build(root: Path, *options: str, **variables: str) -> subprocess.CompletedProcess:
    """Build the book in a folder as `make book` does."""
    command = [JUPYTER_BOOK, "build", root, "-W", "-n", "--keep-going", *options]
    environment = os.environ | {"BOOK_REPOSITORY": FORK, "SOLUTIONS": "yes", "BOOK_PDF": "yes"} | variables
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def code_cell(name: str, source: str, *lines: str, **metadata: object) -> dict[str, object]:
    """A code cell that has printed some lines."""
    printed = {"output_type": "stream", "name": "stdout", "text": lines}
    fixed = {"cell_type": "code", "execution_count": 1}
    return fixed | {"id": name, "metadata": metadata, "source": source, "outputs": [printed]}


def write_page(path: Path, text: str, description: str = ABOUT) -> None:
    """Write a page as text or as a notebook, as its suffix says."""
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".md":
        path.write_text(f"---\ndescription: {description}\n---\n\n{text}\n", encoding="utf-8")
        return
    cells = [
        {"cell_type": "markdown", "id": "text", "metadata": {}, "source": text},
        code_cell("code", "2", "✓ Two is two.\n", "✓ So is 3 · 3.001, expected <3> within 0.1\n"),
        code_cell("model", "3", "3\n", "✓ Three is three.\n"),
        code_cell("figure", "4", "4\n", tags=["hide-input"]),
    ]
    metadata = {
        "description": description,
        "gmixlib": {"seconds": 7, "megabytes": 320},
        "kernelspec": {"name": "python3", "display_name": "Python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def make(root: Path) -> Path:
    """Write and build a book under the course's configuration: a first page, a chapter and its solution."""
    shutil.copytree(
        ROOT / "book", root / "book", ignore=shutil.ignore_patterns("*.md", "*.bib", "__pycache__")
    )
    static = Path("gmixlib", "explorables", "static")
    shutil.copytree(ROOT / static, root / static)
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    reference = "@misc{x, title={T}, author={A}, year=2000}\n"
    (root / "book" / "references.bib").write_text(reference, encoding="utf-8")
    parts = [{"chapters": [{"file": f"chapters/{name}"}]} for name in ("01_more", "solutions/01_more")]
    contents = yaml.safe_dump({"format": "jb-book", "root": "intro", "parts": parts})
    (root / "_toc.yml").write_text(contents, encoding="utf-8")
    Image.new("RGB", (300, 200), "white").save(root / "book" / "picture.png")
    text = "# Title\n\n{cite}`x`\n\n%s\n\n%s\n\n```{execution-table}\n```\n\n```{bibliography}\n```\n"
    write_page(root / "book" / "intro.md", text % (IMAGE, IMAGE))
    write_page(root / "chapters" / "01_more.ipynb", MORE)
    write_page(root / "chapters" / "solutions" / "01_more.md", "# Solutions: more\n\nForty-two.")
    subprocess.run(["git", "init", "--quiet", root], check=True)
    git = ["git", "-C", root, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "All"], check=True)
    run = build(root)
    assert run.returncode == 0, run.stderr
    return root
