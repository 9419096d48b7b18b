"""The three servers that the sources describe, as data: what each takes and how it answers.

`live` is the service as field reports saw it, with the contract of the reference; `documented` is today's
documentation; `reference` is the API reference page that clients up to 5.2 were generated from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.api.recording import DownloadUrl
from sandbox.api.schema import DocumentedStart, LiveStart, ReferenceStart

DialectName = Literal["live", "documented", "reference"]


@dataclass(frozen=True)
class Dialect:
    name: DialectName
    start: type[LiveStart | DocumentedStart | ReferenceStart]
    refuses_second: bool
    """409 where a track recording of the meeting is active; otherwise a second one starts."""
    started: Literal["recording", "nested", "empty"]
    """The answer to a start: `data` is the recording, `data.recording` is it, or 200 without a body."""
    type_in_lists: Literal["empty", "filled", "absent"]
    type_in_one: Literal["filled", "absent"]
    meeting_id: bool
    """Whether recordings carry it, in lists and alone."""
    download_url: DownloadUrl
    file_name: Literal["first", "template"]
    """A track recording's `output_file_name`: its first file's, or the documentation's template."""


DIALECTS: dict[DialectName, Dialect] = {
    "live": Dialect(
        name="live",
        start=LiveStart,
        refuses_second=True,
        started="recording",
        type_in_lists="empty",
        type_in_one="filled",
        meeting_id=True,
        download_url="links",
        file_name="first",
    ),
    "documented": Dialect(
        name="documented",
        start=DocumentedStart,
        refuses_second=False,
        started="nested",
        type_in_lists="filled",
        type_in_one="filled",
        meeting_id=False,
        download_url="list",
        file_name="template",
    ),
    "reference": Dialect(
        name="reference",
        start=ReferenceStart,
        refuses_second=False,
        started="empty",
        type_in_lists="absent",
        type_in_one="absent",
        meeting_id=False,
        download_url="text",
        file_name="first",
    ),
}
