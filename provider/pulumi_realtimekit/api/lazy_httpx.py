"""httpx without its command line, which brings rich, click and pygments along where they are installed.

They would be a third of what the plugin imports for its calls. httpx does without them where they are missing, so for
as long as it is imported they are.
"""

import sys

_COMMAND_LINE = "httpx._main"

_before = sys.modules.setdefault(_COMMAND_LINE, None)  # type: ignore[arg-type]
import httpx  # noqa: E402

if _before is None:
    del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
