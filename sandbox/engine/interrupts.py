"""What the user's interrupts mean: the first lets the running steps end, the second stops at once."""

import asyncio


class Interrupts:
    """Counts interrupts. `interrupt` is to be called on the event loop, from a signal handler that it runs."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        """Nothing new begins."""
        self.terminated = asyncio.Event()
        """Nothing is waited for any more."""

    def interrupt(self) -> None:
        if self.cancelled.is_set():
            self.terminated.set()
        self.cancelled.set()
