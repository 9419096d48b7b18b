"""`preview`, `up`, `refresh` and `destroy`: exit codes, locks, files that are broken, interrupts, questions."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from sandbox.engine.crypter import PassphraseCrypter
from tests.engine.command_line import Folder, at_terminal, until
from tests.kit.engines import PASSPHRASE, ROOT, SANDBOX

NO_CONFIRMATION = (
    "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in"
    " non-interactive mode\n"
)


@pytest.fixture(scope="module")
def salt() -> str:
    return PassphraseCrypter.new(PASSPHRASE).salt


@pytest.fixture
def folder(tmp_path: Path, salt: str) -> Folder:
    made = Folder(tmp_path, salt=salt)
    made.stack_file(f"encryptionsalt: {salt}\nconfig:\n  greeting: hello\n")
    assert made.run("stack", "init", "dev", stack=None).code == 0
    return made


def locks(folder: Folder) -> list[Path]:
    return list((folder.state / ".pulumi" / "locks").rglob("*.json"))


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


# Exit codes


def test_a_life_from_preview_to_destroy(folder: Folder) -> None:
    preview = folder.run("preview")
    assert preview.code == 0
    assert " +  pulumi-python:dynamic/things:Thing a create\n" in preview.out
    assert folder.resources() == {}
    up = folder.run("up", "--yes")
    assert up.code == 0
    assert up.out.index("Previewing update (dev):") < up.out.index("Updating (dev):")
    assert folder.resources()["a"]["outputs"]["made"] == "hello"
    assert folder.run("preview", "--expect-no-changes").code == 0
    assert folder.deploy("refresh").code == 0
    destroy = folder.deploy("destroy")
    assert destroy.code == 0
    assert "run `python -m sandbox stack rm dev`" in destroy.out
    assert folder.resources() == {}
    assert locks(folder) == []


@pytest.mark.parametrize("verb", ["up", "refresh", "destroy"])
def test_nobody_is_asked_and_nothing_done_without_yes(folder: Folder, verb: str) -> None:
    result = folder.run(verb)
    assert (result.code, result.text) == (2, NO_CONFIRMATION)
    assert folder.run(verb, "--stack", "nosuch", stack=None).code == 2


def test_skip_preview_says_yes(folder: Folder) -> None:
    result = folder.run("up", "-f")
    assert result.code == 0
    assert "Previewing" not in result.out
    assert folder.run("up", PULUMI_SKIP_CONFIRMATIONS="true").code == 0


def test_unexpected_changes_are_exit_code_7(folder: Folder) -> None:
    result = folder.run("preview", "--expect-no-changes")
    assert (result.code, result.err) == (7, "error: no changes were expected for preview but changes were proposed\n")
    folder.deploy("up")
    drift = {"DRIFT": '{"a": {"size": 2}}'}
    before = folder.resources()
    result = folder.run("refresh", "--preview-only", "--expect-no-changes", **drift)
    assert (result.code, result.err) == (7, "error: no changes were expected for refresh but changes were proposed\n")
    assert folder.resources() == before
    assert folder.deploy("refresh", "--expect-no-changes", **drift).code == 7
    assert folder.resources()["a"]["inputs"]["size"] == 2
    assert folder.deploy("refresh", "--expect-no-changes", **drift).code == 0


def test_a_resource_that_fails_is_exit_code_1_and_the_rest_is_saved(folder: Folder) -> None:
    folder.program("Thing('a')\nThing('b', fail=True)\n")
    result = folder.deploy("up")
    assert result.code == 1
    assert "ValueError: b is refused" in result.out
    assert "    1 errored\n" in result.out or "    2 errored\n" in result.out
    assert folder.run("preview").code == 0
    assert "b" not in folder.resources()
    assert locks(folder) == []


def test_a_program_that_fails_is_exit_code_1(folder: Folder) -> None:
    folder.program("raise pulumi.RunError('the plan is wrong')\n")
    result = folder.run("preview")
    assert result.code == 1
    assert "the plan is wrong" in result.text


def test_wrong_words_are_exit_code_2(folder: Folder) -> None:
    for words in (["up", "--nosuch"], ["nosuch"], ["up", "--parallel", "0"], ["refresh", "--replace", "urn:x"]):
        assert folder.run(*words).code == 2


@pytest.mark.parametrize(
    "words",
    [[], ["preview"], ["up"], ["refresh"], ["destroy"], ["cancel"], ["config", "set"], ["stack", "init"], ["api"]],
)
def test_help_is_everywhere(words: list[str]) -> None:
    command = [*SANDBOX.command, *words, "--help"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("Usage: python -m sandbox ")


# Passphrase and files


def test_the_wrong_passphrase_changes_nothing(folder: Folder) -> None:
    before = folder.checkpoint.read_bytes()
    result = folder.deploy("up", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (result.code, result.text) == (1, "error: incorrect passphrase\n")
    assert folder.checkpoint.read_bytes() == before
    assert locks(folder) == []


def test_a_stack_file_without_a_salt_gets_one(folder: Folder) -> None:
    folder.stack_file("config:\n  greeting: hello\n")
    assert folder.run("preview").code == 0
    assert re.fullmatch(r"config:\n  greeting: hello\nencryptionsalt: v1:\S+\n", folder.stack_file())


def test_a_destroy_does_without_the_stack_file(folder: Folder) -> None:
    folder.program("Thing('a', s=pulumi.Output.secret('x'))\n")
    assert folder.deploy("up").code == 0
    (folder.path / "Pulumi.dev.yaml").unlink()
    assert folder.deploy("destroy").code == 0
    assert not (folder.path / "Pulumi.dev.yaml").exists()


def test_the_states_secrets_open_with_its_own_salt(folder: Folder) -> None:
    folder.program("Thing('a', s=pulumi.Output.secret('hunter2'))\n")
    assert folder.deploy("up").code == 0
    new = PassphraseCrypter.new(PASSPHRASE).salt
    folder.stack_file(f"encryptionsalt: {new}\nconfig:\n  greeting: hello\n")
    result = folder.deploy("up")
    assert result.code == 0, result.text
    assert "2 unchanged" in result.out
    latest = json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]
    assert latest["secrets_providers"]["state"]["salt"] == new
    assert folder.run("stack", "export", "--show-secrets").out.count("hunter2") > 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the state is not JSON"),
        ('{"version": 3, "checkpoint": {"stack": "x", "lat', "the state is not JSON"),
        ("[]", "the state is not a JSON object"),
        ('{"version": 9, "checkpoint": {}}', "version 9"),
        ('{"version": 3, "checkpoint": {"latest": {"resources": [{}]}}}', "malformed"),
    ],
)
def test_a_broken_state_is_named_and_left_alone(folder: Folder, content: str, problem: str) -> None:
    folder.checkpoint.write_text(content)
    for words in (["preview"], ["up", "--yes"], ["refresh", "--yes"], ["destroy", "--yes"]):
        result = folder.run(*words)
        assert result.code == 1
        assert str(folder.checkpoint) in result.text
        assert problem in result.text
        assert "Traceback" not in result.text
    assert folder.checkpoint.read_text() == content
    assert locks(folder) == []


def test_a_broken_stack_file_is_named_and_left_alone(folder: Folder) -> None:
    content = folder.stack_file("config: [1\n")
    for words in (["preview"], ["up", "--yes"], ["config", "set", "a", "1"], ["config", "set", "--secret", "a", "1"]):
        result = folder.run(*words)
        assert result.code == 1
        assert f"{folder.path}/Pulumi.dev.yaml: invalid YAML file: line 2" in result.text
    assert folder.stack_file() == content


def test_a_virtualenv_that_is_not_there_is_told_with_what_to_do(folder: Folder) -> None:
    (folder.path / "venv").unlink()
    result = folder.run("preview")
    assert result.code == 1
    assert f"python3 -m venv {folder.path}/venv" in result.text


def test_the_python_on_path_is_told(folder: Folder) -> None:
    folder.yaml("name: proj\nruntime: python\n")
    path = f"{folder.path}/venv/bin:{os.environ['PATH']}"
    result = folder.run("preview", PATH=path)
    assert result.code == 0
    assert f"Using {folder.path}/venv/bin/python3, the Python on PATH" in result.err


# Locks


def test_of_two_runs_at_once_one_is_refused_and_says_who_holds_the_lock(folder: Folder) -> None:
    first = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    until(lambda: folder.begun("a"), "the first run creates")
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
    assert locks(folder) == []


def test_a_killed_run_leaves_its_lock_and_cancel_frees_it(folder: Folder) -> None:
    run = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    until(lambda: folder.begun("a"), "the run creates")
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
    until(lambda: folder.begun("a"), "the run creates")
    run.send_signal(number)
    told = heard(run, "received; cancelling")
    folder.go()
    out = rest(run)
    assert run.returncode == 1
    assert told.startswith(f"{name} received; cancelling. If you would like to terminate immediately,")
    assert "orphaned resources" in out
    assert set(folder.resources()) >= {"a"}
    assert not folder.begun("b")
    assert locks(folder) == []


def test_the_second_interrupt_stops_at_once(folder: Folder) -> None:
    run = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    until(lambda: folder.begun("a"), "the run creates")
    run.send_signal(signal.SIGINT)
    heard(run, "received; cancelling")
    run.send_signal(signal.SIGINT)
    out = rest(run)
    assert run.returncode == 1
    assert "^C received; terminating" in out
    pending = json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]["pending_operations"]
    assert [operation["type"] for operation in pending] == ["creating"]
    assert locks(folder) == []
    folder.go()


def test_an_interrupt_of_a_preview_does_not_update(folder: Folder) -> None:
    folder.program("import time\nopen(os.environ['THINGS'] + '/p.begun', 'w')\ntime.sleep(60)\n")
    run = folder.start("up", "--yes")
    until(lambda: folder.begun("p"), "the program runs")
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "Updating" not in out
    assert "orphaned resources" not in out
    assert locks(folder) == []


# What is in the way


@pytest.mark.parametrize("words", [[], ["--json"], ["--diff"]])
def test_a_reader_that_is_gone_does_not_stop_a_deployment(folder: Folder, words: list[str]) -> None:
    folder.program("a = Thing('a')\nThing('b', opts=pulumi.ResourceOptions(depends_on=[a]))\n")
    run = folder.start("up", "--yes", "--skip-preview", *words, SLOW="a")
    until(lambda: folder.begun("a"), "the run creates")
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    folder.go()
    errors = run.stderr.read()
    run.wait(timeout=60)
    run.stderr.close()
    assert "Traceback" not in errors
    assert {"a", "b"} <= folder.resources().keys()
    assert locks(folder) == []


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


# History, JSON, options


def test_each_deployment_is_recorded_as_the_cli_does(folder: Folder) -> None:
    folder.run("config", "set", "--secret", "token", "hunter2")
    folder.deploy("up")
    folder.deploy("destroy")
    history = folder.state / ".pulumi" / "history" / "proj" / "dev"
    updates = [json.loads(path.read_text()) for path in sorted(history.glob("dev-*.history.json"))]
    assert [(update["kind"], update["result"], update["resourceChanges"]) for update in updates] == [
        ("update", "succeeded", {"create": 2}),
        ("destroy", "succeeded", {"delete": 2}),
    ]
    assert updates[0]["config"]["proj:token"]["secure"].startswith("v1:")
    assert len(list(history.glob("dev-*.checkpoint.json"))) == 2
    assert len(list((folder.state / ".pulumi" / "backups" / "proj" / "dev").glob("dev.*.json"))) == 2


def test_json_is_all_there_is_on_standard_output(folder: Folder) -> None:
    folder.program("pulumi.log.warn('careful')\nThing('a', s=pulumi.Output.secret('hunter2'))\n")
    preview = json.loads(folder.run("preview", "--json").out)
    assert [step["op"] for step in preview["steps"]] == ["create", "create"]
    assert preview["diagnostics"][0]["severity"] == "warning"
    up = folder.deploy("up", "--json")
    events = [json.loads(line) for line in up.out.splitlines()]
    assert events[-1].keys() == {"sequence", "timestamp", "cancelEvent"}
    destroy = folder.deploy("destroy", "--json")
    assert all(json.loads(line) for line in destroy.out.splitlines())
    assert "hunter2" not in up.text + destroy.text


def test_one_resource_is_replaced_or_targeted_on_request(folder: Folder) -> None:
    folder.program("Thing('a')\nThing('b')\n")
    folder.deploy("up")
    urn = folder.resources()["a"]["urn"]
    replaced = folder.deploy("up", "--replace", urn)
    assert "+-1 replaced" in replaced.out
    folder.program("Thing('a', size=1)\nThing('b', size=1)\n")
    targeted = folder.deploy("up", "--target", urn)
    assert "~ 1 updated" in targeted.out
    assert "size" not in folder.resources()["b"]["inputs"]


@pytest.mark.parametrize("words", [["--refresh"], ["--refresh=true"], ["-r"]])
def test_an_update_refreshes_first_on_request(folder: Folder, words: list[str]) -> None:
    folder.deploy("up")
    assert "1 created" in folder.deploy("up", *words, DRIFT='{"a": "gone"}').out
    assert "2 unchanged" in folder.deploy("up", "--refresh=false", DRIFT='{"a": "gone"}').out


def test_the_project_may_ask_for_a_refresh(folder: Folder) -> None:
    folder.yaml(
        "name: proj\nruntime: {name: python, options: {virtualenv: venv}}\noptions: {refresh: always}\n",
    )
    folder.deploy("up")
    assert "1 created" in folder.deploy("up", DRIFT='{"a": "gone"}').out


# At a terminal


def test_a_person_is_asked_and_may_look_first(folder: Folder) -> None:
    question = "Do you want to perform this update? (yes, no, details) [no]:"
    result = at_terminal(folder, ["up"], [(question, "details"), (question, "yes")])
    assert result.code == 0
    assert "[urn=urn:pulumi:dev::proj::pulumi-python:dynamic/things:Thing::a]" in result.out
    assert folder.resources()["a"]["id"] == "id-a"
    assert "└─ pulumi-python:dynamic/things:Thing" in re.sub(r"\x1b\[[0-9;]*m", "", result.out)


@pytest.mark.parametrize("answer", ["no", ""])
def test_a_person_may_say_no(folder: Folder, answer: str) -> None:
    result = at_terminal(folder, ["up"], [("[no]:", answer)])
    assert result.code == 1
    assert "confirmation declined, not proceeding with the update" in result.out
    assert folder.resources() == {}
    assert locks(folder) == []


def test_a_person_may_type_the_passphrase(folder: Folder) -> None:
    folder.stack_file(folder.stack_file() + f"  hidden:\n    secure: {_sealed(folder)}\n")
    question = "Enter your passphrase to unlock config/secrets for stack dev"
    env = {"PULUMI_CONFIG_PASSPHRASE": None}
    result = at_terminal(folder, ["config", "get", "hidden"], [(question, "wrong"), (question, PASSPHRASE)], **env)
    assert result.code == 0
    assert "error: incorrect passphrase" in result.out
    assert "hunter2" in result.out
    assert PASSPHRASE not in result.out


def test_in_ci_a_terminal_is_nobody(folder: Folder) -> None:
    result = at_terminal(folder, ["up"], [], CI="true")
    assert result.code == 2
    assert at_terminal(folder, ["up", "--non-interactive"], []).code == 2
    plain = at_terminal(folder, ["preview", "--non-interactive"], [])
    assert " Thing a create" in re.sub(r"\x1b\[[0-9;]*m", "", plain.out).replace("dynamic/things:", " ")


def _sealed(folder: Folder) -> str:
    salt = re.search(r"encryptionsalt: (\S+)", folder.stack_file())
    assert salt
    return PassphraseCrypter.open(PASSPHRASE, salt[1]).encrypt("hunter2")
