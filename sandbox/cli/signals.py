"""What SIGINT and SIGTERM do to a command."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.engine.interrupts import Interrupts

_SIGNALS = {signal.SIGINT: ("^C", "press ^C again"), signal.SIGTERM: ("SIGTERM", "send SIGTERM again")}


@contextlib.contextmanager
def terminated_by_signal() -> Iterator[None]:
    """While it holds, SIGTERM ends the command as an interrupt does: by an exception, so that locks are let go."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def interrupts_handled(interrupts: "Interrupts", say: Callable[[str, str], None], *, preview: bool) -> Iterator[None]:
    """The first SIGINT or SIGTERM lets what runs end, the second does not."""

    def interrupt(number: signal.Signals) -> None:
        name, again = _SIGNALS[number]
        if interrupts.cancelled.is_set():
            say(f"{name} received; terminating", "bright_red")
        else:
            say(f"{name} received; cancelling. If you would like to terminate immediately, {again}.", "")
            if not preview:
                note = "Note that terminating immediately may lead to orphaned resources and other inconsistencies."
                say(note, "bright_red")
        interrupts.interrupt()

    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupt, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
