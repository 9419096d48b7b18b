"""Which recordings are some resource's already: two resources never share one."""

import secrets
import threading
from collections.abc import Mapping
from typing import Any

STARTED_HERE = ""
"""In the place of a take-over's mark, where the resource has started its recording itself."""


def new_adoption() -> str:
    """A mark of one take-over: two resources of a state that have the same recording are told apart by it."""
    return secrets.token_hex(4)


def adoption_of(outputs: Mapping[str, Any]) -> str:
    """The mark that a resource's outputs hold; states of earlier versions say only whether there was a take-over."""
    return outputs.get("adoption") or ("adopted" if outputs.get("adopted") is True else STARTED_HERE)


class Claims:
    """The recordings that this run has started, taken over or compared with what is declared; for all threads.

    adoption, wherever it is asked for: `adoption_of` the resource in question.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._taken_over: set[str] = set()
        self._kept: dict[str, str] = {}
        self._named: set[str] = set()
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def take(self, recording_id: str, *, taken_over: bool = False) -> bool:
        """Claims it for a resource that is being created; False where it is another one's already."""
        with self._lock:
            if recording_id in self._ids:
                return False
            self._ids.add(recording_id)
            if taken_over:
                self._taken_over.add(recording_id)
            return True

    def release(self, recording_id: str) -> None:
        """Gives back what was taken for a resource that could not be created."""
        with self._lock:
            self._ids.discard(recording_id)
            self._taken_over.discard(recording_id)

    def keep(self, recording_id: str, adoption: str, named: str | None) -> bool:
        """Claims it for the resource that the state has it for; False where another one has it, too.

        named: the recording that this resource was declared to take over.
        """
        with self._lock:
            if self._is_anothers(recording_id, adoption):
                return False
            self._ids.add(recording_id)
            self._kept[recording_id] = adoption
            if named:
                self._named.add(named)
            return True

    def end(self, recording_id: str) -> None:
        """It was stopped, and is nobody's from now on."""
        with self._lock:
            self._ids.discard(recording_id)
            self._ended.add(recording_id)

    def has_ended(self, recording_id: str) -> bool:
        """Whether this run has stopped it and seen it inactive; a list may say otherwise for a moment."""
        with self._lock:
            return recording_id in self._ended

    def was_declared(self, recording_id: str) -> bool:
        """Whether a resource of the state was declared to take it over.

        One that is created with it nevertheless is that one again, whose replacement was interrupted: it has no delete.
        """
        with self._lock:
            return recording_id in self._named

    def runs_on(self, recording_id: str, adoption: str) -> bool:
        """Whether another resource goes on with it than the one that is being deleted: a renamed one, say."""
        with self._lock:
            return self._is_anothers(recording_id, adoption)

    def __contains__(self, recording_id: str) -> bool:
        with self._lock:
            return recording_id in self._ids

    def _is_anothers(self, recording_id: str, adoption: str) -> bool:
        """Whether a resource that is new in this run has it, or one of the state that is not this one."""
        return recording_id in self._taken_over or self._kept.get(recording_id, adoption) != adoption
