"""`preview`, `up`, `refresh` and `destroy`: exit codes, files that are broken, options."""

import json
import os
import subprocess

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE, ROOT, SANDBOX

NO_CONFIRMATION = (
    "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in"
    " non-interactive mode\n"
)


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
    assert folder.locks() == []


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
    assert folder.locks() == []


UNHANDLED = "an unhandled error occurred: program exited with non-zero exit code: "


@pytest.mark.parametrize(
    ("program", "words", "errors"),
    [
        pytest.param("raise pulumi.RunError('wrong')\n", [], ["wrong", f"{UNHANDLED}1"], id="RunError"),
        pytest.param("import sys\nsys.exit(3)\n", [], [f"{UNHANDLED}3"], id="exit"),
        pytest.param("os.kill(os.getpid(), 9)\n", [], [f"{UNHANDLED}-1"], id="killed"),
        pytest.param("raise KeyError('x')\n", [], ["Program failed with an unhandled exception"], id="exception"),
        pytest.param("Thing('a')\nThing('a')\n", [], ["Duplicate resource URN"], id="refused"),
        pytest.param("Thing('a')\n", ["--replace", "urn:x"], ["Target 'urn:x' could not be found"], id="replace"),
        pytest.param("Thing('a')\n", ["--target", "urn:x"], ["Target 'urn:x' could not be found"], id="target"),
        pytest.param("Thing('a', fail=True)\n", [], ["ValueError: a is refused", "update failed"], id="step"),
    ],
)
def test_what_ended_a_deployment_is_said_once(
    folder: Folder, program: str, words: list[str], errors: list[str]
) -> None:
    folder.program(program)
    result = folder.deploy("up", "--json", *words)
    assert result.code == 1
    events = [json.loads(line).get("diagnosticEvent", {}) for line in result.out.splitlines()]
    said = [event["message"] for event in events if event.get("severity") == "error"]
    assert len(said) == len(errors), said
    assert all(expected in message for expected, message in zip(errors, said, strict=True)), said


def test_a_destroy_may_be_previewed_alone(folder: Folder) -> None:
    folder.deploy("up")
    result = folder.run("destroy", "--preview-only")
    assert result.code == 0, result.text
    assert "    - 2 to delete\n" in result.out
    assert "have been deleted" not in result.out
    assert "a" in folder.resources()


@pytest.mark.parametrize("words", [["destroy"], ["refresh"], ["refresh", "--run-program"]], ids=" ".join)
def test_what_is_not_there_is_neither_read_nor_deleted(folder: Folder, words: list[str]) -> None:
    folder.deploy("up")
    result = folder.deploy(*words, "--target", "urn:x", "--target", folder.resources()["a"]["urn"])
    assert (result.code, result.err) == (1, "error: no resource named 'urn:x' found\n")
    assert "Resources:" not in result.out
    assert "a" in folder.resources()
    assert folder.locks() == []


def test_what_may_not_be_deleted_fails_the_deployment(folder: Folder) -> None:
    folder.program("a = Thing('a')\nThing('b', opts=pulumi.ResourceOptions(depends_on=[a]))\n")
    folder.deploy("up")
    result = folder.deploy("destroy", "--target", folder.resources()["a"]["urn"])
    assert result.code == 1
    assert "will be destroyed but was not specified in --target list" in result.out
    assert "error: update failed" in result.out
    assert set(folder.resources()) >= {"a", "b"}


def test_a_program_that_fails_is_exit_code_1(folder: Folder) -> None:
    folder.program("raise pulumi.RunError('the plan is wrong')\n")
    result = folder.run("preview")
    assert result.code == 1
    assert "the plan is wrong" in result.text


def test_wrong_words_are_exit_code_1(folder: Folder) -> None:
    for words in (
        ["preview", "--yes"],
        ["config", "set"],
        ["config", "get", "key", "value"],
        ["stack"],
        [],
        ["up", "--nosuch"],
        ["nosuch"],
        ["up", "--parallel", "x"],
        ["up", "--yes=perhaps"],
        ["up", "--yes", "--refresh", "false"],
        ["refresh", "--replace", "urn:x"],
    ):
        assert folder.run(*words).code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--non-interactive", "-C", ".", "preview"],
        ["preview", "--non-interactive=true", "--diff=true", "--json=false"],
        ["preview", "--parallel", "0"],
        ["preview", "-p", "-1"],
        ["preview", "-p=2"],
        ["preview", "-p2", "-rj=false"],
        ["up", "--yes=true", "--skip-preview=True"],
        ["refresh", "--preview-only", "--yes=false"],
    ],
    ids=" ".join,
)
def test_words_may_stand_as_they_may_for_the_cli(folder: Folder, words: list[str]) -> None:
    environment = {"PULUMI_PARALLEL": "0", "PULUMI_RUN_PROGRAM": "x", "PULUMI_SKIP_CONFIRMATIONS": "no"}
    result = folder.run(*words, **environment)
    assert result.code == 0, result.text
    assert "Resources:" in result.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["refresh", "--preview-only", "--yes"], "--yes and --preview-only cannot be used together"),
        (["refresh", "--preview-only", "-f"], "--skip-preview and --preview-only cannot be used together"),
        (["destroy", "--preview-only", "--yes"], "--yes and --preview-only cannot be used together"),
        (["cancel", "dev"], "only one of --stack or argument stack name may be specified, not both"),
        (["stack", "rm", "dev", "--yes"], "only one of --stack or argument stack name may be specified, not both"),
        (["stack", "init", "new"], "only one of --stack or argument stack name may be specified, not both"),
    ],
)
def test_words_that_contradict_each_other_are_exit_code_1(folder: Folder, words: list[str], says: str) -> None:
    result = folder.run(*words)
    assert (result.code, result.err) == (1, f"error: {says}\n")


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
    assert folder.locks() == []


