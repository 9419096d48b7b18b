"""A life as data: what is declared and what the service does meanwhile, then what is expected of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden, secrets_in
from tests.kit.project import ACCOUNT, APP, Project, Secret

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"


@dataclass(frozen=True)
class Step:
    """One command, and what is expected of it.

    recordings: `realtimekit:recordings` from now on; None leaves them.
    config: further keys from now on; None leaves them.
    service: what the service does before the command.
    ops: what is done with each resource; None is not looked at.
    requests: the calls that the service gets, in order, by method and last part of the path (`GET recordings`, `POST
        track`, `PUT stop`, `GET <id>` as `GET one`); None is not looked at.
    outputs: of each resource, those that are looked at; ids are looked at as `id`.
    active: how many track recordings the service has active afterwards.
    says: what the output holds.
    """

    command: Sequence[str] = ("up",)
    recordings: Mapping[str, Any] | None = None
    config: Mapping[str, Any] | None = None
    service: Callable[[SandboxApi], None] = field(default=lambda _: None)
    env: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    ops: Mapping[str, str] | None = None
    requests: Sequence[str] | None = None
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    active: int | None = None
    says: Sequence[str] = ()


def base_config(api: SandboxApi) -> dict[str, Any]:
    """What every stack of the tests has: the sandbox's account, quick enough to fail quickly."""
    return {
        "baseUrl": api.base_url,
        "accountId": ACCOUNT,
        "appId": APP,
        "apiToken": Secret(api.token),
        "timeoutSeconds": 3,
    }


def play(project: Project, api: SandboxApi, steps: Sequence[Step]) -> None:
    """Runs the steps of a scenario one after another, and holds each against what is expected.

    Whatever the scenario is for: no secret of its config is printed, or written to the state, at any step.
    """
    config, secrets = base_config(api), set[str]()
    for number, step in enumerate(steps, 1):
        config |= step.config or {}
        config |= {} if step.recordings is None else {"recordings": step.recordings}
        project.configure(config)
        step.service(api)
        api.clear_requests()
        json_events = ["--json"] if step.command[0] == "up" else []
        result = project.deploy(*step.command, *json_events, **step.env)
        where = f"step {number} ({' '.join(step.command)}):\n{result.text}"
        assert result.code == step.code, where
        secrets |= set(secrets_in(config))
        assert_hidden(secrets, (result.out + result.err).encode(), where)
        assert_hidden(secrets, project.written(), f"the state after {where}")
        if step.ops is not None:
            assert result.ops() == dict(step.ops), where
        if step.requests is not None:
            assert calls(api) == list(step.requests), where
        for text in step.says:
            assert text in result.text, where
        if step.active is not None:
            assert len(active(api)) == step.active, where
        if step.outputs:
            resources = project.resources()
            for name, expected in step.outputs.items():
                seen = {"id": resources[name].get("id"), **resources[name].get("outputs", {})}
                assert {key: seen.get(key) for key in expected} == dict(expected), where


def calls(api: SandboxApi) -> list[str]:
    """The calls that the service got, each in two words."""
    return [_call(request) for request in api.requests()]


def active(api: SandboxApi) -> list[dict[str, Any]]:
    return [one for one in api.recordings() if one["status"] in {"INVOKED", "RECORDING", "PAUSED"}]


def _call(request: Mapping[str, Any]) -> str:
    last = request["path"].rsplit("/", 1)[-1]
    if request["method"] == "PUT":
        return f"PUT {request['body']['action']}"
    if request["method"] == "GET" and last not in {"recordings", "active-session"}:
        return "GET one"
    return f"{request['method']} {last}"
