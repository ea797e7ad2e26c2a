"""The comparison in benches/instructions.py: counts of instructions against a record. Nothing is counted here."""

from __future__ import annotations

import json
import sys
from importlib import util
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_python

BENCHES = Path(__file__).parents[2] / "benches"
HERE = {"rustc": "rustc 1.95.0", "avx2": True}


@pytest.fixture(scope="module")
def instructions():
    spec = util.spec_from_file_location("instructions", BENCHES / "instructions.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def report(instructions, capsys):
    """Compares counts, of workloads with ten events, with a record. Returns the exit code and the output."""

    def run(counts, recorded, made_with=HERE):
        counts = {name: instructions.Count(count, 10, 1000) for name, count in counts.items()}
        code = instructions.report(counts, HERE, {"made_with": made_with, "instructions": recorded})
        return code, capsys.readouterr().out

    return run


def test_within_the_tolerance(report):
    code, output = report({"frames": 10_300, "text": 5_000}, {"frames": 10_000, "text": 10_000})

    assert code == 0
    assert [line.split() for line in output.splitlines()[1:3]] == [
        ["frames", "1,030.0", "10.300", "1,000.0", "+3.0", "%"],
        ["text", "500.0", "5.000", "1,000.0", "-50.0", "%"],
    ]
    assert "All 2 workloads are within 3 % of the record." in output


def test_above_the_tolerance(report):
    code, output = report({"frames": 10_310, "text": 10_000}, {"frames": 10_000, "text": 10_000})

    assert code == 1
    assert "FAILED:\n  frames: 3.1 % more instructions (tolerance 3 %)\n" in output


def test_another_compiler_is_not_compared(report):
    code, output = report({"frames": 20_000}, {"frames": 10_000}, {"rustc": "rustc 1.94.0", "avx2": True})

    assert code == 0
    assert "+100.0 %" in output
    assert "NOT COMPARED: rustc is rustc 1.95.0 here, rustc 1.94.0 in the record." in output
    assert "FAILED" not in output and "within" not in output


@pytest.mark.parametrize(
    "counts, recorded, problem",
    [
        (["frames", "text"], ["frames"], "text: not in the record"),
        (["frames"], ["frames", "text"], "text: in the record, but not measured"),
    ],
)
def test_a_record_of_other_workloads(report, counts, recorded, problem):
    code, output = report(dict.fromkeys(counts, 10_000), dict.fromkeys(recorded, 10_000))

    assert code == 1
    assert f"FAILED:\n  {problem}\n" in output


def test_without_valgrind(instructions, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "argv", ["instructions.py"])

    assert instructions.main() == 2
    assert capsys.readouterr().err == (
        "Cannot count instructions: valgrind is missing. Install it: `apt-get install valgrind` on Debian and Ubuntu.\n"
    )


def test_the_record_in_the_repository():
    record = json.loads((BENCHES / "instructions.json").read_text("utf-8"))

    assert set(record["made_with"]) == {"rustc", "target", "libc", "valgrind", "avx2"}
    assert len(record["instructions"]) >= 20 and min(record["instructions"].values()) > 100_000
