"""Benchmarks print the rows that the contract names; what they measure is no test's business."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_reading_prints_the_rows_of_the_contract():
    command = [sys.executable, str(BENCHMARKS / "reading.py"), "--quick", "--json", "--records", "300"]
    rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert [set(row) for row in rows] == [{"figure", "value", "low", "high", "goal", "ok"}] * 8
    assert rows[0]["value"] == 300
    assert [row["goal"] for row in rows if row["goal"]] == ["<= 3", "<= 3", "<= 1.15"]
    assert all(row["ok"] for row in rows if row["goal"] is None)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows[2:])
