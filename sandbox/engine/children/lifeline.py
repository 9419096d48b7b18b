"""Ends this process once the engine that started it is gone. Imported by the scripts beside it.

Runs under the project's interpreter, any Python that the SDK supports, and knows nothing of the sandbox package.
"""

# ruff: noqa: PTH100, PTH120 - starts with the fewest imports, and prints for the engine

import os
import sys
import threading
from collections.abc import Callable


def watch(gone: Callable[[], None]) -> None:
    """Calls `gone` on a thread of its own when the pipe that the engine holds closes."""
    descriptor = int(os.environ.pop("SANDBOX_LIFELINE"))
    os.set_inheritable(descriptor, False)

    def wait() -> None:
        os.read(descriptor, 1)
        gone()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def forget_this_folder() -> None:
    """Takes the folder of these scripts from the path, so that nothing in it hides a module of the project."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    del sys.modules["lifeline"]
