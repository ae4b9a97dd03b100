"""The notebooks as Google Colab opens them: ``python book/book_extension/colab.py FOLDER REPOSITORY COMMIT`` writes them all.

Colab has neither gmixlib nor the data. Its copy of a notebook begins with a cell that fetches both as they were in the
commit that the book was built from, and that does nothing elsewhere. The copies cannot be in that commit, since they
name it: the workflow that publishes the book puts them on a branch of their own, which the Colab buttons open.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "colab"

CELL = """\
# On Google Colab: install what this notebook needs. Elsewhere this cell does nothing.
import sys
if "google.colab" in sys.modules:
    %cd -q ~
    ![ -d gmixlib-book ] || git clone --quiet {repository} gmixlib-book
    !git -C gmixlib-book fetch --quiet && git -C gmixlib-book checkout --quiet {revision}
    %pip install --quiet './gmixlib-book[course]'
    %cd -q gmixlib-book/{folder}"""


def copy(source: Path, target: Path, folder: str, repository: str, commit: str) -> None:
    """Write a copy of a notebook that begins with the cell for Colab.

    Parameters
    ----------
    source, target
        The notebook and its copy.
    folder
        The notebook's folder in the repository, where it is run.
    repository
        The repository's address.
    commit
        What to check out there.
    """
    notebook = json.loads(source.read_text(encoding="utf-8"))
    text = CELL.format(repository=repository, revision=commit, folder=folder)
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab",
        "metadata": {},
        "outputs": [],
    }
    notebook["cells"].insert(0, cell | {"source": text.splitlines(keepends=True)})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def copy_all(target: Path, repository: str, commit: str) -> None:
    """Write copies of all chapters, exercises and solutions below a folder, under the paths that they have here."""
    for source in sorted((ROOT / "chapters").rglob("*.ipynb")):
        place = source.relative_to(ROOT)
        copy(source, target / place, place.parent.as_posix(), repository, commit)


if __name__ == "__main__":
    copy_all(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
