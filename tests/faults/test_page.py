"""The page on faults: that it is of the present code, and that a run which breaks a promise is no page."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from sandbox.api.dialects import DIALECTS
from sandbox.api.faults import FaultName
from tests.faults import calls
from tests.faults.calls import CALLS, COLUMNS, FAULTS, HEADING, Outcome
from tests.kit.cli import ROOT
from tests.kit.pages import cell

PAGE = (ROOT / "docs" / "faults.md").read_text()


def test_every_fault_of_the_service_is_in_the_table() -> None:
    assert set(FAULTS) == set(get_args(FaultName))


def test_the_page_is_of_the_present_code() -> None:
    head, _, table = PAGE.partition(f"\n{COLUMNS}\n")
    assert head == HEADING
    rows = [tuple(row.strip("| ").split(" | ")[:3]) for row in table.splitlines()[1:]]
    assert rows == [(dialect, name, fault) for dialect in DIALECTS for name in CALLS for fault in FAULTS]


def test_the_page_keeps_the_promises() -> None:
    rows = [row.strip("| ").split(" | ") for row in PAGE.splitlines() if row.startswith("| ")][2:]
    for _, name, _, begun, running, lost, _ in rows:
        assert (int(begun), int(running), lost) == (CALLS[name].begun, CALLS[name].running, "0")


def test_the_page_is_the_same_from_run_to_run() -> None:
    assert not re.search(r"127\.0\.0\.1:\d", PAGE)
    assert "(0 s)" not in PAGE


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("", "nothing"),
        ("127.0.0.1:46861 answered 400: no", "127.0.0.1 answered 400: no"),
        ("its limit is reached (0 s)", "its limit is reached (… s)"),
        ("recording 97440c6a-140b-40a9-9499-b23fd7a3868a runs on", "recording … runs on"),
        ("`export | audit` <html>", "`export \\| audit` &lt;html>"),
    ],
)
def test_a_cell_holds_what_is_said_without_what_differs(said: str, written: str) -> None:
    assert cell(said) == written


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
    monkeypatch.setattr(calls, "outcomes", lambda: iter([("live", "start", "drop_after", found)]))
    assert calls.main() == code
    captured = capsys.readouterr()
    assert "| live | start | drop_after |" in captured.out
    assert ("broken: live, start, drop_after" in captured.err) == bool(code)
