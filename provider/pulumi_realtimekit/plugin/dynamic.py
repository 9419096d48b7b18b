"""The provider: what the engine's calls mean for a recording.

It runs in the plugin process; the program holds it too, to name it, so nothing that only the plugin needs is imported
before `configure`.
"""

from __future__ import annotations

import functools
import gc
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_realtimekit import standard_error as _standard_error
from pulumi_realtimekit.errors import RealtimeKitError

if TYPE_CHECKING:
    from pulumi_realtimekit.plugin.session import Session

P = ParamSpec("P")
R = TypeVar("R")

PROVIDER_KEY: Final = "__provider"
PENDING_PREFIX: Final = "pending-"


def reported(
    method: Callable[Concatenate[TrackRecordingProvider, P], R],
) -> Callable[Concatenate[TrackRecordingProvider, P], R]:
    """Turns what users and the service cause into one message; a bug keeps its traceback."""

    @functools.wraps(method)
    def call(self: TrackRecordingProvider, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except RealtimeKitError as error:
            raise RealtimeKitError(str(error)) from None
        except Exception as error:
            _standard_error.write(_standard_error.trace(error))
            raise

    return call


class TrackRecordingProvider(ResourceProvider):
    """Starts, reads, pauses, resumes and stops track recordings. How it is pickled: see `plugin`."""

    serialize_as_secret_always = False

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None

    def configure(self, req: ConfigureRequest) -> None:
        from pulumi_realtimekit.plugin import workers as _workers
        from pulumi_realtimekit.plugin.session import Session

        if self._session is None:
            _workers.lift()
            gc.freeze()  # what is imported by now stays: looking at it again would take longer than a call
            sys.tracebacklimit = 0  # what is raised below is a message; bugs print their own traceback
            self._session = Session(req.config.get)

    @property
    def session(self) -> Session:
        if self._session is None:
            raise AssertionError("the engine configures a provider before it calls it")
        return self._session

    @reported
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        inputs, problems = self.session.check(_inputs(news), _inputs(olds))
        return CheckResult(inputs, [CheckFailure("", str(problem)) for problem in problems])

    @reported
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        change = self.session.change(id_, _inputs(olds), _inputs(news))
        return DiffResult(
            changes=change.step != "none",
            replaces=list(change.reasons) if change.step == "replace" else [],
            delete_before_replace=True,
        )

    @reported
    def create(self, props: dict[str, Any]) -> CreateResult:
        recording_id, outputs = self.session.recorder.create(_inputs(props))
        return CreateResult(recording_id or f"{PENDING_PREFIX}{uuid.uuid4().hex[:12]}", outputs)

    @reported
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        if id_.startswith(PENDING_PREFIX):
            return ReadResult(id_, _inputs(props))
        outputs = self.session.read(id_, _inputs(props))
        return ReadResult(None, {}) if outputs is None else ReadResult(id_, outputs)

    @reported
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self.session.update(id_, _inputs(olds), _inputs(news)))

    @reported
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        if id_.startswith(PENDING_PREFIX):
            self.session.drop_pending(_inputs(props))
        else:
            self.session.recorder.delete(id_, _inputs(props))


def _inputs(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _numbers(value) for name, value in props.items() if name != PROVIDER_KEY}


def _numbers(value: Any) -> Any:
    """Whole numbers as such: the engine hands every number over as a float (`60.0`)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _numbers(item) for name, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value
