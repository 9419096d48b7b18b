"""The door of `pulumi.dynamic`: for Python programs, which hold the provider too, to name it.

How it is pickled: see `plugin`. What only the plugin process needs is imported by `configure`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

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

if TYPE_CHECKING:
    from pulumi_realtimekit.plugin.lifecycle import Lifecycle

PROVIDER_KEY: Final = "__provider"


class TrackRecordingProvider(ResourceProvider):
    """Starts, reads, pauses, resumes and stops track recordings."""

    serialize_as_secret_always = False

    def __init__(self) -> None:
        super().__init__()
        self._lifecycle: Lifecycle | None = None

    def configure(self, req: ConfigureRequest) -> None:
        from pulumi_realtimekit.plugin import process
        from pulumi_realtimekit.plugin.engine import Engine
        from pulumi_realtimekit.plugin.lifecycle import Lifecycle

        if self._lifecycle is None:
            engine = Engine.of_this_process()
            process.serve_more_calls()
            process.hide_tracebacks(sys.modules["__main__"])
            process.end_with(engine)
            self._lifecycle = Lifecycle(req.config.get, engine)

    @property
    def lifecycle(self) -> Lifecycle:
        if self._lifecycle is None:
            raise AssertionError("the engine configures a provider before it calls it")
        return self._lifecycle

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        checked, problems = self.lifecycle.check(_plain(news), _plain(olds))
        return CheckResult(_marked(checked), [CheckFailure("", str(problem)) for problem in problems])

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        change = self.lifecycle.diff(id_, _plain(olds), _plain(news))
        return DiffResult(
            changes=change.step != "none",
            replaces=list(change.reasons) if change.step == "replace" else [],
            delete_before_replace=True,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        id_, outputs = self.lifecycle.create(_plain(props))
        return CreateResult(id_, _marked(outputs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        outputs = self.lifecycle.read(id_, _plain(props))
        return ReadResult(None, {}) if outputs is None else ReadResult(id_, _marked(outputs))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_marked(self.lifecycle.update(id_, _plain(olds), _plain(news))))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        self.lifecycle.delete(id_, _plain(props))


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    from pulumi_realtimekit.plugin.inputs import whole_numbers

    return {name: whole_numbers(value) for name, value in properties.items() if name != PROVIDER_KEY}


def _marked(values: Mapping[str, Any]) -> dict[str, Any]:
    from pulumi_realtimekit.plugin.inputs import with_secrets_marked

    return with_secrets_marked(values)
