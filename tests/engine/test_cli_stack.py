"""`stack init`, `rm`, `output`, `export`, `import`, and `cancel`."""

import json
import subprocess
from pathlib import Path

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE, ROOT, SANDBOX, clean_environment

EXPORTS = """
a = Thing('a')
pulumi.export('text', a.made)
pulumi.export('secret', pulumi.Output.secret('hunter2'))
pulumi.export('object', {'n': 1.5, 's': [pulumi.Output.secret('hunter2')]})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# init


def test_init_makes_the_state_and_a_salt(folder: Folder) -> None:
    result = folder.run("stack", "init", "dev", stack=None)
    assert (result.code, result.text) == (0, "Created stack 'dev'\n")
    salt = folder.stack_file().removeprefix("encryptionsalt: ").strip()
    PassphraseCrypter.open(PASSPHRASE, salt)
    document = json.loads(folder.checkpoint.read_text())
    assert document["version"] == 3
    assert document["checkpoint"]["stack"] == "organization/proj/dev"
    assert document["checkpoint"]["latest"]["secrets_providers"] == {"type": "passphrase", "state": {"salt": salt}}
    assert (folder.state / ".pulumi" / "meta.yaml").read_text() == "version: 1\n"


def test_init_keeps_a_stack_file_that_is_there(folder: Folder) -> None:
    salt = PassphraseCrypter.new(PASSPHRASE).salt
    content = folder.stack_file(f"# mine\nconfig:\n  a: 1\nencryptionsalt: {salt}\n")
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    assert folder.stack_file() == content


def test_init_adds_a_salt_where_there_is_none(folder: Folder) -> None:
    folder.stack_file("# mine\nconfig:\n  a: 1\n")
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    assert folder.stack_file().startswith("# mine\nconfig:\n  a: 1\nencryptionsalt: v1:")


def test_init_with_the_wrong_passphrase_changes_nothing(folder: Folder) -> None:
    content = folder.stack_file(f"encryptionsalt: {PassphraseCrypter.new('another').salt}\n")
    result = folder.run("stack", "init", "dev", stack=None)
    assert (result.code, result.text) == (1, "error: incorrect passphrase\n")
    assert folder.stack_file() == content
    assert not folder.checkpoint.exists()


def test_init_without_a_passphrase_says_which_variable(folder: Folder) -> None:
    result = folder.run("stack", "init", "dev", stack=None, PULUMI_CONFIG_PASSPHRASE=None)
    assert result.code == 1
    assert "must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" in result.text
    assert not folder.checkpoint.exists()


def test_the_passphrase_may_stand_in_a_file(folder: Folder) -> None:
    (folder.path / "passphrase").write_text(f"{PASSPHRASE}\n")
    variables = {"PULUMI_CONFIG_PASSPHRASE": None, "PULUMI_CONFIG_PASSPHRASE_FILE": "passphrase"}
    assert folder.run("stack", "init", "dev", stack=None, **variables).code == 0
    assert folder.run("config", "set", "--secret", "a", "x").code == 0
    result = folder.run("config", "get", "a", PULUMI_CONFIG_PASSPHRASE=None, PULUMI_CONFIG_PASSPHRASE_FILE="gone")
    assert result.code == 1
    assert "unable to read PULUMI_CONFIG_PASSPHRASE_FILE: gone" in result.text


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["stack", "init"], "missing stack name"),
        (["stack", "init", "a b"], "a stack name may only contain"),
        (["stack", "init", "acme/dev"], "organization name must be 'organization'"),
    ],
)
def test_init_refuses_names_that_cannot_be(folder: Folder, words: list[str], problem: str) -> None:
    result = folder.run(*words, stack=None)
    assert result.code == 1
    assert problem in result.text


def test_init_refuses_a_stack_that_exists(folder: Folder) -> None:
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    before = folder.checkpoint.read_bytes()
    result = folder.run("stack", "init", "organization/proj/dev", stack=None)
    assert (result.code, result.text) == (1, "error: stack 'organization/proj/dev' already exists\n")
    assert folder.checkpoint.read_bytes() == before


# The stack that a command is about


def test_no_such_stack_is_exit_code_6(folder: Folder) -> None:
    for words in (["up", "--yes"], ["stack", "output"], ["stack", "export"], ["config", "get", "a"], ["cancel"]):
        result = folder.run(*words, stack="nosuch")
        assert (result.code, result.text) == (6, "error: no stack named 'nosuch' found\n")


def test_a_variable_names_the_stack_and_an_option_prevails(folder: Folder) -> None:
    for name in ("dev", "prod"):
        assert folder.run("stack", "init", name, stack=None).code == 0
        assert folder.run("config", "set", "which", name, stack=name).code == 0
    assert folder.run("config", "get", "which", stack=None, PULUMI_STACK="prod").out == "prod\n"
    assert folder.run("config", "get", "which", stack="dev", PULUMI_STACK="prod").out == "dev\n"
    result = folder.run("config", "get", "which", stack=None)
    assert result.code == 6
    assert "no stack selected; specify a stack name with --stack or PULUMI_STACK; there are dev, prod" in result.text


def test_without_a_project_a_stack_has_its_full_name(folder: Folder, tmp_path: Path) -> None:
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    env = folder.environment({})
    short = SANDBOX.run(tmp_path, "stack", "export", "--stack", "dev", env=env)
    assert short.code == 1
    assert "no Pulumi.yaml project file found" in short.text
    assert SANDBOX.run(tmp_path, "stack", "export", "--stack", "organization/proj/dev", env=env).code == 0


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (None, "no backend: set PULUMI_BACKEND_URL to file://"),
        ("s3://bucket", "backend s3:// is not supported here"),
        ("file:///nowhere/at/all", "/nowhere/at/all does not exist"),
    ],
)
def test_the_backend_has_to_be_a_folder(folder: Folder, url: str | None, problem: str) -> None:
    result = folder.run("stack", "export", PULUMI_BACKEND_URL=url)
    assert result.code == 1
    assert problem in result.text
    assert "Traceback" not in result.text


def test_the_project_may_name_the_backend(folder: Folder) -> None:
    folder.yaml(f"name: proj\nruntime: python\nbackend:\n  url: {folder.state.as_uri()}\n")
    assert folder.run("stack", "init", "dev", stack=None, PULUMI_BACKEND_URL=None).code == 0
    assert folder.checkpoint.exists()


def test_a_folder_that_is_not_there_is_wrong_usage(folder: Folder) -> None:
    result = SANDBOX.run(folder.path / "gone", "stack", "export", env=clean_environment())
    assert result.code == 1
    assert "does not exist" in result.text


# output, export, import


def test_outputs_are_shown_with_secrets_hidden(folder: Folder) -> None:
    folder.program(EXPORTS)
    folder.run("stack", "init", "dev", stack=None)
    assert folder.run("stack", "output").out == (
        "Current stack outputs (0):\n    No output values currently in this stack\n"
    )
    folder.run("config", "set", "greeting", "hello")
    assert folder.deploy("up").code == 0
    assert folder.run("stack", "output", PULUMI_CONFIG_PASSPHRASE=None).out == (
        "Current stack outputs (3):\n"
        "    OUTPUT  VALUE\n"
        '    object  {"n":1.5,"s":["[secret]"]}\n'
        "    secret  [secret]\n"
        "    text    hello\n"
    )
    assert json.loads(folder.run("stack", "output", "--json").out) == {
        "object": {"n": 1.5, "s": ["[secret]"]},
        "secret": "[secret]",
        "text": "hello",
    }
    shown = folder.run("stack", "output", "--json", "--show-secrets")
    assert json.loads(shown.out)["object"] == {"n": 1.5, "s": ["hunter2"]}
    assert folder.run("stack", "output", "text").out == "hello\n"
    assert folder.run("stack", "output", "secret", "--show-secrets").out == "hunter2\n"
    assert json.loads(folder.run("stack", "output", "object", "--json").out) == {"n": 1.5, "s": ["[secret]"]}
    missing = folder.run("stack", "output", "nosuch")
    assert (missing.code, missing.err) == (1, "error: current stack does not have output property 'nosuch'\n")
    wrong = folder.run("stack", "output", "--show-secrets", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (wrong.code, wrong.text) == (1, "error: incorrect passphrase\n")


def test_outputs_of_several_lines_and_with_signs(folder: Folder) -> None:
    folder.program("pulumi.export('text', 'one\\ntwo')\npulumi.export('signs', {'x': '<&>'})\n")
    folder.run("stack", "init", "dev", stack=None)
    assert folder.deploy("up").code == 0
    assert folder.run("stack", "output").out == (
        'Current stack outputs (2):\n    OUTPUT  VALUE\n    signs   {"x":"<&>"}\n    text    one\n            two\n'
    )
    assert folder.run("stack", "output", "signs").out == '{"x":"<&>"}\n'
    assert folder.run("stack", "--stack", "dev", "output", "text", stack=None).out == "one\ntwo\n"


def test_the_stack_may_stand_before_the_verb(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    set_ = ["-C", str(folder.path), "config", "-s", "dev", "set", "which", "this"]
    subprocess.run([*SANDBOX.command, *set_], cwd=ROOT, env=folder.environment({}), check=True)
    assert folder.run("config", "get", "which").out == "this\n"


def test_a_state_goes_out_and_comes_back(folder: Folder) -> None:
    folder.program(EXPORTS)
    folder.run("stack", "init", "dev", stack=None)
    folder.run("config", "set", "greeting", "hello")
    folder.deploy("up")
    exported = folder.run("stack", "export").out
    assert "hunter2" not in exported
    before = json.loads(exported)["deployment"]["resources"]
    assert folder.deploy("destroy").code == 0
    assert folder.run("stack", "import", stdin=exported).out == "Import complete.\n"
    after = json.loads(folder.run("stack", "export").out)["deployment"]["resources"]
    assert [resource["urn"] for resource in after] == [resource["urn"] for resource in before]
    assert folder.run("stack", "output", "secret", "--show-secrets").out == "hunter2\n"
    assert folder.run("preview", "--expect-no-changes").code == 0


def test_secrets_that_go_out_in_clear_come_back_sealed(folder: Folder) -> None:
    folder.program(EXPORTS)
    folder.run("stack", "init", "dev", stack=None)
    folder.run("config", "set", "greeting", "hello")
    folder.deploy("up")
    file = folder.path / "exported.json"
    assert folder.run("stack", "export", "--show-secrets", "--file", "exported.json").out == ""
    assert "hunter2" in file.read_text()
    assert folder.run("stack", "import", "--file", "exported.json").code == 0
    assert "hunter2" not in folder.checkpoint.read_text()
    assert folder.run("stack", "output", "secret", "--show-secrets").out == "hunter2\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("nonsense", "standard input: the state is not JSON"),
        ("[]", "standard input: the state is not a JSON object"),
        ('{"version": 2, "deployment": {}}', "version 2, this engine reads the versions 3 and 4"),
        ('{"version": 3}', "a deployment is expected"),
        ('{"version": 4, "features": ["views"], "deployment": {}}', "does not implement: views"),
        (
            '{"version": 3, "deployment": {"secrets_providers": {"type": "cloud", "state": {}}}}',
            "secrets provider cloud is not supported here",
        ),
        (
            '{"version": 3, "deployment": {"resources": [{"urn": "urn:pulumi:prod::proj::t:t:T::x", "type": "t"}]}}',
            "is another stack's, proj/prod instead of proj/dev",
        ),
        ('{"version": 3, "deployment": {"resources": [5]}}', "malformed"),
        ('{"version": 3, "deployment": {"resources": [{"urn": "x", "type": "t"}]}}', "'x' is no URN"),
    ],
)
def test_what_is_no_state_of_this_stack_is_not_imported(folder: Folder, content: str, problem: str) -> None:
    folder.run("stack", "init", "dev", stack=None)
    before = folder.checkpoint.read_bytes()
    result = folder.run("stack", "import", stdin=content)
    assert result.code == 1
    assert problem in result.text
    assert folder.checkpoint.read_bytes() == before


def test_an_export_without_a_deployment_empties_the_stack(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    folder.deploy("up")
    assert folder.resources()
    assert folder.run("stack", "import", stdin='{"version": 3, "deployment": null}').code == 0
    assert folder.resources() == {}
    assert folder.deploy("up").code == 0


def test_a_file_to_import_that_is_not_there_is_exit_code_1(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    missing = folder.run("stack", "import", "--file", "nosuch.json")
    assert (missing.code, missing.text) == (1, "error: nosuch.json: No such file or directory\n")


# rm


def test_rm_removes_state_and_file(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    result = folder.run("stack", "rm", "dev", "--yes", stack=None)
    assert (result.code, result.text) == (0, "Stack 'dev' has been removed!\n")
    assert not folder.checkpoint.exists()
    assert not (folder.path / "Pulumi.dev.yaml").exists()
    assert folder.run("stack", "rm", "dev", "--yes", stack=None).code == 6


def test_rm_of_a_stack_of_no_project_at_hand(folder: Folder, tmp_path: Path) -> None:
    folder.run("stack", "init", "dev", stack=None)
    words = ["stack", "rm", "organization/proj/dev", "--yes"]
    assert SANDBOX.run(tmp_path, *words, env=folder.environment({})).code == 0
    assert not folder.checkpoint.exists()
    assert (folder.path / "Pulumi.dev.yaml").exists()


def test_rm_spares_a_stack_with_resources_and_asks_first(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    folder.run("config", "set", "greeting", "hello")
    folder.deploy("up")
    unsure = folder.run("stack", "rm", "dev", stack=None)
    assert (unsure.code, unsure.text) == (1, "error: non-interactive mode requires --yes flag\n")
    refused = folder.run("stack", "rm", "dev", "--yes", stack=None)
    assert refused.code == 1
    assert "'dev' still has resources; removal rejected" in refused.text
    assert folder.checkpoint.exists()
    assert folder.run("stack", "rm", "dev", "--yes", "--force", "--preserve-config", stack=None).code == 0
    assert not folder.checkpoint.exists()
    assert (folder.path / "Pulumi.dev.yaml").exists()


# cancel


def test_cancel_of_a_free_stack_is_no_error(folder: Folder) -> None:
    folder.run("stack", "init", "dev", stack=None)
    result = folder.run("cancel")
    assert (result.code, result.text) == (0, "The currently running update for 'dev' has been canceled!\n")
    assert folder.run("cancel", "dev", stack=None).code == 0
