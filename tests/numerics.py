"""The numerics of the explorables, run by Node, for tests that hold them against the library.

A test module asks for the fixture here with ``pytest_plugins = ["numerics"]``.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ANSWERS = Path(__file__).with_suffix(".mjs")
WORDS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


def as_json(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, and what JSON has no number for as a word."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return next(word for word, number in WORDS.items() if str(number) == str(value))
    return value


def from_json(value: Any) -> Any:
    """The words as numbers again."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    return WORDS.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def numerics() -> Iterator[Callable[..., Any]]:
    """Call ``numerics("mixture", "logNormal", 0.5, 0, 1)``; skips where there is no Node."""
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    with subprocess.Popen(
        ["node", ANSWERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as node:

        def call(module: str, function: str, *arguments: object) -> Any:
            node.stdin.write(json.dumps([module, function, as_json(arguments)]) + "\n")
            node.stdin.flush()
            answer = json.loads(node.stdout.readline())
            assert "error" not in answer, answer["error"]
            return from_json(answer["value"])

        yield call
        node.stdin.close()
