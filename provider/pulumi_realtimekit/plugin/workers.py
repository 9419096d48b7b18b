"""How many calls the plugin process serves at once.

`pulumi.dynamic` serves four, on a thread pool that grows on demand up to that number: whatever waits for a session or
for `RECORDING` would hold one of four places. What bounds the calls instead is the engine's `--parallel`, and what
bounds the requests is the HTTP client. The SDK promises none of this: where it is built otherwise, the four stay.
"""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Final

MOST: Final = 256
"""More than engines run at once by themselves: four for each core."""

NEEDED: Final = ("_max_workers", "_shutdown_lock", "_work_queue", "_adjust_thread_count")


def lift() -> None:
    """Lets the thread pool that runs the calling thread grow to `MOST`; harmless on any other thread."""
    arguments = getattr(threading.current_thread(), "_args", None) or (None,)
    pool = arguments[0]() if isinstance(arguments[0], weakref.ref) else None
    if not isinstance(pool, ThreadPoolExecutor) or not all(hasattr(pool, name) for name in NEEDED):
        return
    with pool._shutdown_lock:  # noqa: SLF001 see above
        pool._max_workers = max(pool._max_workers, MOST)  # noqa: SLF001
        # A call that already waits for a thread would leave the pool one thread short of its calls for good.
        for _ in range(pool._work_queue.qsize()):  # noqa: SLF001
            pool._adjust_thread_count()  # noqa: SLF001
