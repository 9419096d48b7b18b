"""Which recordings belong to a resource already: two resources never share one."""

import os
import threading
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Any

STARTED_HERE = ""
"""In the place of a take-over's mark: the resource has started its recording itself."""


def new_adoption() -> str:
    """A mark of one take-over: it tells two resources of a state apart that have the same recording."""
    return os.urandom(4).hex()  # not `secrets`: a file of that name beside the program would be imported


def adoption_of(outputs: Mapping[str, Any]) -> str:
    """The mark in a resource's outputs; states of earlier versions say only whether there was a take-over."""
    return outputs.get("adoption") or ("adopted" if outputs.get("adopted") is True else STARTED_HERE)


class Claims:
    """The recordings that this run has started, taken over or compared with what is declared; for all threads.

    adoption, in every method: `adoption_of` the resource in question.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._taken_over: set[str] = set()
        self._kept: dict[str, str] = {}
        self._declared: set[str] = set()
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        self._turns: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)

    def turn(self, meeting: Hashable) -> threading.Lock:
        """The lock that a start holds: one start at a time for each meeting."""
        with self._lock:
            return self._turns[meeting]

    def take(self, recording_id: str, *, taken_over: bool = False) -> bool:
        """Claims it for a resource that is being created; False where another resource has it."""
        with self._lock:
            if recording_id in self._ids:
                return False
            self._ids.add(recording_id)
            if taken_over:
                self._taken_over.add(recording_id)
            return True

    def release(self, recording_id: str) -> None:
        """Gives back the claim of a resource that could not be created."""
        with self._lock:
            self._ids.discard(recording_id)
            self._taken_over.discard(recording_id)

    def keep(self, recording_id: str, adoption: str, declared: str | None) -> bool:
        """Claims it for the resource that has it in the state; False where another one has it, too.

        declared: the `recording_id` that this resource declares.
        """
        with self._lock:
            if self._belongs_to_another(recording_id, adoption):
                return False
            self._ids.add(recording_id)
            self._kept[recording_id] = adoption
            if declared:
                self._declared.add(declared)
            return True

    def end(self, recording_id: str) -> None:
        """Gives up a recording that was stopped."""
        with self._lock:
            self._ids.discard(recording_id)
            self._ended.add(recording_id)

    def has_ended(self, recording_id: str) -> bool:
        """Whether this run has stopped it and seen it inactive; a list may say otherwise for a moment."""
        with self._lock:
            return recording_id in self._ended

    def was_declared(self, recording_id: str) -> bool:
        """Whether a resource of the state declares to take it over.

        A resource that is created with it is the same one again, after a replacement that was interrupted.
        """
        with self._lock:
            return recording_id in self._declared

    def belongs_to_another(self, recording_id: str, adoption: str) -> bool:
        """Whether another resource than this one goes on with it: a renamed one, for example."""
        with self._lock:
            return self._belongs_to_another(recording_id, adoption)

    def __contains__(self, recording_id: str) -> bool:
        with self._lock:
            return recording_id in self._ids

    def _belongs_to_another(self, recording_id: str, adoption: str) -> bool:
        """Another resource took it over in this run, or has it in the state under another mark."""
        return recording_id in self._taken_over or self._kept.get(recording_id, adoption) != adoption
