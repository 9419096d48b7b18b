"""The page on faults: that it is of the present code, and that a run which breaks a promise is no page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from sandbox.api.dialects import DIALECTS
from sandbox.api.faults import FaultName
from tests.faults import __main__ as generator
from tests.faults.__main__ import COLUMNS, HEAD
from tests.faults.calls import CALLS, FAULTS, Outcome
from tests.faults.deployments import Cell, Deployment
from tests.kit import cli
from tests.kit.pages import cell, rows

PAGE = (cli.ROOT / "docs" / "faults.md").read_text()
SOME = [
    Cell("look", "429"),
    Cell("start", "drop_before"),
    Cell("start", "delay"),
    Cell("wait for RECORDING", "cut_after"),
    Cell("read", "503"),
    Cell("stop", "drop_after"),
    Cell("stop, to replace", "delay_before"),
    Cell("pause", "500_after"),
    Cell("resume", "refuse"),
    Cell("is it live: pending", "html_after"),
    Cell("is it live: start deferred", "empty_after"),
]
"""Each fault and each call once; `make guarantees` tries each fault in each call."""


def test_one_fault_in_any_call_costs_nothing_on_the_pulumi_cli(tmp_path: Path) -> None:
    found = dict(Deployment(tmp_path, "reference", SOME).outcomes())
    assert set(found) == set(SOME)
    assert [cell for cell, outcome in found.items() if not cell.call.is_kept(outcome)] == []
    said = {cell: outcome.said for cell, outcome in found.items() if outcome.said}
    (warning,) = said.pop(Cell("start", "drop_before"))
    assert "1 went unanswered, and may still begin another" in warning
    (error,) = said.pop(Cell("is it live: start deferred", "empty_after"))
    assert error.endswith("answered 400: The meeting has no active session")
    assert said == {}


def test_the_page_is_of_the_present_code_names_the_cli_and_keeps_the_promises() -> None:
    assert set(FAULTS) == set(get_args(FaultName))
    version = re.search(r"Pulumi CLI (v[\d.]+):", PAGE)
    assert version
    assert PAGE.startswith(f"{HEAD.format(version=version[1])}\n{COLUMNS}\n")
    assert not re.search(r"127\.0\.0\.1:\d", PAGE), "it is the same from run to run"
    assert [row[:6] for row in rows(PAGE, COLUMNS)] == [
        [dialect, name, fault, str(call.begun), str(call.running), "0"]
        for dialect in DIALECTS
        for name, call in CALLS.items()
        for fault in FAULTS
    ]


def test_a_cell_holds_what_is_said_without_what_differs() -> None:
    said = "127.0.0.1:46861 (0 s): recording 97440c6a-140b-40a9-9499-b23fd7a3868a, `export | audit` <html>"
    assert cell(said) == "127.0.0.1 (… s): recording …, `export \\| audit` &lt;html>"
    assert cell("") == "nothing"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Outcome([], begun=1, running=1, known=True), 0),
        (Outcome([], begun=2, running=1, known=True), 1),
        (Outcome([], begun=2, running=2, known=False), 1),
        (Outcome([], begun=1, running=1, known=False), 1),
    ],
)
def test_a_recording_that_is_doubled_or_lost_is_a_failure(
    found: Outcome, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find", lambda: "pulumi")
    monkeypatch.setattr(cli, "version", lambda: "v3.274.1")
    monkeypatch.setattr(generator, "deployed", lambda dialect: [(dialect, Cell("start", "drop_after"), found)])
    assert generator.main() == code
    captured = capsys.readouterr()
    assert "| live | start | drop_after |" in captured.out
    assert ("broken: live, start, drop_after" in captured.err) == bool(code)
