"""The change table of a recording, row by row, from the stack's config to the service and back into the state.

All rows of a table are resources of one stack: each step of theirs is one `up` of all of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden, secrets_in
from tests.kit.cli import Result
from tests.kit.project import ACCOUNT, RECORDING_TYPE, Project, Secret, active, base_config

World = Callable[[SandboxApi, str], object]


@dataclass(frozen=True)
class Step:
    """What one `up` finds, and what it does with the resource.

    declared: arguments beside `meeting_id` and `app_id`, which are the row's own; a function where they depend on what
        the service knows.
    world: what happens before: to the service and the meeting of that id.
    replace: whether `--replace` names the resource.
    calls: what the service is asked, by method and last part of the path (`GET one`: a recording).
        None is not looked at.
    outputs: those that are looked at. refreshed: the same, after the refresh that comes before.
    active: how many recordings of the meeting run afterwards.
    """

    op: str
    declared: Mapping[str, Any] | Callable[[SandboxApi, str], Mapping[str, Any]] = field(default_factory=dict)
    world: World = lambda api, meeting: None
    replace: bool = False
    calls: Sequence[str] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    refreshed: Mapping[str, Any] = field(default_factory=dict)
    active: int = 1


STOP, START = ["PUT stop"], ["GET recordings", "POST track"]
RECORDING, PAUSED, PENDING = {"status": "RECORDING"}, {"status": "PAUSED"}, {"status": "PENDING"}
STORAGE = {
    "type": "aws",
    "bucket": "b",
    "region": "r",
    "access_key": Secret("CANARY-key"),
    "secret": Secret("CANARY-first"),
}
ROTATED = {**STORAGE, "secret": Secret("CANARY-rotated")}
BY_NAME = {"layers": {"default": {"outputs": ["s"]}}}


def inline(**storage: Any) -> dict[str, Any]:
    return {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}}}


def idle(api: SandboxApi, meeting: str) -> None:
    api.meeting(meeting, live=False)


def live(api: SandboxApi, meeting: str) -> None:
    api.meeting(meeting, live=True)


def by_hand(status: str) -> World:
    return lambda api, meeting: api.set_status(api.recordings(meeting)[-1]["id"], status)  # type: ignore[arg-type]


def forgotten(api: SandboxApi, meeting: str) -> None:
    api.forget(api.recordings(meeting)[-1]["id"])


def started_elsewhere(api: SandboxApi, meeting: str) -> None:
    answer = httpx.post(
        f"{api.app_url(ACCOUNT, meeting)}/recordings/track",
        headers={"Authorization": f"Bearer {api.token}"},
        json={"meeting_id": meeting, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def ended_and_started_elsewhere(api: SandboxApi, meeting: str) -> None:
    by_hand("UPLOADED")(api, meeting)
    started_elsewhere(api, meeting)


def takes_over(number: int, **more: Any) -> Callable[[SandboxApi, str], Mapping[str, Any]]:
    """Declares the id of the recording that was started as the so many-th."""
    return lambda api, meeting: {"recording_id": api.recordings(meeting)[number]["id"], **more}


TAKEN = Step("create", takes_over(0), world=started_elsewhere, calls=["GET one"], outputs={"adopted": True})
ANOTHER = Step("replace", takes_over(0), outputs={"adopted": False})
SAME = Step("same", takes_over(0), calls=[])

DECLARED: Mapping[str, Sequence[Step]] = {
    "meeting_id": [Step("create"), Step("replace", {"meeting_id": "another"}, calls=STOP + START, active=0)],
    "layers": [Step("create"), Step("replace", {"layers": {"default": {"file_name_prefix": "a"}}}, calls=STOP + START)],
    "max_seconds": [Step("create", {"max_seconds": 60}), Step("replace", {"max_seconds": 90}, calls=STOP + START)],
    "user_ids": [
        Step("create", {"user_ids": ["anna"]}),
        Step("same", {"user_ids": ["anna"]}, calls=[]),
        Step("replace", {"user_ids": ["anna", "ben"]}, calls=STOP + START),
    ],
    "account_id": [Step("create"), Step("replace", {"account_id": "other"}, calls=STOP + START)],
    "app_id": [Step("create"), Step("replace", {"app_id": "app_id-other"}, calls=STOP + START)],
    "credentials, inline": [
        Step("create", inline(**STORAGE)),
        Step("same", inline(**ROTATED), calls=[]),
        Step("replace", inline(**{**ROTATED, "bucket": "c"}), calls=STOP + START),
    ],
    "credentials in the config": [Step("create", BY_NAME), Step("same", BY_NAME, calls=[])],
    "desired_status": [
        Step("create"),
        Step("update", {"desired_status": "PAUSED"}, calls=["GET one", "PUT pause"], outputs=PAUSED),
        Step("update", calls=["PUT resume"], outputs=RECORDING),
        Step("update", {"desired_status": "STOPPED"}, calls=STOP, active=0),
        Step("same", {"desired_status": "STOPPED"}, calls=[], active=0),
        Step("replace", outputs=RECORDING),
    ],
    "STOPPED from the beginning": [
        Step("create", {"desired_status": "STOPPED"}, calls=[], outputs=PENDING, active=0),
        Step("replace", calls=START),
    ],
    "what changes the state only": [
        Step("create"),
        Step(
            "update",
            {
                "when_idle": "wait",
                "wait_seconds": 5,
                "when_active": "fail",
                "when_ended": "restart",
                "start_seconds": 5,
                "keep_download_urls": True,
            },
            calls=[],
        ),
    ],
    "recording_id": [
        TAKEN,
        Step("update", calls=[], outputs={"adopted": True}),
        Step("update", takes_over(0), calls=[]),
        Step(
            "replace", takes_over(1), ended_and_started_elsewhere, calls=[*STOP, "GET one", "GET recordings", "GET one"]
        ),
    ],
    "up --replace": [Step("create"), Step("replace", replace=True, calls=STOP + START)],
    "taken over, STOPPED": [
        TAKEN,
        Step("update", takes_over(0, desired_status="STOPPED"), active=0),
        ANOTHER,
        SAME,
    ],
    "taken over, max_seconds": [
        TAKEN,
        Step("replace", takes_over(0, max_seconds=90), outputs={"adopted": False}),
        Step("same", takes_over(0, max_seconds=90), calls=[]),
    ],
    "taken over, up --replace": [
        TAKEN,
        Step("replace", takes_over(0), replace=True, outputs={"adopted": False}),
        Step("replace", takes_over(0), replace=True, outputs={"adopted": False}),
        SAME,
    ],
}
"""What somebody declares; nothing happens by itself."""

SEEN: Mapping[str, Sequence[Step]] = {
    "paused by hand": [
        Step("create"),
        Step("update", {}, by_hand("PAUSED"), calls=["PUT resume"], outputs=RECORDING, refreshed=PAUSED),
    ],
    "resumed by hand": [
        Step("create", {"desired_status": "PAUSED"}),
        Step(
            "update",
            {"desired_status": "PAUSED"},
            by_hand("RECORDING"),
            calls=["GET one", "PUT pause"],
            outputs=PAUSED,
            refreshed=RECORDING,
        ),
    ],
    "ended by itself, keep": [
        Step("create"),
        Step("same", {}, idle, calls=[], refreshed={"status": "UPLOADED"}, active=0),
    ],
    "ended by itself, restart": [
        Step("create", {"when_ended": "restart"}),
        Step("same", {"when_ended": "restart"}, idle, calls=["GET active-session"], active=0),
        Step("replace", {"when_ended": "restart"}, live, outputs=RECORDING),
    ],
    "PENDING": [
        Step("create", {"when_idle": "defer"}, idle, outputs=PENDING, active=0),
        Step("same", {"when_idle": "defer"}, calls=["GET active-session"], active=0),
        Step("replace", {"when_idle": "defer"}, live, outputs=RECORDING),
    ],
    "unknown to the service": [Step("create"), Step("create", {}, forgotten, calls=START)],
    "taken over, restart": [
        TAKEN,
        Step("update", takes_over(0, when_ended="restart")),
        Step("replace", takes_over(0, when_ended="restart"), by_hand("UPLOADED"), outputs={"adopted": False}),
        Step("same", takes_over(0, when_ended="restart")),
    ],
}
"""What happens by itself or by somebody's hand, and is seen by a refresh."""

