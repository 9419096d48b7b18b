"""Locks, interrupts, and what else comes between a command and its end."""

import json
import shutil
import signal
import subprocess

import pytest

from tests.engine.command_line import Folder
from tests.kit.waiting import eventually


def heard(run: "subprocess.Popen[str]", words: str) -> str:
    """The next line of the run that has these words."""
    assert run.stdout
    for line in run.stdout:
        if words in line:
            return line
    pytest.fail(f"{words!r} was never said")


def rest(run: "subprocess.Popen[str]") -> str:
    """What else the run says, until its end."""
    assert run.stdout
    said = run.stdout.read()
    run.communicate(timeout=60)
    return said


# Locks


def test_of_two_runs_at_once_one_is_refused_and_says_who_holds_the_lock(folder: Folder) -> None:
    first = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the first run creates")
    for words in (["up", "--yes"], ["destroy", "--yes"], ["refresh", "--yes"], ["stack", "rm", "--yes"]):
        second = folder.run(*words)
        assert second.code == 1
        assert "the stack is currently locked by 1 lock(s)" in second.text
        assert f"(pid {first.pid}) at " in second.text
        assert "`python -m sandbox cancel`" in second.text
    assert folder.run("preview").code == 0
    assert folder.run("stack", "output").code == 0
    folder.go()
    assert first.communicate(timeout=60)[0]
    assert first.returncode == 0
    assert folder.locks() == []


def test_a_killed_run_leaves_its_lock_and_cancel_frees_it(folder: Folder) -> None:
    run = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the run creates")
    run.kill()
    run.communicate()
    folder.go()
    refused = folder.deploy("up")
    assert refused.code == 1
    assert "locked by 1 lock(s)" in refused.text
    assert folder.run("cancel", "--yes").code == 0
    again = folder.deploy("up")
    assert again.code == 0
    assert "interrupted while creating" in again.text


# Interrupts


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "^C"), (signal.SIGTERM, "SIGTERM")])
def test_the_first_interrupt_lets_what_runs_end(folder: Folder, number: signal.Signals, name: str) -> None:
    folder.program("a = Thing('a')\nThing('b', opts=pulumi.ResourceOptions(depends_on=[a]))\n")
    run = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the run creates")
    run.send_signal(number)
    told = heard(run, "received; cancelling")
    folder.go()
    out = rest(run)
    assert run.returncode == 1
    assert told.startswith(f"{name} received; cancelling. If you would like to terminate immediately,")
    assert "orphaned resources" in out
    assert set(folder.resources()) >= {"a"}
    assert not folder.begun("b")
    assert folder.locks() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], ["error: update failed\n", "    1 errored\n"]),
        (["--json"], ['"result":"canceled"', '"message":"update failed\\n"']),
    ],
    ids=["for people", "json"],
)
def test_the_second_interrupt_stops_at_once(folder: Folder, words: list[str], says: list[str]) -> None:
    run = folder.start("up", "--yes", "--skip-preview", *words, SLOW="a")
    eventually(lambda: folder.begun("a"), "the run creates")
    run.send_signal(signal.SIGINT)
    heard(run, "received; cancelling")
    run.send_signal(signal.SIGINT)
    assert run.stdout
    assert run.stderr
    out = run.stdout.read()
    assert run.stderr.read() == "error: update cancelled\n"
    run.communicate(timeout=60)
    assert run.returncode == 1
    assert "^C received; terminating" in out
    assert all(text in out for text in says), out
    pending = json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]["pending_operations"]
    assert [operation["type"] for operation in pending] == ["creating"]
    assert folder.locks() == []
    folder.go()


def test_an_interrupt_of_a_preview_does_not_update(folder: Folder) -> None:
    folder.program("import time\nopen(os.environ['THINGS'] + '/p.begun', 'w')\ntime.sleep(60)\n")
    run = folder.start("up", "--yes")
    eventually(lambda: folder.begun("p"), "the program runs")
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "Updating" not in out
    assert "orphaned resources" not in out
    assert folder.locks() == []


# What is in the way


@pytest.mark.parametrize("words", [[], ["--json"], ["--diff"]])
def test_a_reader_that_is_gone_does_not_stop_a_deployment(folder: Folder, words: list[str]) -> None:
    folder.program("a = Thing('a')\nThing('b', opts=pulumi.ResourceOptions(depends_on=[a]))\n")
    run = folder.start("up", "--yes", "--skip-preview", *words, SLOW="a")
    eventually(lambda: folder.begun("a"), "the run creates")
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    folder.go()
    errors = run.stderr.read()
    run.wait(timeout=60)
    run.stderr.close()
    assert "Traceback" not in errors
    assert {"a", "b"} <= folder.resources().keys()
    assert folder.locks() == []


def test_a_folder_that_cannot_be_written_is_named(folder: Folder) -> None:
    blocked = folder.state / ".pulumi" / "locks"
    shutil.rmtree(blocked)
    blocked.write_text("in the way")
    result = folder.deploy("up")
    assert result.code == 1
    assert f"error: {blocked}" in result.err
    assert "Traceback" not in result.text


def test_a_deployment_without_a_record_is_told_to_be_done(folder: Folder) -> None:
    (folder.state / ".pulumi" / "history").write_text("in the way")
    result = folder.deploy("up")
    assert result.code == 1
    assert "error: the deployment is over, but no record of it could be written: " in result.err
    assert folder.resources()["a"]["id"] == "id-a"
    assert folder.run("preview", "--expect-no-changes").code == 0


def test_a_stack_file_may_be_a_link(folder: Folder) -> None:
    file = folder.path / "Pulumi.dev.yaml"
    file.rename(folder.path / "elsewhere.yaml")
    file.symlink_to("elsewhere.yaml")
    assert folder.run("config", "set", "greeting", "hi").code == 0
    assert file.is_symlink()
    assert "proj:greeting" not in (folder.path / "elsewhere.yaml").read_text()
    assert "greeting: hi" in (folder.path / "elsewhere.yaml").read_text()
