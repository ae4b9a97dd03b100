"""Files that are replaced in one step."""

import os
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Replace a file's text: whoever reads the file sees the old text or the new, and a failure leaves no draft.

    What UTF-8 does not hold, a lone surrogate, is written as its escape.
    """
    draft = path.parent / f"{path.name}.{os.getpid()}.tmp"
    try:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
