"""One meeting, one recording: what a declaration records, so that a second one of the same is refused."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pulumi_realtimekit.declarations.settings import setting


class Recorded(NamedTuple):
    """What is recorded, and where; what: whether the id is a meeting's, or that of a recording to take over."""

    what: Literal["meeting", "recording"]
    id: str
    account_id: str
    app_id: str

    def same_as(self, first: str) -> str:
        """The mistake of a second declaration; first: the name of the first one."""
        return f"the same {self.what} as {first}: a meeting has one track recording"


def recorded_by(declared: Mapping[str, Any], config: Mapping[str, Any]) -> Recorded | None:
    """What a declaration records or takes over; None where that is not known yet, or wrong, or nothing is started.

    config: the provider's, which says where it records what says nothing else.
    """
    desired = declared.get("desired_status") or "RECORDING"
    takes_over = bool(declared.get("recording_id"))
    recorded = Recorded(
        "recording" if takes_over else "meeting",
        declared.get("recording_id" if takes_over else "meeting_id") or "",
        declared.get("account_id") or config.get("accountId") or setting(config, "accountId") or "",
        declared.get("app_id") or config.get("appId") or setting(config, "appId") or "",
    )
    is_known = recorded.id and all(isinstance(part, str) for part in recorded)
    starts = takes_over or (isinstance(desired, str) and desired != "STOPPED")
    return recorded if is_known and starts else None
