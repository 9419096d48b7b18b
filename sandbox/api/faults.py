"""Faults on request: which of the next calls go wrong, and how. What a fault does to a call is done in `gateway`."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from sandbox.api.validation import Body

FaultName = Literal[
    "refuse",  # before anything is read: the connection is reset
    "drop_before",  # before acting: the connection is closed
    "delay_before",  # waits, then acts
    "429",  # refused, with retry-after
    "503",  # refused, with retry-after where one is asked for
    "drop_after",  # acts, then the connection is closed without an answer
    "delay",  # acts, then the answer is late
    "500_after",  # acts, then RealtimeKit's envelope of a 500
    "html_after",  # acts, then a proxy's page
    "empty_after",  # acts, then an answer without a body
    "cut_after",  # acts, then half of the answer, and the connection is closed
]
FAULTS: tuple[FaultName, ...] = get_args(FaultName)
WITHOUT_BODY = frozenset({204, 304})
"""Statuses of answers that HTTP gives no body."""


class Match(Body):
    """Which calls: a method (`*`: any) and a glob of the path, whole or from behind the app's id (`/recordings/track`).

    The glob may leave out the slash that a path begins with. In it `*` matches everything, slashes too; `?` one
    character; upper and lower case differ.
    """

    method: str = "*"
    path: str = "*"

    def matches(self, method: str, paths: Iterable[str]) -> bool:
        if self.method.upper() not in {"*", method}:
            return False
        return any(fnmatchcase(path, glob) for path in paths for glob in (self.path, f"/{self.path}"))


class Fault(Match):
    """One kind of fault, for so many calls (`times`; null: until they are deleted)."""

    fault: FaultName
    times: Annotated[int, Field(ge=1)] | None = 1
    seconds: Annotated[float, Field(ge=0)] = 1.0
    """How long `delay` and `delay_before` take."""
    retry_after: Annotated[float, Field(ge=0)] | None = None
    """Seconds, in the answer of a `429` (where 1 is said otherwise) or a `503`."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """Of `500_after` (500 otherwise), `html_after` (502) and `empty_after` (what the call itself answers)."""

    @model_validator(mode="after")
    def _has_a_body_where_its_status_allows_one(self) -> Self:
        if self.status in WITHOUT_BODY and self.fault != "empty_after":
            raise PydanticCustomError("status_without_body", "must be one with a body", {"field": "status"})
        return self


class RandomFaults(Match):
    """Any of these faults, each call with this probability.

    The same seed and the same calls in the same order give the same faults.
    """

    probability: Annotated[float, Field(ge=0, le=1)]
    faults: list[FaultName] = Field(default_factory=lambda: list(FAULTS), min_length=1)
    seconds: Annotated[float, Field(ge=0)] = 1.0
    retry_after: Annotated[float, Field(ge=0)] | None = None


class FaultsBody(Body):
    """The longer form of the body of `POST /_sandbox/faults`; the shorter is its `faults` alone."""

    faults: list[Fault] = Field(default_factory=list)
    random: RandomFaults | None = None
    seed: int = 0


class Faults:
    """The faults that are due, the one that was asked for first before the others; those at random come last."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._due: list[Fault] = []
        self._random: RandomFaults | None = None
        self._dice = random.Random()  # noqa: S311 - it has to be repeatable, not secret

    def add(self, body: FaultsBody) -> None:
        """Adds to what is due; random faults take the place of earlier random ones."""
        self._due += body.faults
        if body.random is not None:
            self._random = body.random
            self._dice.seed(body.seed)

    def due(self) -> dict[str, Any]:
        return {
            "faults": [fault.model_dump() for fault in self._due],
            "random": None if self._random is None else self._random.model_dump(),
        }

    def take(self, method: str, paths: Collection[str]) -> Fault | None:
        """The fault of this call, counted down. paths: those that a glob is held against."""
        for number, fault in enumerate(self._due):
            if fault.matches(method, paths):
                if fault.times == 1:
                    del self._due[number]
                elif fault.times is not None:
                    self._due[number] = fault.model_copy(update={"times": fault.times - 1})
                return fault
        rule = self._random
        if rule is None or not rule.matches(method, paths) or self._dice.random() >= rule.probability:
            return None
        return Fault(fault=self._dice.choice(rule.faults), seconds=rule.seconds, retry_after=rule.retry_after)
