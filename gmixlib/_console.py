"""Text for consoles and files that are not in UTF-8, such as a pipe on Windows or a bare container."""

import codecs
import sys

PLAIN = str.maketrans({"✓": "+", "✗": "x", "○": "o", "–": "-", "—": "-", "−": "-", "’": "'", "…": "..."})


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Signs that an encoding lacks, in ASCII: the likest sign, else the code of the character."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(PLAIN)
    return lacking.encode("ascii", "backslashreplace").decode(), error.end


codecs.register_error("gmixlib.plain", _plain)


def printable(text: str) -> str:
    """The text as standard output can show it: unchanged in UTF-8, elsewhere with plain signs for those it lacks."""
    coding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(coding, "gmixlib.plain").decode(coding)