DIALECT = "documented"
"""It takes `user_ids`, which not every service does."""


def test_every_row(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    Table(project, new_api(dialect=DIALECT)).play()


class Table:
    """A stack with a resource for each row, which has a meeting and an app of its own."""

    type = RECORDING_TYPE

    def __init__(self, project: Project, api: SandboxApi) -> None:
        self.project, self.api = project, api
        self.rows = {_name(title): steps for title, steps in {**DECLARED, **SEEN}.items()}
        steps = [step.declared for row in self.rows.values() for step in row]
        self.secrets = {*secrets_in([steps, STORAGE, ROTATED])}

    def play(self) -> None:
        """An `up` for each step, then a `destroy`. What happens by itself is refreshed before; nothing else is."""
        for number in range(max(map(len, self.rows.values()))):
            steps = {name: steps[number] for name, steps in self.rows.items() if number < len(steps)}
            for name, step in steps.items():
                step.world(self.api, name)
            seen = [self.urn(name) for name in steps if name in map(_name, SEEN)]
            if number and seen:
                self.run("refresh", *(word for urn in seen for word in ("--target", urn)))
                self.assert_outputs({name: step.refreshed for name, step in steps.items()})
            self.declare({"storages": {"s": ROTATED if number else STORAGE}}, number)
            self.api.clear_requests()
            replace = [name for name, step in steps.items() if step.replace]
            done = self.run("up", "--json", *(word for name in replace for word in ("--replace", self.urn(name)))).ops()
            assert done == {name: steps[name].op if name in steps else "same" for name in self.rows}
            for name, step in steps.items():
                assert step.calls is None or self.calls(name) == list(step.calls), name
                assert len([one for one in self.api.recordings(name) if one["active"]]) == step.active, name
            self.assert_outputs({name: step.outputs for name, step in steps.items()})
        self.run("destroy")
        assert active(self.api) == []

    def declare(self, config: Mapping[str, Any], number: int) -> None:
        recordings = {}
        for name, steps in self.rows.items():
            declared = steps[min(number, len(steps) - 1)].declared
            more = declared(self.api, name) if callable(declared) else declared
            recordings[name] = {"meeting_id": name, "app_id": name, **more}
        self.project.configure({**base_config(self.api), **config, "recordings": recordings})

    def run(self, *words: str) -> Result:
        """A command that succeeds, and prints and writes no secret."""
        result = self.project.deploy(*words)
        assert result.code == 0, result.text
        assert_hidden(self.secrets, result.text.encode(), " ".join(words))
        assert_hidden(self.secrets, self.project.written(), f"the state after {' '.join(words)}")
        return result

    def urn(self, name: str) -> str:
        return f"urn:pulumi:test::recordings::{self.type}::{name}"

    def calls(self, name: str) -> list[str]:
        return [
            call(request)
            for request in self.api.requests()
            if re.search(rf"/kit/{re.escape(name)}(-other)?/", request["path"])
        ]

    def assert_outputs(self, expected: Mapping[str, Mapping[str, Any]]) -> None:
        resources = self.project.resources()
        for name, outputs in expected.items():
            if outputs:
                assert {key: resources[name]["outputs"].get(key) for key in outputs} == dict(outputs), name


def _name(title: str) -> str:
    """Of a row's recording."""
    return re.sub(r"\W+", "-", title)


def call(request: Mapping[str, Any]) -> str:
    last = request["path"].rsplit("/", 1)[-1]
    if request["method"] == "PUT":
        return f"PUT {request['body']['action']}"
    if request["method"] == "GET" and last not in {"recordings", "active-session"}:
        return "GET one"
    return f"{request['method']} {last}"
