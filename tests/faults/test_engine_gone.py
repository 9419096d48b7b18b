"""An engine that is gone can save no id: asked before a start and after it, and while something is waited for."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin.engine import Engine

from sandbox.api.testing import SandboxApi
from tests.kit.engine_service import EngineProcess
from tests.kit.in_process import MEETING, Plugin, Resource
from tests.kit.service import running, started_elsewhere
from tests.kit.waiting import when


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    with EngineProcess() as running:
        yield running


@pytest.fixture
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard error as it is when the engine that read it was killed."""
    read, write = os.pipe()
    os.close(read)
    pipe = os.fdopen(write, "w", buffering=1)
    monkeypatch.setattr("sys.stderr", pipe)
    yield
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


def posted(api: SandboxApi) -> bool:
    return bool(api.requests(method="POST"))


# Is it there?


def test_one_that_answers_is_there(engine: EngineProcess) -> None:
    assert engine.client().is_present()


def test_one_that_was_killed_is_not(engine: EngineProcess) -> None:
    asked_before, never_asked = engine.client(), engine.client()
    assert asked_before.is_present()
    engine.kill()
    began = time.monotonic()
    assert not asked_before.is_present()
    assert not never_asked.is_present()
    assert not asked_before.is_present()
    assert time.monotonic() - began < 10


