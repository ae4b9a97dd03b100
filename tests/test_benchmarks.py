"""The benchmarks' driver, on the cheapest measurement. No time is asserted."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow  # a process that compiles; the benchmarks are run by hand, and a failure shows there
def test_a_measurement_and_a_missing_peer_give_rows_a_table_and_a_figure(tmp_path):
    """JAGS is missing, since PATH is empty."""
    command = [sys.executable, "-m", "tools.benchmarks", "--quick", "--only", "sweep gmixlib 1000$|JAGS"]
    out, nothing = tmp_path / "out", tmp_path / "nothing"
    subprocess.run([*command, "--out", out], cwd=ROOT, env=os.environ | {"PATH": str(nothing)}, check=True)

    with (out / "benchmarks.csv").open(encoding="utf-8") as file:
        measured, missing = csv.DictReader(file)
    assert [measured[name] for name in ("subject", "n", "quantity", "note")] == [
        "gmixlib",
        "1000",
        "sweep",
        "",
    ]
    assert float(measured["value"]) > 0
    assert [missing[name] for name in ("subject", "value", "note")] == ["JAGS", "", "not installed"]

    table = (out / "benchmarks.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\|.*\| JAGS \| not installed \| – \|$", table, flags=re.MULTILINE)) == 3
    assert str(ROOT) not in table
    assert (out / "benchmarks.png").read_bytes().startswith(b"\x89PNG")
