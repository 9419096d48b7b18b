"""Runs what is in the inbox: of each stack one command at a time, of different stacks several."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from recording_webhook import command, lock
from recording_webhook.inbox import State

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from recording_webhook.inbox import Inbox, Job
    from recording_webhook.settings import Settings, Stack

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
_PAUSE_AFTER_ERROR_SECONDS = 5.0
_LATE_SECONDS = 60.0


class Runner:
    """Looks into the inbox several times a second, and so also finds what a service that was killed left there."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._settings = settings
        self._inbox = inbox
        self._running: set[Stack] = set()
        self._looked = time.monotonic()
        self._ends: float | None = None

    @property
    def alive(self) -> bool:
        """Whether it still looks into the inbox."""
        return time.monotonic() - self._looked < _LATE_SECONDS

    def end(self) -> None:
        """Nothing more is begun; what runs has `shutdown_seconds`, then it is interrupted, once."""
        self._ends = time.monotonic() + self._settings.shutdown_seconds
        for stack in self._running:
            logger.info("waiting stack=%s seconds=%g", stack, self._settings.shutdown_seconds)

    async def run(self) -> None:
        """Returns after `end`, when every command has ended."""
        async with anyio.create_task_group() as tasks:
            while self._ends is None:
                pause = await self._look(tasks)
                await anyio.sleep(pause)

    async def _look(self, tasks: TaskGroup) -> float:
        """Begins what is ready; seconds until the next look."""
        try:
            for stack in await to_thread.run_sync(self._inbox.ready):
                self._begin(stack, tasks)
        except (sqlite3.Error, OSError) as error:
            logger.error("the store fails: problem=%r", str(error))  # noqa: TRY400  the message tells, and this repeats
            return _PAUSE_AFTER_ERROR_SECONDS
        self._looked = time.monotonic()
        return _POLL_SECONDS

    def _begin(self, stack: Stack, tasks: TaskGroup) -> None:
        if self._ends is not None or stack in self._running or len(self._running) >= self._settings.at_once:
            return
        descriptor = lock.take(self._settings.store, stack)
        if descriptor is not None:
            self._running.add(stack)
            tasks.start_soon(self._work, stack, descriptor)

    async def _work(self, stack: Stack, descriptor: int) -> None:
        try:
            job = None if self._ends is not None else await to_thread.run_sync(self._inbox.claim, stack)
            if job is not None and job.state is State.GIVEN_UP:
                self._tell(job, "")
            elif job is not None:
                await self._run(job, descriptor)
        except Exception:  # the job stays in the inbox as running, and without its lock it is taken up again
            logger.exception("failed stack=%s", stack)
            await anyio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
        finally:
            os.close(descriptor)  # only now: with the result recorded, another service finds nothing to take up
            self._running.discard(stack)

    async def _run(self, job: Job, descriptor: int) -> None:
        stack, action = job.stack, job.action.value
        logger.info("begun stack=%s run=%s webhooks=%d attempt=%d", stack, action, job.webhooks, job.attempts)
        words = command.arguments(self._settings.command, stack, job.action)
        ended = await command.run(words, lock=descriptor, must_stop=partial(self._must_stop, stack))
        for line in ended.lines:
            logger.log(logging.ERROR if ended.code else logging.INFO, "%s | %s", stack, line)
        if ended.code == 0:
            await to_thread.run_sync(self._inbox.succeed, job)
            logger.info("done stack=%s run=%s seconds=%.1f", stack, action, ended.seconds)
        elif self._ends is not None:
            await to_thread.run_sync(self._inbox.release, job)
            logger.warning("interrupted stack=%s run=%s: it runs again at the next start", stack, action)
        elif ended.locked:
            await to_thread.run_sync(self._inbox.postpone, job, ended.problem)
            pause = self._settings.retry.locked_seconds
            logger.warning("locked stack=%s run=%s: somebody else has it, again in seconds=%g", stack, action, pause)
        else:
            after = await to_thread.run_sync(self._inbox.fail, job, ended.problem)
            self._tell(after, f" seconds={ended.seconds:.1f}")

    def _tell(self, job: Job, took: str) -> None:
        what = f"failed stack={job.stack} run={job.action.value}{took} problem={job.detail!r}"
        if job.state is State.GIVEN_UP:
            logger.error("%s: given up after attempt=%d; `retry` runs it again", what, job.attempts)
        else:
            logger.warning("%s: again in seconds=%.1f", what, max(0.0, job.time - time.time()))

    def _must_stop(self, stack: Stack, seconds: float) -> bool:
        late = seconds >= self._settings.time_limit_seconds
        if late or (self._ends is not None and time.monotonic() >= self._ends):
            reason = "it runs longer than time_limit_seconds" if late else "the service ends"
            logger.warning("interrupting stack=%s seconds=%.1f reason=%r", stack, seconds, reason)
            return True
        return False
