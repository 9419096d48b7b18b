"""How a sandbox API is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.api.dialects import DialectName


@dataclass(frozen=True)
class Settings:
    """The options of the command, which says what they mean and has the defaults. All times in seconds."""

    dialect: DialectName
    state: Path | None
    tokens: tuple[tuple[str | None, str], ...]
    """Each with its account; None: for every account."""
    latency: float
    request_limit: int
    request_window: float
    user_limit: int
    user_window: float
    start_seconds: float
    upload_seconds: float
    short_recordings: Literal["errored", "uploaded"]
