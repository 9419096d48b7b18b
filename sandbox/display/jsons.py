"""The machine-readable outputs: `preview --json`, one document, and `up --json`, one event a line.

Source: `pkg/backend/display/{json,events}.go`, `pkg/display/json.go` and `sdk/go/common/apitype/events.go` of
pulumi/pulumi. What is secret is `[secret]`, in the state's wrapping where a whole event is written.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.display.operations import is_shown, settled
from sandbox.display.rows import PREFIXES, message_of, text_of
from sandbox.engine import urn as urns
from sandbox.engine.checkpoint import write_resource, write_value
from sandbox.engine.events import (
    Cancelled,
    Diagnostic,
    Event,
    Prelude,
    ResourceOperationFailed,
    ResourceOutputs,
    ResourcePre,
    StepMetadata,
    Summary,
)
from sandbox.engine.state import ResourceState
from sandbox.engine.values import OutputValue, PropertyMap, Secret, Value, rebuilt

_STATE_FIELDS = {
    "custom": "custom",
    "delete": "delete",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "retainOnDelete": "retain_on_delete",
}


class _Blinding:
    """Seals everything with the same words."""

    salt = ""

    def encrypt(self, plaintext: str) -> str:  # noqa: ARG002 - nothing of it is used
        return "[secret]"

    def decrypt(self, ciphertext: str) -> str:
        raise NotImplementedError(ciphertext)


class JsonEvents:
    """Each event as a line, at once."""

    interval = 1.0

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._sequence = 0

    def show(self, event: Event) -> None:
        line = {"sequence": self._sequence, "timestamp": int(time.time()), **_event(event)}
        self._write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        self._sequence += 1

    def tick(self) -> None:
        """Nothing changes in place here."""

    def close(self) -> None:
        """Nothing is held."""

    def message(self, text: str, style: str = "") -> None:  # noqa: ARG002 - no colours here
        event = {"stdoutEvent": {"message": f"{text}\n", "color": "never"}}
        line = {"sequence": self._sequence, "timestamp": int(time.time()), **event}
        self._write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        self._sequence += 1


class PreviewDigest:
    """The whole preview as one document, when it is over."""

    interval = 1.0

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._digest: dict[str, Any] = {"config": {}, "steps": [], "diagnostics": []}
        self._refreshes: dict[str, int] = {}
        """Where in the steps the refresh of a resource stands."""

    def show(self, event: Event) -> None:
        if isinstance(event, Prelude):
            self._digest["config"] = dict(event.config)
        elif isinstance(event, Diagnostic):
            self._diagnostic(event)
        elif isinstance(event, ResourcePre):
            if _is_listed(event.metadata):
                if event.metadata.op == "refresh":
                    self._refreshes[event.metadata.urn] = len(self._digest["steps"])
                self._digest["steps"].append(_step(event.metadata))
        elif isinstance(event, ResourceOutputs):
            self._outcome(event.metadata)
        elif isinstance(event, Summary):
            self._digest["duration"] = int(event.seconds * 1e9)
            self._digest["changeSummary"] = dict(sorted(event.changes.items()))
        elif isinstance(event, Cancelled):
            self._write(json.dumps({k: v for k, v in self._digest.items() if v}, ensure_ascii=False, indent=4))

    def tick(self) -> None:
        """Nothing changes in place here."""

    def close(self) -> None:
        """Nothing is held."""

    def message(self, text: str, style: str = "") -> None:  # noqa: ARG002 - no colours here
        self._digest["diagnostics"].append({"message": f"{text}\n", "severity": "info"})

    def _diagnostic(self, event: Diagnostic) -> None:
        if not event.ephemeral and event.severity != "debug" and text_of(event):
            urn = {"urn": event.urn} if event.urn else {}
            message = f"{PREFIXES.get(event.severity, '')}{message_of(event)}\n"
            self._digest["diagnostics"].append({**urn, "message": message, "severity": event.severity})

    def _outcome(self, metadata: StepMetadata) -> None:
        """The deletion of what a refresh did not find takes the place of the refresh; what it found does not."""
        outcome = settled(metadata)
        index = self._refreshes.pop(metadata.urn, None)
        if index is not None and outcome.op == "delete":
            self._digest["steps"][index] = _step(outcome)


def _event(event: Event) -> dict[str, Any]:
    if isinstance(event, Prelude):
        return {"preludeEvent": {"config": dict(event.config)}}
    if isinstance(event, ResourcePre | ResourceOutputs):
        name = "resourcePreEvent" if isinstance(event, ResourcePre) else "resOutputsEvent"
        planning = {"planning": True} if event.planning else {}
        # How a refresh ends is known when it ends.
        metadata = event.metadata if isinstance(event, ResourcePre) else settled(event.metadata)
        return {name: {"metadata": _metadata(metadata), **planning}}
    if isinstance(event, ResourceOperationFailed):
        return {"resOpFailedEvent": {"metadata": _metadata(event.metadata), "status": 0, "steps": event.steps}}
    if isinstance(event, Diagnostic):
        return {"diagnosticEvent": _diagnostic(event)}
    if isinstance(event, Summary):
        return {
            "summaryEvent": {
                "maybeCorrupt": False,
                "durationSeconds": math.ceil(event.seconds),
                "resourceChanges": dict(sorted(event.changes.items())),
                "PolicyPacks": {},
                "isPreview": event.is_preview,
                "result": event.result,
            }
        }
    return {"cancelEvent": {}}


def _diagnostic(event: Diagnostic) -> dict[str, Any]:
    prefix = PREFIXES.get(event.severity, "")
    return {
        **({"urn": event.urn} if event.urn else {}),
        **({"prefix": prefix} if prefix else {}),
        "message": f"{message_of(event)}\n",
        "color": "never",
        "severity": event.severity,
        **({"ephemeral": True} if event.ephemeral else {}),
    }


def _metadata(metadata: StepMetadata) -> dict[str, Any]:
    return {
        "op": metadata.op,
        "urn": metadata.urn,
        "type": metadata.type,
        "old": _state(metadata.old),
        "new": _state(metadata.new),
        **({"keys": list(metadata.keys)} if metadata.keys else {}),
        **({"diffs": list(metadata.diffs)} if metadata.diffs else {}),
        "detailedDiff": None,
        **({"logical": True} if metadata.logical else {}),
        "provider": metadata.provider,
    }


def _state(state: ResourceState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "type": state.type,
        "urn": state.urn,
        **{field: True for field, name in _STATE_FIELDS.items() if getattr(state, name)},
        "id": state.id,
        "parent": state.parent,
        "inputs": write_value(state.inputs, _Blinding()),
        "outputs": write_value(state.outputs, _Blinding()),
        "provider": state.provider,
        **({"initErrors": list(state.init_errors)} if state.init_errors else {}),
    }


def _is_listed(metadata: StepMetadata) -> bool:
    return metadata.type == urns.STACK_TYPE or is_shown(metadata, halves=False)


def _step(metadata: StepMetadata) -> dict[str, Any]:
    return {
        "op": metadata.op,
        "urn": metadata.urn,
        **({"provider": metadata.provider} if metadata.provider else {}),
        **({"oldState": _whole_state(metadata.old)} if metadata.old else {}),
        **({"newState": _whole_state(metadata.new)} if metadata.new else {}),
        **({"diffReasons": list(metadata.diffs)} if metadata.diffs else {}),
        **({"replaceReasons": list(metadata.keys)} if metadata.keys else {}),
        "detailedDiff": None,
    }


def _whole_state(state: ResourceState) -> Mapping[str, Any]:
    """The resource as the checkpoint would have it, secrets being words."""
    return write_resource(replace(state, inputs=blinded(state.inputs), outputs=blinded(state.outputs)), _Blinding())


def blinded(value: PropertyMap | Value) -> Value:
    """The value with `[secret]` in place of every secret."""
    if isinstance(value, Secret) or (isinstance(value, OutputValue) and value.secret):
        return "[secret]"
    if isinstance(value, OutputValue):
        return blinded(value.value)
    return rebuilt(value, blinded)
