"""`python -m tests.interruptions`: every interruption in every call of every dialect, as a page in Markdown.

It goes to standard output, and what is being done to standard error.
Exit code: 1 where something was recorded twice, or lost.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, get_args

from sandbox.api.dialects import DIALECTS, DialectName
from tests.interruptions.interruptions import INTERRUPTIONS
from tests.interruptions.moments import Moment, Verb
from tests.interruptions.trial import Next, Outcome, Trial, run
from tests.kit import cli
from tests.kit.pages import cell

AT_ONCE: Final = 2
"""Trials wait most of the time, but for the starts of processes."""

HEAD: Final = """\
# Every interruption in every call

`make guarantees` wrote this page, with the Pulumi CLI {version}. In each trial one command is in all of the calls
below at once, each of them held up by the service before or after it acts, and is then interrupted. The next command
begins when the service has done what it was asked for: an `up` in one trial, a `destroy` in another. After a killed
CLI, `pulumi cancel` comes before it.

- *Begun*: recordings that the command and an `up` after it started, never two of a meeting at once. After a killed CLI
  the plugin stops what it has begun, since nobody can save its id, and the next `up` starts another one. What a CLI
  that was interrupted twice has not saved runs on, and the next `up` takes it over.
- *Running*: recordings that run in the end.
- *Audit*: of these, recordings that only `audit` shows: all that run after a `destroy`. `audit` reads what the stack
  exports; the environment gives it the token and, since a destroyed stack has none, the account, the app and the
  address of the API.
- *Lost*: of these, recordings that not even `audit` shows.

A `destroy` that had already stopped a recording when it was interrupted has done its work: the next `up` finds that the
recording has ended, and keeps it as it is.
"""

COLUMNS: Final = "| call | service | begun | running after `up` | after `destroy` | audit | lost | what the user sees |"


def trials() -> Iterator[tuple[DialectName, Verb, str, Next]]:
    yield from itertools.product(DIALECTS, get_args(Verb), INTERRUPTIONS, get_args(Next))


def perform(trial: tuple[DialectName, Verb, str, Next]) -> Trial:
    dialect, verb, interruption, following = trial
    print(f"{dialect}: {verb}, {interruption}, then {following}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="interruptions-") as folder:
        return run(Path(folder), dialect, verb, interruption, following)


def page(done: Sequence[Trial]) -> Iterator[str]:
    yield HEAD.format(version=cli.version())
    for interruption in INTERRUPTIONS:
        found = [trial for trial in done if trial.interruption == interruption]
        codes = {verb: sorted({_code(trial) for trial in found if trial.verb == verb}) for verb in get_args(Verb)}
        yield f"## {title(interruption)}\n"
        yield "; ".join(f"`{verb}` ends with {' or '.join(ends)}" for verb, ends in codes.items()) + ".\n"
        left = sorted({role for trial in found for role in trial.left})
        if left:
            yield f"Processes that stay behind: {', '.join(left)}.\n"
        yield COLUMNS
        yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
        yield from _rows(found)
        yield ""


def title(interruption: str) -> str:
    """Of its section."""
    return interruption[0].upper() + interruption[1:]


def call(moment: Moment) -> str:
    """The first column of its row."""
    return f"{moment.what}, {moment.held} the service acts"


def _code(trial: Trial) -> str:
    return "no exit code" if trial.code is None else f"exit code {trial.code}"


def _rows(found: Sequence[Trial]) -> Iterator[str]:
    """A row for each moment, or several where the dialects differ."""
    moments = dict.fromkeys(outcome.moment for trial in found for outcome in trial.outcomes)
    for moment in moments:
        rows: dict[str, list[str]] = {}
        for dialect in DIALECTS:
            row = _row([trial for trial in found if trial.dialect == dialect], moment)
            if row:
                rows.setdefault(row, []).append(dialect)
        for row, dialects in rows.items():
            where = "all" if len(dialects) == len(DIALECTS) else ", ".join(dialects)
            yield f"| {call(moment)} | {where} | {row} |"


def _row(found: Sequence[Trial], moment: Moment) -> str:
    by_next = {trial.following: outcome for trial in found for outcome in trial.outcomes if outcome.moment == moment}
    if not by_next:
        return ""
    up, destroy = by_next["up"], by_next["destroy"]
    counts = (up.begun, up.running, destroy.running, up.shown + destroy.shown, up.lost + destroy.lost)
    return " | ".join([*map(str, counts), _said(up)])


def _said(outcome: Outcome) -> str:
    return cell(outcome.said.replace(outcome.moment.name, "…"))


def main() -> int:
    if cli.find() is None:
        sys.exit(cli.MISSING)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = [*pool.map(perform, trials())]
    print("\n".join(page(done)).rstrip())
    broken = [(trial, outcome) for trial in done for outcome in trial.outcomes if not outcome.kept]
    for trial, outcome in broken:
        print(f"broken: {trial.dialect}, {trial.interruption}, then {trial.following}: {outcome}", file=sys.stderr)
    return 1 if broken or not all(trial.beside for trial in done) else 0


if __name__ == "__main__":
    sys.exit(main())
