"""Run every chapter once, so that the caches of compiled code hold what its reader needs: ``python -m tools.warm``.

Nothing is stored. A cache serves the type of processor it was made on: a session on another compiles for itself.
"""

from tools.execution import execute
from tools.notebooks import chapter_paths, read

CELL_SECONDS = 900  # nothing is compiled yet, and the machine that builds may be busy


def main() -> None:
    """Execute each chapter as it stands, and say what that took."""
    for path in chapter_paths():
        print(f"{path.stem}: {execute(read(path), path.parent, CELL_SECONDS).cost}", flush=True)


if __name__ == "__main__":
    main()
