"""What grader and submission's process say to each other.

The grader sends requests, which only it can make. The process answers in JSON: plain data, and nothing that could run.
"""

import json
from base64 import b64decode, b64encode
from enum import StrEnum
from typing import Any

import numpy as np

from gmixlib.exercises._outcome import LARGEST, Kind, Outcome

LONGEST = 400_000_000  # bytes of a message
LONGEST_TEXT = 1_000  # characters of its text


class Request(StrEnum):
    """What the grader wants of an answer: one for each method of a source."""

    LOOK = "look"
    CALL = "call"
    STRICT = "strict"
    LINES = "lines"
    NAMES = "names"


def packed(outcome: Outcome) -> bytes:
    """An outcome as bytes."""
    return json.dumps({"kind": outcome.kind, "value": _pack(outcome.value), "text": outcome.text}).encode()


def unpacked(message: bytes) -> Outcome:
    """An outcome from bytes that anyone may have sent.

    Raises
    ------
    ValueError
        If they are no outcome.
    """
    try:
        said = json.loads(message)
        return Outcome(Kind(said["kind"]), _unpack(said["value"]), str(said["text"])[:LONGEST_TEXT])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no outcome: {error}") from None


def _pack(value: Any) -> Any:
    if isinstance(value, tuple):
        return {"parts": [_pack(part) for part in value]}
    if isinstance(value, np.ndarray):
        data = b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"dtype": value.dtype.str, "shape": value.shape, "data": data}
    return value


def _unpack(said: Any) -> Any:
    if said is None or isinstance(said, str):
        return said
    if "parts" in said:
        return tuple(_unpack(part) for part in said["parts"])
    dtype = np.dtype(said["dtype"])
    if dtype.kind not in "biufc" or len(said["data"]) > LONGEST:
        raise ValueError("no outcome: not an array of numbers")
    array = np.frombuffer(b64decode(said["data"]), dtype)
    if array.size > LARGEST:
        raise ValueError("no outcome: too large")
    return array.reshape(said["shape"])
