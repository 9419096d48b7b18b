"""Runs the jobs of the inbox: one command at a time on each stack, several stacks at once."""

import hashlib
import logging
import math
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from filelock import FileLock, Timeout

from recording_webhook import command
from recording_webhook.inbox import Inbox, Job
from recording_webhook.settings import Settings, Stack

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
_PAUSE_AFTER_ERROR_SECONDS = 5.0


class Runner:
    """Looks into the inbox several times a second, and so also finds what a service that was killed left there."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._settings = settings
        self._inbox = inbox
        self._running: set[Stack] = set()
        self._stopping = threading.Event()
        self._interrupt_at = math.inf
        self._thread = threading.Thread(target=self._run, name="runner")

    @property
    def alive(self) -> bool:
        """Whether jobs are being run."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to run jobs, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what runs; after `shutdown_seconds`, interrupt it and wait on."""
        self._interrupt_at = time.monotonic() + self._settings.shutdown_seconds
        self._stopping.set()
        for stack in list(self._running):
            logger.info("waiting stack=%s seconds=%g", stack, self._settings.shutdown_seconds)
        self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(self._settings.at_once) as pool:
            while not self._stopping.wait(_POLL_SECONDS):
                try:
                    for stack in self._due_stacks():
                        if stack not in self._running and len(self._running) < self._settings.at_once:
                            self._running.add(stack)
                            pool.submit(self._work, stack)
                except (sqlite3.Error, OSError) as error:
                    logger.error("the store fails: problem=%r", str(error))  # noqa: TRY400  it repeats
                    self._stopping.wait(_PAUSE_AFTER_ERROR_SECONDS)

    def _due_stacks(self) -> list[Stack]:
        """What starts a recording goes first: each second that it waits is missing from the recording."""
        jobs = [job for job in self._inbox.jobs() if job.due <= time.time()]
        jobs.sort(key=lambda job: (job.action != "up", job.due))
        stacks = [self._settings.stack(job.meeting) for job in jobs]
        return [stack for stack in dict.fromkeys(stacks) if stack is not None]

    def _work(self, stack: Stack) -> None:
        name = hashlib.sha256(f"{stack.project}\0{stack.stack}".encode()).hexdigest()[:16]
        try:
            # The system frees the lock when its holder is gone. A command that outlives a killed service has the
            # engine's own lock on the stack.
            with FileLock(self._settings.store / f"stack-{name}.lock", timeout=0):
                jobs = self._jobs(stack)
                if jobs and not self._stopping.is_set():
                    self._deploy(stack, jobs)
        except Timeout:
            pass  # another service on this store runs it
        except Exception:  # the jobs stay in the inbox, with the time of their next run
            logger.exception("failed stack=%s", stack)
        finally:
            self._running.discard(stack)

    def _jobs(self, stack: Stack) -> list[Job]:
        """What one run does: with a job that is due, everything of its stack but second looks that are not due yet."""
        now = time.time()
        jobs = [job for job in self._inbox.jobs() if self._settings.stack(job.meeting) == stack]
        due = any(job.due <= now for job in jobs)
        return [job for job in jobs if due and (job.state != "later" or job.due <= now)]

    def _deploy(self, stack: Stack, jobs: list[Job]) -> None:
        action = "up" if any(job.action == "up" for job in jobs) else "refresh"  # `up --refresh` includes `refresh`
        before = min(job.attempts for job in jobs)
        attempt = before + 1
        pause = min(self._settings.longest_retry_seconds, self._settings.retry_seconds * 2.0 ** min(before, 30))
        what = f"stack={stack} run={action}"
        # Recorded before it begins: a run that takes the service down with it waits longer each time, too.
        self._inbox.update(jobs, "running", time.time() + pause, attempt)
        logger.info("begun %s jobs=%d attempt=%d", what, len(jobs), attempt)
        began = time.monotonic()
        limit = began + self._settings.time_limit_seconds
        result = command.run(self._settings.command, stack, action, lambda: min(limit, self._interrupt_at))
        for line in result.lines:
            logger.log(logging.ERROR if result.code else logging.INFO, "%s | %s", stack, line)
        if result.code == 0:
            self._inbox.remove(jobs)
            logger.info("done %s seconds=%.1f", what, time.monotonic() - began)
        elif self._stopping.is_set():
            self._inbox.update(jobs, "waiting", time.time(), before)
            logger.warning("interrupted %s: it runs again at the next start", what)
        else:
            self._inbox.update(jobs, "failed", time.time() + pause, attempt, result.problem)
            logger.error("failed %s problem=%r: again in seconds=%g", what, result.problem, pause)
