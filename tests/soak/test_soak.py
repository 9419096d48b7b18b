"""A short soak, and that the oracle would see what must not be. `make soak` goes on for ten minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.kit.service import doubles
from tests.soak.__main__ import main
from tests.soak.oracle import Oracle
from tests.soak.sequence import Sequence

STEPS = 2
MEETING = "standup-first"
DECLARED: dict[str, Any] = {
    "standup": {
        "meeting_id": MEETING,
        "desired_status": "RECORDING",
        "layers": {"default": {"file_name_prefix": "audio"}},
    }
}


def test_nothing_is_recorded_twice_or_lost(tmp_path: Path) -> None:
    figures = Sequence(tmp_path, seed=1).run(STEPS)
    problems = [*figures.failures, *figures.duplicates, *figures.losses]
    assert not problems, "\n".join(problems)
    assert figures.commands >= STEPS + 2


def test_a_sequence_that_ends_early_is_a_failure_in_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends it, a test's own failure too; the figure is printed all the same."""
    ends = iter([lambda: pytest.fail("a command did not end"), lambda: 1 / 0])
    monkeypatch.setattr(Sequence, "_go", lambda self, steps: next(ends)())
    soak = CliRunner().invoke(main, ["--sequences", "2", "--seed", "7", "--jobs", "1"])
    assert soak.exit_code == 1
    assert "a command did not end\n    in the sequence of seed 7:\n" in soak.output
    assert "ZeroDivisionError: division by zero\n    in the sequence of seed 8:\n" in soak.output
    figure = soak.output.splitlines()[-1]
    assert figure.startswith("seed 7: 2 sequences, ")
    assert "2 commands or sequences that failed with nothing wrong" in figure


def recording(name: str = "r1", **seen: Any) -> dict[str, Any]:
    return {
        "id": name,
        "meeting_id": MEETING,
        "active": True,
        "status": "RECORDING",
        "invoked_time": "2026-01-01T10:00:00.000Z",
        "stopped_time": None,
        "stop_reason": None,
        **seen,
    }


def stopped(name: str = "r1", reason: str = "API_CALL", **seen: Any) -> dict[str, Any]:
    ended = {"active": False, "status": "UPLOADED", "stopped_time": "2026-01-01T11:00:00.000Z"}
    return recording(name, **{**ended, "stop_reason": {"reason": reason}, **seen})


def state(name: str = "r1", **outputs: Any) -> dict[str, Any]:
    layers = {"default": {"file_name_prefix": "audio", "outputs": []}}
    return {"standup": {"id": name, "outputs": {"meeting_id": MEETING, "layers": layers, **outputs}}}


def losses(oracle: Oracle, recordings: list[dict[str, Any]], known: dict[str, Any], **more: Any) -> list[str]:
    return [
        *oracle.losses(recordings, **{"declared": DECLARED, "state": known, "live": {MEETING}, "shown": set(), **more})
    ]


def test_the_oracle_sees_two_at_once() -> None:
    first = stopped("r1")
    during = recording("r2", invoked_time="2026-01-01T10:59:59.000Z")
    after = recording("r2", invoked_time="2026-01-01T11:00:00.000Z")
    assert [*doubles([first, during])] == [f"{MEETING}: r1 and r2"]
    assert not [*doubles([first, after])]
    assert not [*doubles([first, {**during, "meeting_id": "another"}])]


def test_the_oracle_sees_what_the_state_does_not_know_and_what_audit_has_to_show() -> None:
    unknown = [recording("r1"), recording("r2")]
    assert losses(Oracle(), unknown, state("r1")) == [f"r2 of {MEETING} runs, and the state does not know it"]
    oracle = Oracle()
    oracle.after({"r1"}, saved=False)
    assert losses(oracle, unknown[:1], {}, declared={})
    assert not losses(oracle, unknown[:1], {}, declared={}, shown={"r1"})
    assert oracle.left == {"r1"}
    assert losses(oracle, unknown, state("r2"), shown={"r1"}), "it is to be adopted"


def test_the_oracle_sees_a_stop_that_nobody_asked_for() -> None:
    assert losses(Oracle(), [stopped()], state()) == ["standup: r1 was stopped, and nobody asked for it"]
    assert not losses(Oracle(), [stopped(reason="ALL_PEERS_LEFT")], state())
    for verb, is_lost in (("destroy", False), ("up", True)):
        oracle = Oracle()
        oracle.before(verb, DECLARED, state())
        assert bool(losses(oracle, [stopped()], state())) == is_lost


@pytest.mark.parametrize(
    ("known", "recordings", "desired", "said"),
    [
        ({}, [], "RECORDING", "standup is declared, and the state does not have it"),
        (state("pending-1"), [], "RECORDING", "standup is PENDING, and its meeting is live"),
        (state("r1"), [], "RECORDING", "standup is r1, which the service does not know"),
        (state("r1"), [recording()], "STOPPED", "standup is to be STOPPED, and r1 is RECORDING"),
        (state("r1"), [recording()], "PAUSED", "standup is to be PAUSED, and r1 is RECORDING"),
        (state("r1"), [recording(status="PAUSED")], "RECORDING", "standup is to be RECORDING, and r1 is PAUSED"),
    ],
)
def test_the_oracle_sees_what_is_not_as_declared(
    known: dict[str, Any], recordings: list[dict[str, Any]], desired: str, said: str
) -> None:
    declared = {"standup": {**DECLARED["standup"], "desired_status": desired}}
    assert losses(Oracle(), recordings, known, declared=declared) == [said]
