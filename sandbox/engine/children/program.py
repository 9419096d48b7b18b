"""Runs a Pulumi program against the engine, as the CLI's Python language host does, and ends with the engine.

Source: `sdk/python/cmd/pulumi-language-python-exec` of pulumi/pulumi.
"""

# ruff: noqa: PTH100, PTH112, PTH118, PTH120, T201 - starts with the fewest imports, and prints for the engine

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import lifeline

ERROR_WAS_SHOWN = 32
NO_SDK = "the Pulumi SDK is not installed for {python}: install the project's requirements with {python} -m pip install"


def main() -> int:
    lifeline.watch(lambda: os.killpg(os.getpgrp(), signal.SIGKILL))
    lifeline.forget_this_folder()
    settings = json.loads(sys.argv[1])
    program = settings.pop("program")
    try:
        import pulumi
        import pulumi.runtime
    except ImportError:
        traceback.print_exc()
        print(NO_SDK.format(python=sys.executable), file=sys.stderr)
        return 1
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    # The SDK would send each of its many debug messages to the engine, which shows none of them.
    pulumi.log.debug = lambda *_, **__: None
    sys.argv = [program]
    sys.path.insert(0, program if os.path.isdir(program) else os.path.dirname(program))
    # Of a program that fails, many tasks are never awaited: that is said once, by the failure itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return run(program, settings["parallel"])


def run(program: str, parallel: int) -> int:
    import pulumi

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(parallel, 1) * 4)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: run_path(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:
        pulumi.log.error("Program failed with an unhandled exception:\n" + users_traceback(program))
        return ERROR_WAS_SHOWN
    else:
        return 0
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()


def run_path(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def users_traceback(program: str) -> str:
    """The traceback from the program's own first frame on; the whole of it where the program has none."""
    main = os.path.join(program, "__main__.py") if os.path.isdir(program) else program
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        if os.path.abspath(frame.filename) == os.path.abspath(main):
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


sys.exit(main())
