"""What should be running: known from what was declared and done, and held against what runs and what the state says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Recording = Mapping[str, Any]
"""As the sandbox's control calls show it."""


class Oracle:
    """Follows a stack through its commands.

    A recording is *lost* where it runs and the state does not know it, or where it does not run and nobody ended it.
    """

    def __init__(self) -> None:
        self._may_end: set[str] = set()
        self._unsaved: set[str] = set()
        self.touched: set[str] = set()
        """Recordings that somebody's hand has ended."""
        self.left: set[str] = set()
        """Recordings whose id could not be saved, and which nobody declares any more: `audit` has to show them."""

    def before(self, verb: str, declared: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Notes what the command may end: what is not declared as it is, and all that is to be destroyed."""
        for name, resource in state.items():
            if verb == "destroy" or _may_end(name, declared, resource["outputs"]):
                self._may_end.add(resource["id"])

    def after(self, begun: set[str], *, saved: bool) -> None:
        """Notes what began in a command, and whether the command could save it: killed ones may not."""
        if not saved:
            self._unsaved |= begun

    def losses(
        self,
        recordings: Iterable[Recording],
        declared: Mapping[str, Any],
        state: Mapping[str, Any],
        live: set[str],
        shown: set[str],
    ) -> Iterator[str]:
        """What runs and is not known, and what does not run and should, once the last command ended well.

        declared: what it was to reach, nothing after a `destroy`. live: the meetings that are. shown: what `audit`
        shows.
        """
        known = {resource["id"] for resource in state.values()}
        meetings = {arguments["meeting_id"] for arguments in declared.values()}
        by_id = {one["id"]: one for one in recordings}
        self.left.clear()
        for one in by_id.values():
            if one["active"] and one["id"] not in known:
                if one["id"] in self._unsaved and one["meeting_id"] not in meetings and one["id"] in shown:
                    self.left.add(one["id"])
                else:
                    yield f"{one['id']} of {one['meeting_id']} runs, and the state does not know it"
        for name, arguments in declared.items():
            resource = state.get(name)
            if resource is None:
                yield f"{name} is declared, and the state does not have it"
            elif resource["id"].startswith("pending-"):
                if arguments["meeting_id"] in live and arguments["desired_status"] != "STOPPED":
                    yield f"{name} is PENDING, and its meeting is live"
            else:
                yield from self._missing(name, arguments["desired_status"], resource, by_id)

    def _missing(
        self, name: str, desired: str, resource: Mapping[str, Any], by_id: Mapping[str, Recording]
    ) -> Iterator[str]:
        one = by_id.get(resource["id"])
        if one is None:
            yield f"{name} is {resource['id']}, which the service does not know"
        elif desired == "STOPPED" and one["active"]:
            yield f"{name} is to be STOPPED, and {one['id']} is {one['status']}"
        elif desired != "STOPPED" and not one["active"] and self._was_ended(one):
            yield f"{name}: {one['id']} was stopped, and nobody asked for it"
        elif one["active"] and one["status"] not in {desired, "INVOKED"}:
            yield f"{name} is to be {desired}, and {one['id']} is {one['status']}"

    def _was_ended(self, one: Recording) -> bool:
        """Whether a call ended it that was not asked for; its session's end, or its own, is nobody's."""
        reason = (one.get("stop_reason") or {}).get("reason")
        return reason == "API_CALL" and one["id"] not in self._may_end | self.touched


def _may_end(name: str, declared: Mapping[str, Any], outputs: Mapping[str, Any]) -> bool:
    """Whether what is declared ends a resource's recording; one that was renamed runs on, whatever its limits."""
    others = [
        one for other, one in declared.items() if other != name and one["meeting_id"] == outputs.get("meeting_id")
    ]
    if name not in declared and others:
        return any(one["desired_status"] == "STOPPED" for one in others)
    return _differs(declared.get(name), outputs)


def _differs(declared: Mapping[str, Any] | None, outputs: Mapping[str, Any]) -> bool:
    """Whether a resource is not, or not so, declared: that may stop it, or replace it."""
    if declared is None or declared["desired_status"] == "STOPPED":
        return True
    seen = {
        "meeting_id": outputs.get("meeting_id"),
        "max_seconds": outputs.get("max_seconds"),
        "prefix": outputs["layers"]["default"].get("file_name_prefix"),
        "stopped": outputs.get("desired_status") == "STOPPED",
    }
    wanted = {
        "meeting_id": declared["meeting_id"],
        "max_seconds": declared.get("max_seconds"),
        "prefix": declared["layers"]["default"]["file_name_prefix"],
        "stopped": False,
    }
    return seen != wanted
