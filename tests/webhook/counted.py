"""The service, writing down each of its looks: `counted.py FOLDER …`, the rest as for `python -m recording_webhook`."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, Any

from recording_webhook.__main__ import main
from recording_webhook.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable


def counted(function: Callable[..., Any], file: Path) -> Callable[..., Any]:
    """The function; the file is so many bytes long as it was called."""

    def call(*arguments: Any, **more: Any) -> Any:
        with file.open("ab") as calls:
            calls.write(b".")
        return function(*arguments, **more)

    return call


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    Runner._look = counted(Runner._look, folder / "inbox")  # type: ignore[method-assign]
    Popen.poll = counted(Popen.poll, folder / "run")  # type: ignore[method-assign]
    sys.exit(main())