def test_one_that_is_busy_is_there(engine: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_realtimekit.plugin.engine.ANSWER_SECONDS", 0.3)
    client = engine.client()
    assert client.is_present()
    engine.freeze()
    assert client.is_present()
    engine.thaw()
    assert client.is_present()


def test_one_that_does_not_know_the_question_is_there() -> None:
    with EngineProcess(old=True) as old:
        assert old.client().is_present()


def test_a_connection_that_broke_says_nothing_of_the_engine(engine: EngineProcess) -> None:
    """Whoever listens where the engine did is taken for it."""
    client = engine.client()
    assert client.is_present()
    engine.kill()
    with EngineProcess(engine.port):
        assert client.is_present()


@pytest.mark.parametrize("arguments", [[], ["-c"], ["audit"], ["127.0.0.1:port"], [":8080"]])
def test_a_process_without_an_engine_counts_as_having_one(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["plugin", *arguments])
    engine = Engine.of_this_process()
    assert engine.is_present()
    engine.say("something", "warning")
    assert capsys.readouterr().err == "warning: something\n"


def test_a_plugins_engine_is_its_argument(engine: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["plugin", f"127.0.0.1:{engine.port}"])
    found = Engine.of_this_process()
    found.say("for your information")
    found.say("beware\nof this", "warning")
    assert engine.kill() == [["info", "for your information"], ["warning", "beware\nof this"]]


def test_what_cannot_be_said_is_no_failure(engine: EngineProcess, capsys: pytest.CaptureFixture[str]) -> None:
    client = engine.client()
    engine.kill()
    client.say("is anybody there?")
    assert capsys.readouterr().err == "is anybody there?\n"


@pytest.mark.usefixtures("nobody_reads")
def test_nor_is_what_nobody_reads(engine: EngineProcess) -> None:
    client = engine.client()
    engine.kill()
    for _ in range(2):
        client.say("is anybody there?")


# Around a start


def test_gone_before_the_start_nothing_is_started(api: SandboxApi, engine: EngineProcess) -> None:
    resource = Resource(Plugin(api, engine.client()), meeting_id=MEETING)
    engine.kill()
    with pytest.raises(RealtimeKitError, match="the engine is gone, so its start was not sent; no recording was"):
        resource.up()
    assert api.recordings() == []
    assert not posted(api)


@pytest.mark.parametrize(
    ("fault", "method", "path", "starts", "says"),
    [
        ("delay_before", "GET", "/recordings", 0, "its start was not sent; no recording was started"),
        ("429", "POST", "/recordings/track", 1, "its start was not sent; no recording was started"),
        ("drop_before", "POST", "/recordings/track", 1, "its start was not sent; one whose answer was lost may be"),
    ],
    ids=["during the look", "while the service asks for a pause", "between a lost start and the next"],
)
def test_gone_before_it_is_sent_it_is_not_sent(
    live: SandboxApi, engine: EngineProcess, fault: Any, method: str, path: str, starts: int, says: str
) -> None:
    resource = Resource(Plugin(live, engine.client()), meeting_id=MEETING)
    live.fault(fault, method=method, path=path, seconds=0.4, retry_after=0.5)
    reached = live.requests if method == "GET" else lambda: posted(live)
    with when(reached, engine.kill), pytest.raises(RealtimeKitError, match=f"the engine is gone, so {says}"):
        resource.up()
    assert len(live.requests(method="POST")) == starts
    assert live.recordings() == []


def seen(api: SandboxApi, times: int) -> Callable[[], bool]:
    """Whether the recording was looked at more often than that."""
    return lambda: len(api.requests(path="*/recordings/*-*")) > times


STOPPED_AGAIN = r"the engine is gone, so its recording .* was stopped again"


@pytest.mark.parametrize("answer", ["delay_before", "delay", "drop_after", "500_after"])
def test_gone_during_the_start_it_is_stopped_again(api: SandboxApi, engine: EngineProcess, answer: Any) -> None:
    """Answered or not: what began is found, and must not run on."""
    api.meeting(MEETING, visible_seconds=0.3)
    resource = Resource(Plugin(api, engine.client()), meeting_id=MEETING)
    api.fault(answer, method="POST", path="/recordings/track", seconds=0.4)
    with when(lambda: posted(api), engine.kill), pytest.raises(RealtimeKitError, match=STOPPED_AGAIN):
        resource.up()
    assert len(api.recordings()) == 1
    assert running(api) == []


@pytest.mark.usefixtures("nobody_reads")
def test_gone_during_a_long_look_it_is_stopped_again(live: SandboxApi, engine: EngineProcess) -> None:
    """At the usual pace: what is waited for is told by then, to nobody."""
    live.meeting(MEETING, visible_seconds=4)
    resource = Resource(Plugin(live, engine.client(), timeoutSeconds=10), meeting_id=MEETING)
    live.fault("drop_after", method="POST", path="/recordings/track")
    with when(lambda: posted(live), engine.kill), pytest.raises(RealtimeKitError, match=STOPPED_AGAIN):
        resource.up()
    assert running(live) == []


@pytest.mark.usefixtures("nobody_reads")
@pytest.mark.parametrize(
    ("desired", "start_seconds", "looks"),
    [("RECORDING", None, 1), ("PAUSED", 0, 20), ("PAUSED", 1, 20)],
    ids=["RECORDING", "PAUSED", "PAUSED, once it is RECORDING"],
)
def test_gone_while_it_waits_for_a_status_it_is_stopped_again(
    api: SandboxApi, engine: EngineProcess, desired: str, start_seconds: float | None, looks: int
) -> None:
    api.meeting(MEETING, start_seconds=3600)
    declared = {"desired_status": desired, "start_seconds": start_seconds}
    resource = Resource(Plugin(api, engine.client()), meeting_id=MEETING, **declared)
    with when(seen(api, looks), engine.kill), pytest.raises(RealtimeKitError, match=STOPPED_AGAIN):
        resource.up()
    assert running(api) == []


def test_gone_during_the_pause_of_a_start_it_is_stopped_again(live: SandboxApi, engine: EngineProcess) -> None:
    resource = Resource(Plugin(live, engine.client()), meeting_id=MEETING, desired_status="PAUSED", start_seconds=0)
    live.fault("delay", method="PUT", seconds=0.5)
    pausing = when(lambda: live.requests(method="PUT"), engine.kill)
    with pausing, pytest.raises(RealtimeKitError, match=STOPPED_AGAIN):
        resource.up()
    assert running(live) == []


@pytest.mark.parametrize("how", ["when_active", "recording_id"])
def test_gone_while_it_waits_what_was_adopted_runs_on(live: SandboxApi, engine: EngineProcess, how: str) -> None:
    """Somebody else has started it: it is as it was before."""
    live.meeting(MEETING, start_seconds=3600)
    somebodys = started_elsewhere(live)
    given = {"recording_id": somebodys} if how == "recording_id" else {}
    resource = Resource(Plugin(live, engine.client()), meeting_id=MEETING, **given)
    runs_on = f"gone; recording {somebodys} was not started here, so it runs on"
    with when(seen(live, 1), engine.kill), pytest.raises(RealtimeKitError, match=runs_on):
        resource.up()
    assert running(live) == [somebodys]
    assert live.requests(method="PUT") == []


def test_gone_while_it_waits_and_the_service_too_is_told(live: SandboxApi, engine: EngineProcess) -> None:
    live.meeting(MEETING, start_seconds=3600)
    resource = Resource(Plugin(live, engine.client(), timeoutSeconds=1), meeting_id=MEETING)

    def end_of_everything() -> None:
        live.fault("503", method="PUT", times=None)
        engine.kill()

    told = r"the engine is gone, and recording .* could not be stopped: .*503"
    with when(seen(live, 1), end_of_everything), pytest.raises(RealtimeKitError, match=told):
        resource.up()


def test_gone_while_it_waits_for_a_session_nothing_is_started(live: SandboxApi, engine: EngineProcess) -> None:
    live.meeting(MEETING, live=False)
    resource = Resource(Plugin(live, engine.client()), meeting_id=MEETING, when_idle="wait", wait_seconds=60)

    def end_and_begin() -> None:
        engine.kill()
        live.meeting(MEETING, live=True)

    asked = when(lambda: len(live.requests(path="*/active-session")) > 1, end_and_begin)
    with asked, pytest.raises(RealtimeKitError, match="the engine is gone"):
        resource.up()
    assert live.recordings() == []
