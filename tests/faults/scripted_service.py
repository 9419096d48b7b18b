"""A service that works, written as a script: what a test is about, it answers otherwise."""

from typing import Any

from tests.kit.in_process import Plugin
from tests.kit.scripted import Answer, Request, Scripted

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
R1 = {"id": "r1", "status": "RECORDING", "type": "TRACK", "output_file_name": "a.webm"}
NONE = {"success": True, "data": [], "paging": {"total_count": 0, "start_offset": 0, "end_offset": 0}}
ONE = {"success": True, "data": [R1], "paging": {"total_count": 1, "start_offset": 1, "end_offset": 1}}


class Service:
    """A service that works: nothing runs until a start, then `r1`; what a test gives in `answers` comes instead."""

    def __init__(self, **answers: Any) -> None:
        self.started = False
        self.answers = answers

    def __call__(self, request: Request) -> Answer:
        kind = self.kind(request)
        self.started |= kind == "start"
        given = self.answers.get(kind)
        if isinstance(given, list):
            given = given.pop(0) if given else None
        if isinstance(given, Answer):
            return given
        return Answer((ONE if self.started else NONE) if kind == "look" else {"success": True, "data": R1})

    def kind(self, request: Request) -> str:
        if request.method == "POST":
            return "start"
        if request.path.partition("?")[0].endswith("/recordings"):
            return "look"
        return "session" if request.path.endswith("/active-session") else "one"


def plugin_of(server: Scripted, **config: Any) -> Plugin:
    return Plugin(server, **{"timeoutSeconds": 1, **config})  # type: ignore[arg-type]


def after(seconds: Any) -> Answer:
    """Too many requests; `retry-after` says so many seconds, or whatever is given."""
    error = {"success": False, "errors": [{"code": 10429, "message": "slow down"}]}
    return Answer(error, status=429, headers={} if seconds is None else {"retry-after": str(seconds)})
