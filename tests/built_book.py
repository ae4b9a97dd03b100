"""The book that `make book` has built, and the address for which it was built."""

import os

import yaml

from book_extension.edition import published_address
from tools.notebooks import ROOT, chapter_paths, exercise_paths, solution_paths

BUILT = ROOT / "_build" / "html"
COPIES = BUILT / "_sources"  # of the notebooks, under the paths that they have in the repository
WITH_SOLUTIONS = any(BUILT.glob("chapters/solutions/*.html"))
NOTEBOOKS = [*chapter_paths(), *exercise_paths(), *(solution_paths() if WITH_SOLUTIONS else [])]

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = (os.environ.get("BOOK_REPOSITORY") or CONFIG["repository"]["url"]).rstrip("/")
ADDRESS = published_address(REPOSITORY)
