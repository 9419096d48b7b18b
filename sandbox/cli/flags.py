"""What a deploying verb was told."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Flags:
    """The names of the fields are those of the options."""

    kind: Literal["update", "refresh", "destroy"]
    stack_name: str | None
    non_interactive: bool
    parallel: int | None
    target: tuple[str, ...]
    refresh: bool | None
    """None: as the project's `options.refresh` says."""
    diff: bool
    json: bool
    run_program: bool
    yes: bool = False
    skip_preview: bool = False
    preview_only: bool = False
    expect_no_changes: bool = False
    replace: tuple[str, ...] = ()
