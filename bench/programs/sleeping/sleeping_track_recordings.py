"""A provider that calls nothing: the same inputs and outputs as ours, after sleeping as long as the API would take.

What it takes is what any provider with this state takes: the engine's, the SDK's and the service's part of the time.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
)

STORAGE = {"type": "aws", "bucket": "meeting-archive", "region": "eu-central-1", "path": "recordings/bench"}
LAYERS = {
    "default": {
        "file_name_prefix": "audio",
        "outputs": [{"type": "STORAGE_CONFIG", "storage": "archive", "storage_config": STORAGE}],
    },
    "default-video": {"file_name_prefix": "video", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
}


FOUR = 4
"""The calls that `pulumi.dynamic` serves at once by itself."""


def serve_at_once(calls: int) -> None:
    """Lets the plugin serve more calls at once, from a thread that serves one."""
    executor = threading.current_thread()._args[0]()  # type: ignore[attr-defined]  # noqa: SLF001
    executor._max_workers = calls  # noqa: SLF001


class SleepingProvider(ResourceProvider):
    """Answers at once what it knows, and after the API's time what the API would be asked for."""

    serialize_as_secret_always = False
    _latency = 0.0
    _place: dict[str, Any]

    def __reduce__(self) -> tuple[Callable[[], SleepingProvider], tuple[()]]:
        return load, ()

    def configure(self, req: ConfigureRequest) -> None:
        self._latency = float(req.config.get("bench:latency") or 0)
        self._place = {
            "account_id": req.config.get("realtimekit:accountId"),
            "app_id": req.config.get("realtimekit:appId"),
        }
        serve_at_once(int(req.config.get("bench:workers") or FOUR))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult({**self._place, **news, "layers": LAYERS}, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        time.sleep(self._latency)  # the look
        time.sleep(self._latency)  # the start
        recording_id, moment = str(uuid.uuid4()), "2026-01-01T00:00:00.000Z"
        answer = {
            "status": "RECORDING",
            "session_id": str(uuid.uuid4()),
            "output_file_name": f"audio_user-1_{recording_id[:8]}_peer_audio_1767225600000.webm",
            "invoked_time": moment,
            "started_time": moment,
        }
        return CreateResult(recording_id, {**props, **answer})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        time.sleep(self._latency)
        return ReadResult(id_, props)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        time.sleep(self._latency)


_PROVIDER: list[SleepingProvider] = []


def load() -> SleepingProvider:
    if not _PROVIDER:
        _PROVIDER.append(SleepingProvider())
    return _PROVIDER[0]


class TrackRecording(Resource, module="sleeping", name="TrackRecording"):
    """A track recording that nobody makes."""

    def __init__(self, name: str, meeting_id: str, start_seconds: float) -> None:
        options = pulumi.ResourceOptions(delete_before_replace=True, additional_secret_outputs=["download_urls"])
        inputs = {"meeting_id": meeting_id, "start_seconds": start_seconds}
        super().__init__(load(), name, {**inputs, "layers": None, "status": None}, options)
