"""Which recordings are some resource's already: two resources never share one."""

import threading


class Claims:
    """The recordings that this run has started, taken over or compared with what is declared; for all threads."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._taken_over: set[str] = set()
        self._kept: dict[str, bool] = {}
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

    def keep(self, recording_id: str, *, adopted: bool) -> bool:
        """Claims it for the resource that the state has it for; False where another one has it, too.

        adopted: whether that resource has once taken it over: by that two of the state are told apart.
        """
        with self._lock:
            if self._is_anothers(recording_id, adopted):
                return False
            self._ids.add(recording_id)
            self._kept[recording_id] = adopted
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

    def runs_on(self, recording_id: str, *, adopted: bool) -> bool:
        """Whether another resource goes on with it than the one that is being deleted: a renamed one, say.

        adopted: whether the one that is being deleted has once taken it over.
        """
        with self._lock:
            return self._is_anothers(recording_id, adopted)

    def __contains__(self, recording_id: str) -> bool:
        with self._lock:
            return recording_id in self._ids

    def _is_anothers(self, recording_id: str, adopted: bool) -> bool:
        """Whether a resource that is new in this run has it, or one of the state that is not this one."""
        return recording_id in self._taken_over or self._kept.get(recording_id, adopted) != adopted
