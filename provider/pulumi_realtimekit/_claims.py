"""Which recordings are some resource's already: two resources never share one."""

import threading


class Claims:
    """The recordings that this run has started, taken over or seen in the state; safe to use from all threads."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._taken_over: set[str] = set()
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def add(self, recording_id: str, *, taken_over: bool = False) -> None:
        with self._lock:
            self._ids.add(recording_id)
            if taken_over:
                self._taken_over.add(recording_id)

    def end(self, recording_id: str) -> None:
        """It was stopped, and is nobody's from now on."""
        with self._lock:
            self._ids.discard(recording_id)
            self._ended.add(recording_id)

    def has_ended(self, recording_id: str) -> bool:
        """Whether this run has stopped it and seen it inactive; a list may say otherwise for a moment."""
        with self._lock:
            return recording_id in self._ended

    def was_taken_over(self, recording_id: str) -> bool:
        """Whether a resource that was created in this run goes on with it: a renamed one, say."""
        with self._lock:
            return recording_id in self._taken_over

    def __contains__(self, recording_id: str) -> bool:
        with self._lock:
            return recording_id in self._ids
