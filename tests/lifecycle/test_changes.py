"""Each row of the change table once, from the stack's config to the service and back into the state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.project import ACCOUNT, APP, Project, Secret
from tests.kit.scenario import MEETING, Step, play

OTHER_MEETING = "4c8a4e5e-9d8e-4f6c-8a0b-0c8d2a3f1b7d"
LAYER = {"default": {"file_name_prefix": "audio"}}
STORAGE = {
    "type": "aws",
    "bucket": "b",
    "region": "r",
    "access_key": Secret("CANARY-access-key"),
    "secret": Secret("CANARY-secret-1"),
}
ROTATED = {**STORAGE, "secret": Secret("CANARY-secret-2")}


def one(**arguments: Any) -> dict[str, Any]:
    return {"standup": {"meeting_id": MEETING, **arguments}}


def in_place(storage: Mapping[str, Any]) -> dict[str, Any]:
    return {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}}


def idle(api: SandboxApi) -> None:
    api.meeting(MEETING, live=False)


def live(api: SandboxApi) -> None:
    api.meeting(MEETING, live=True)


def by_hand(status: str) -> Any:
    def service(api: SandboxApi) -> None:
        api.set_status(api.recordings()[-1]["id"], status)  # type: ignore[arg-type]

    return service


def forgotten(api: SandboxApi) -> None:
    api.forget(api.recordings()[-1]["id"])


REPLACED = ["GET recordings", "POST track"]

UP_REPLACE = (
    "up",
    "--replace",
    "urn:pulumi:test::recordings::pulumi-python:dynamic/realtimekit:TrackRecording::standup",
)

ROWS: Mapping[str, list[Step]] = {
    "meeting_id": [
        Step(recordings=one()),
        Step(recordings={"standup": {"meeting_id": OTHER_MEETING}}, ops={"standup": "replace"}, active=1),
    ],
    "layers": [
        Step(recordings=one()),
        Step(recordings=one(layers=LAYER), ops={"standup": "replace"}, requests=["PUT stop", *REPLACED], active=1),
    ],
    "max_seconds": [
        Step(recordings=one(max_seconds=60)),
        Step(recordings=one(max_seconds=90), ops={"standup": "replace"}, requests=["PUT stop", *REPLACED], active=1),
    ],
    "account_id": [
        Step(recordings=one()),
        Step(
            recordings=one(account_id="other"), ops={"standup": "replace"}, requests=["PUT stop", *REPLACED], active=1
        ),
    ],
    "app_id": [
        Step(recordings=one()),
        Step(recordings=one(app_id="other"), ops={"standup": "replace"}, requests=["PUT stop", *REPLACED], active=1),
    ],
    "credentials in place": [
        Step(recordings=one(layers=in_place(STORAGE))),
        Step(recordings=one(layers=in_place(ROTATED)), ops={"standup": "same"}, requests=[], active=1),
        Step(
            recordings=one(layers=in_place({**ROTATED, "bucket": "c"})),
            ops={"standup": "replace"},
            requests=["PUT stop", *REPLACED],
            active=1,
        ),
    ],
    "credentials in config": [
        Step(config={"storages": {"s": STORAGE}}, recordings=one(layers={"default": {"outputs": ["s"]}})),
        Step(config={"storages": {"s": ROTATED}}, ops={"standup": "same"}, requests=[], active=1),
    ],
    "desired_status: pause, resume, stop": [
        Step(recordings=one()),
        Step(
            recordings=one(desired_status="PAUSED"),
            ops={"standup": "update"},
            requests=["GET one", "PUT pause"],
            outputs={"standup": {"status": "PAUSED"}},
        ),
        Step(
            recordings=one(),
            ops={"standup": "update"},
            requests=["GET one", "PUT resume"],
            outputs={"standup": {"status": "RECORDING"}},
        ),
        Step(recordings=one(desired_status="STOPPED"), ops={"standup": "update"}, requests=["PUT stop"], active=0),
        Step(recordings=one(desired_status="STOPPED"), ops={"standup": "same"}, requests=[], active=0),
        Step(recordings=one(), ops={"standup": "replace"}, active=1),
    ],
    "desired_status: STOPPED on a new resource starts nothing": [
        Step(
            recordings=one(desired_status="STOPPED"),
            ops={"standup": "create"},
            requests=[],
            outputs={"standup": {"status": "PENDING"}},
        ),
        Step(recordings=one(), ops={"standup": "replace"}, requests=REPLACED, active=1),
    ],
    "when_*, start_seconds, wait_seconds, keep_download_urls": [
        Step(recordings=one()),
        Step(
            recordings=one(
                when_idle="wait",
                wait_seconds=5,
                when_active="fail",
                when_ended="restart",
                start_seconds=5,
                keep_download_urls=True,
            ),
            ops={"standup": "update"},
            requests=[],
            active=1,
        ),
        Step(ops={"standup": "same"}, requests=[]),
    ],
    "paused by hand, seen by a refresh": [
        Step(recordings=one()),
        Step(command=("refresh",), service=by_hand("PAUSED"), outputs={"standup": {"status": "PAUSED"}}),
        Step(
            ops={"standup": "update"}, requests=["GET one", "PUT resume"], outputs={"standup": {"status": "RECORDING"}}
        ),
    ],
    "resumed by hand, seen by a refresh": [
        Step(recordings=one(desired_status="PAUSED")),
        Step(command=("refresh",), service=by_hand("RECORDING"), outputs={"standup": {"status": "RECORDING"}}),
        Step(ops={"standup": "update"}, requests=["GET one", "PUT pause"], outputs={"standup": {"status": "PAUSED"}}),
    ],
    "ended by itself, keep": [
        Step(recordings=one(max_seconds=60)),
        Step(
            command=("refresh",),
            service=lambda api: api.advance(90),
            outputs={"standup": {"status": "UPLOADED"}},
        ),
        Step(ops={"standup": "same"}, requests=[], active=0),
    ],
    "ended by itself, restart": [
        Step(recordings=one(max_seconds=60, when_ended="restart")),
        Step(command=("refresh",), service=lambda api: (api.advance(90), idle(api))),
        Step(ops={"standup": "same"}, requests=["GET active-session"], active=0),
        Step(service=live, ops={"standup": "replace"}, active=1),
    ],
    "PENDING, and the meeting is live now": [
        Step(recordings=one(when_idle="defer"), service=idle, outputs={"standup": {"status": "PENDING"}}, active=0),
        Step(ops={"standup": "same"}, requests=["GET active-session"], active=0),
        Step(service=live, ops={"standup": "replace"}, outputs={"standup": {"status": "RECORDING"}}, active=1),
    ],
    "the service no longer knows it": [
        Step(recordings=one()),
        Step(command=("refresh",), service=forgotten),
        Step(ops={"standup": "create"}, active=1),
    ],
    "up --replace stops first": [
        Step(recordings=one()),
        Step(command=UP_REPLACE, ops={"standup": "replace"}, requests=["PUT stop", *REPLACED], active=1),
    ],
}


@pytest.mark.parametrize("steps", ROWS.values(), ids=ROWS)
def test_change(project: Project, api: SandboxApi, steps: list[Step]) -> None:
    play(project, api, [*steps, Step(command=("destroy",), active=0)])


def started_elsewhere(api: SandboxApi, meeting: str) -> str:
    """A recording that somebody else has started; its id."""
    answer = httpx.post(
        f"{api.app_url(ACCOUNT, APP)}/recordings/track",
        headers={"Authorization": f"Bearer {api.token}"},
        json={"meeting_id": meeting, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return str(api.recordings(meeting)[-1]["id"])


def test_user_ids(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    """Not every server takes them."""
    api = new_api(dialect="documented")
    play(
        project,
        api,
        [
            Step(recordings=one(user_ids=["anna"])),
            Step(recordings=one(user_ids=["anna"]), ops={"standup": "same"}, requests=[], active=1),
            Step(
                recordings=one(user_ids=["anna", "ben"]),
                ops={"standup": "replace"},
                requests=["PUT stop", *REPLACED],
                active=1,
            ),
            Step(command=("destroy",), active=0),
        ],
    )


def test_recording_id(project: Project, api: SandboxApi) -> None:
    """Another than the current one: replace; removed, or the current one: state only."""
    first = started_elsewhere(api, MEETING)
    play(
        project,
        api,
        [
            Step(
                recordings=one(recording_id=first),
                ops={"standup": "create"},
                requests=["GET one"],
                outputs={"standup": {"id": first, "adopted": True}},
                says=["took over recording"],
            ),
            Step(recordings=one(), ops={"standup": "update"}, requests=[], outputs={"standup": {"id": first}}),
            Step(recordings=one(recording_id=first), ops={"standup": "update"}, requests=[], active=1),
        ],
    )
    api.set_status(first, "UPLOADED")
    second = started_elsewhere(api, MEETING)
    play(
        project,
        api,
        [
            Step(
                recordings=one(recording_id=second),
                ops={"standup": "replace"},
                requests=["PUT stop", "GET one", "GET one"],
                outputs={"standup": {"id": second}},
                active=1,
            ),
            Step(command=("destroy",), active=0),
        ],
    )


BY_ANOTHER: Mapping[str, list[Step]] = {
    "desired_status from STOPPED": [
        Step(recordings={"desired_status": "STOPPED"}, ops={"standup": "update"}, active=0),
        Step(recordings={}, ops={"standup": "replace"}, active=1),
    ],
    "when_ended: restart": [
        Step(recordings={"when_ended": "restart"}, ops={"standup": "update"}),
        Step(command=("refresh",), service=by_hand("UPLOADED")),
        Step(ops={"standup": "replace"}, active=1),
    ],
    "max_seconds": [Step(recordings={"max_seconds": 90}, ops={"standup": "replace"}, active=1)],
    "up --replace": [Step(command=UP_REPLACE, ops={"standup": "replace"}, active=1)],
    "up --replace, twice": [Step(command=UP_REPLACE, ops={"standup": "replace"}, active=1)] * 2,
}


@pytest.mark.parametrize("steps", BY_ANOTHER.values(), ids=BY_ANOTHER)
def test_recording_id_of_one_that_another_took_the_place_of(
    project: Project, api: SandboxApi, steps: list[Step]
) -> None:
    """What was taken over and ended is not taken over again; that it is still declared is no change."""
    taken = started_elsewhere(api, MEETING)

    def declared(step: Step) -> Step:
        more = step.recordings
        return step if more is None else replace(step, recordings=one(recording_id=taken, **more))

    play(
        project,
        api,
        [
            Step(recordings=one(recording_id=taken), outputs={"standup": {"id": taken}}, active=1),
            *map(declared, steps),
            Step(ops={"standup": "same"}, requests=[], outputs={"standup": {"adopted": False}}, active=1),
            Step(command=("destroy",), active=0),
        ],
    )


def test_a_meeting_that_two_resources_declare(project: Project, api: SandboxApi) -> None:
    """One of them with a provider of its own, whose process knows nothing of the other's: nothing is started."""
    project.program(
        "import pulumi, pulumi_realtimekit as realtimekit\n"
        f"own = realtimekit.Provider('own', account_id='{ACCOUNT}', api_token='{api.token}')\n"
        f"realtimekit.TrackRecording('board', pulumi.ResourceOptions(provider=own), meeting_id='{MEETING}')\n"
        f"realtimekit.TrackRecording('standup', meeting_id='{MEETING}')\n"
    )
    play(
        project,
        api,
        [
            Step(
                command=("preview",),
                code=1,
                says=["TrackRecording 'standup': the same meeting as TrackRecording 'board'"],
                active=0,
            )
        ],
    )
