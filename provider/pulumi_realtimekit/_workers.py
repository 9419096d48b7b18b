"""More workers for the plugin's calls than the SDK gives it.

The SDK serves a dynamic provider with a pool of four threads, so that whatever waits in a call (for a session, for
RECORDING) holds one of four places. How many calls run at once is the engine's to say, how fast they reach the
service the client's own limit's. The pool grows on demand: raising its limit from one of its own threads, which is
where a provider is configured, is all it takes.

That is nothing the SDK promises. Where it looks different one day, nothing is raised and nothing is lost.
"""

import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Final

WORKERS: Final = 256


def lift() -> None:
    """Lets the pool that the calling thread works for grow to `WORKERS` threads."""
    pool = _pool_of_this_thread()
    if pool is not None and isinstance(getattr(pool, "_max_workers", None), int):
        pool._max_workers = max(pool._max_workers, WORKERS)  # type: ignore[attr-defined]  # noqa: SLF001


def _pool_of_this_thread() -> ThreadPoolExecutor | None:
    """The pool, which a worker's outermost frames hold a weak reference to."""
    frame = inspect.currentframe()
    while frame is not None:
        reference = frame.f_locals.get("executor_reference") if frame.f_code.co_name == "_worker" else None
        pool = reference() if callable(reference) else None
        if isinstance(pool, ThreadPoolExecutor):
            return pool
        frame = frame.f_back
    return None
