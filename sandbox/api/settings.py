"""How a sandbox API is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sandbox.api.access import DEFAULT_TOKEN, Token
from sandbox.api.dialects import DialectName


@dataclass(frozen=True)
class Settings:
    """All times in seconds."""

    dialect: DialectName = "live"
    state: Path | None = None
    """Where recordings, meetings and the clock are kept; None: nowhere."""
    tokens: tuple[Token, ...] = field(default_factory=lambda: (Token(DEFAULT_TOKEN),))
    latency: float = 0.0
    """How long every call of the API takes before it does anything."""
    request_limit: int = 1_000
    """Requests of an account in `request_window`; 0: no limit. (Limits, D.)"""
    request_window: float = 50.0
    user_limit: int = 3_500
    """Requests with one token, whatever the account, in `user_window`; 0: no limit. (Limits, D.)"""
    user_window: float = 300.0
    start_seconds: float = 2.0
    """From INVOKED to RECORDING."""
    upload_seconds: float = 2.0
    """From UPLOADING to UPLOADED."""
    short_fails: bool = True
    """Whether a recording of less than 5 s ends as ERRORED. The service says that it may."""