def test_a_stack_file_without_a_salt_gets_the_states(folder: Folder, salt: str) -> None:
    without = folder.stack_file("config:\n  greeting: hello\n")
    wrong = folder.run("preview", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (wrong.code, wrong.text) == (1, "error: incorrect passphrase\n")
    assert folder.stack_file() == without
    assert folder.run("preview").code == 0
    assert folder.stack_file() == f"{without}encryptionsalt: {salt}\n"


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
    assert folder.locks() == []


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


def test_json_for_a_reader_that_has_enough_is_no_failure(folder: Folder) -> None:
    process = folder.start("up", "--yes", "--skip-preview", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=120), said) == (0, "")
    assert "a" in folder.resources()


def test_a_secret_of_the_configuration_is_in_no_message(folder: Folder) -> None:
    folder.run("config", "set", "--secret", "token", 'hunter"2')
    folder.run("config", "set", "--secret", "--path", "deep.pin", "9x")
    folder.program(
        "import json\nconfig = pulumi.Config()\ntoken = config.require('token')\nprint(token, json.dumps(token))\n"
        "pulumi.log.warn(f'<{token}>')\nprint(config.require_object('deep')['pin'])\nraise pulumi.RunError(token)\n"
    )
    result = folder.run("preview")
    assert result.code == 1
    assert "hunter" not in result.text
    assert '[secret] "[secret]"' in result.out
    assert "warning: <[secret]>" in result.out
    assert "9x" in result.out


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


@pytest.mark.parametrize(
    "words", [["--refresh"], ["--refresh=true"], ["-r"], ["-rf"], ["-r=true"], ["-ryp", "2"], ["-frp=2"]], ids=" ".join
)
def test_an_update_refreshes_first_on_request(folder: Folder, words: list[str]) -> None:
    folder.deploy("up")
    assert "1 created" in folder.deploy("up", *words, DRIFT='{"a": "gone"}').out
    assert "2 unchanged" in folder.deploy("up", "--refresh=false", DRIFT='{"a": "gone"}').out


@pytest.mark.parametrize("flags", [[], ["--run-program"]])
def test_a_destroy_that_refreshes_first_deletes_what_is_left(folder: Folder, flags: list[str]) -> None:
    folder.program("a = Thing('a')\nThing('b', opts=pulumi.ResourceOptions(parent=a))\n")
    folder.deploy("up")
    destroy = folder.deploy("destroy", "--refresh", *flags, DRIFT='{"a": "gone"}')
    assert destroy.code == 0, destroy.text
    assert folder.resources() == {}
    assert "- 2 deleted" in destroy.out


def test_to_look_something_up_is_no_change(folder: Folder) -> None:
    lookup = "Thing('b', opts=pulumi.ResourceOptions(id='there'))\n"
    folder.program(f"Thing('a')\n{lookup}")
    folder.deploy("up")
    drift = {"DRIFT": '{"b": {"size": 2}}'}
    assert folder.run("preview", "--expect-no-changes", **drift).code == 0
    folder.program("Thing('a')\n")
    preview = folder.run("preview", "--expect-no-changes")
    assert preview.code == 0
    assert " <  pulumi-python:dynamic/things:Thing b discard\n" in preview.out


def test_the_project_may_ask_for_a_refresh(folder: Folder) -> None:
    folder.yaml(
        "name: proj\nruntime: {name: python, options: {virtualenv: venv}}\noptions: {refresh: always}\n",
    )
    folder.deploy("up")
    assert "1 created" in folder.deploy("up", DRIFT='{"a": "gone"}').out
    assert "2 unchanged" in folder.deploy("up", "--refresh=false", DRIFT='{"a": "gone"}').out
