"""Credentials in plain text are refused wherever the config came from, each with the command that sets it right."""

from collections.abc import Callable, Mapping

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from pulumi.runtime.settings import SETTINGS
from pulumi_realtimekit import TrackRecording

from tests.kit.stack import Stack

CANARY = "s3cr3t-canary"
CLEAR = f"realtimekit:storages: {{a: {{type: azure, bucket: b, access_key: {CANARY}}}}}"
LINE = (
    "storages.a: access_key: a secret in plain text in {}; encrypt it with `pulumi config set --secret --path "
    "'realtimekit:storages.a.access_key'`, and replace the credential: it was exposed"
)

PROGRAMS: Mapping[str, Callable[[], object]] = {
    "load_config": realtimekit.load_config,
    "TrackRecording": lambda: TrackRecording("a", meeting_id="m"),
    "Provider": lambda: realtimekit.Provider("a", account_id="a", api_token="t"),
}


def refused(program: Callable[[], object]) -> list[str]:
    """The lines of the refusal, without the heading of `load_config`."""
    with pytest.raises(pulumi.RunError) as raised:
        program()
    assert CANARY not in str(raised.value)
    lines = str(raised.value).splitlines()
    return [line.strip() for line in lines if not line.startswith("the config of stack")]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize(
    ("source", "home"),
    [
        ("the stack file", "the stack's files"),
        ("another file", "the stack's config"),
        ("no folder", "the stack's config"),
    ],
)
def test_every_program_refuses_them_whatever_they_come_from(
    source: str, home: str, program: Callable[[], object], stack: Stack
) -> None:
    """`--config-file`, and inline programs of the Automation API, which have no folder, too."""
    stack.configure(CLEAR)
    if source == "another file":
        stack.file.unlink()
    elif source == "no folder":
        SETTINGS.root_directory = None

    assert refused(program) == [LINE.format(home)]


def test_one_beside_an_encrypted_one_is_found_in_the_file(stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: aws, secret: {{secure: s}}, access_key: {CANARY}}}}}")
    file = stack.file.read_text("utf-8")
    stack.file.write_text(f"{file}\n---\nconfig: {{}}\n", "utf-8")  # the CLI reads the first document alone

    assert LINE.format("the stack's files") in refused(realtimekit.load_config)


@pytest.mark.parametrize("key", ["stackConfigDir", "config"], ids=["its name", "its old name"])
def test_one_in_a_folder_of_stack_files_is_found(key: str, stack: Stack) -> None:
    stack.configure(CLEAR)
    (stack.folder / "stacks").mkdir()
    stack.file.rename(stack.folder / "stacks" / stack.file.name)
    project = stack.folder / "Pulumi.yaml"
    project.write_text(f"{project.read_text('utf-8')}{key}: stacks\n", "utf-8")

    assert LINE.format("the stack's files") in refused(realtimekit.load_config)


@pytest.mark.parametrize("project", ["stackConfigDir:", "config:"])
def test_an_empty_key_of_the_project_says_nothing(project: str, stack: Stack) -> None:
    stack.configure(CLEAR)
    file = stack.folder / "Pulumi.yaml"
    file.write_text(f"{file.read_text('utf-8')}{project}\n", "utf-8")

    assert LINE.format("the stack's files") in refused(realtimekit.load_config)


def test_one_of_the_project_is_to_be_moved_first(stack: Stack) -> None:
    project = f"config: {{realtimekit:storages: {{value: {{a: {{type: azure, bucket: b, access_key: {CANARY}}}}}}}}}"
    stack.configure("realtimekit:appId: app", project=project)

    assert refused(realtimekit.load_config) == [
        (
            "storages.a: access_key: a secret in plain text in Pulumi.yaml; move realtimekit:storages into "
            "Pulumi.dev.yaml, and encrypt it there with `pulumi config set --secret --path "
            "'realtimekit:storages.a.access_key'`, and replace the credential: it was exposed"
        )
    ]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize(
    "key", ["storages.archive.secret", "storage.archive.secretAccessKey", "layers.d.outputs[0].storage_config.Secret"]
)
def test_a_path_that_became_a_key(key: str, program: Callable[[], object], stack: Stack) -> None:
    """`pulumi config set` without `--path`: the engine would keep it in the default provider's inputs."""
    stack.configure(f"realtimekit:{key}: {CANARY}")
    stack.file.unlink()

    (line,) = refused(program)

    assert "this is one key with dots in its name, and a path needs --path: " in line
    assert f"`pulumi config rm 'realtimekit:{key}'`, then `pulumi config" in line
    assert line.endswith("and replace the credential: it was exposed")


MISSPELT = {
    "Secret": "secret",
    "Access_Key": "access_key",
    "connection_string": "access_key",
    "acces_key": "access_key",
    "passwort": "password",
}


@pytest.mark.parametrize(("name", "meant"), MISSPELT.items())
def test_a_misspelt_one_was_exposed(name: str, meant: str, stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: aws, {name}: {CANARY}}}}}")

    (line,) = refused(PROGRAMS["TrackRecording"])

    assert f"`pulumi config set --secret --path 'realtimekit:storages.a.{meant}'`" in line
    assert f"remove this with `pulumi config rm --path 'realtimekit:storages.a.{name}'`" in line


def test_other_names_are_no_credentials(stack: Stack) -> None:
    stack.configure(
        """
        realtimekit:secretsBackend: vault
        realtimekit:storages: {secret: {type: gcs, bucket: b, path: p, secret: {secure: s}}}
        realtimekit:layers: {password: {file_name_prefix: p}}
        realtimekit:recordings: {access_key: {meeting_id: m, layers: {private_key: {}}}}
        """
    )

    TrackRecording("a", meeting_id="n")


@pytest.mark.parametrize("nothing", ["~", '""'])
def test_an_empty_one_is_not_exposed(nothing: str, stack: Stack) -> None:
    stack.configure(
        f"realtimekit:storages: {{a: {{type: azure, bucket: b, access_key: {{secure: k}}, secret: {nothing}}}}}"
    )

    assert realtimekit.load_config().recordings == {}


def test_a_token_in_plain_text_is_warned_of_once(stack: Stack) -> None:
    """It may be one for trying things."""
    stack.configure("realtimekit:apiToken: sandbox-token")

    realtimekit.load_config()
    TrackRecording("a", meeting_id="m")
    TrackRecording("b", meeting_id="n")

    assert stack.warnings == [
        (
            "realtimekit:apiToken is in plain text in the stack's config; encrypt it with "
            "`pulumi config set --secret realtimekit:apiToken`"
        )
    ]


def test_a_file_that_cannot_be_read_is_warned_of(stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")
    stack.file.write_text("config: {", "utf-8")

    TrackRecording("a", meeting_id="m")

    assert stack.warnings == ["Pulumi.dev.yaml cannot be read here, so a secret in plain text in it is not found"]


OTHER_KEYS = {
    "recordings": (
        "recordings:recordings: {r: {meeting_id: m}}",
        ["recordings:recordings is a key of the project's own, not realtimekit:recordings: nothing is read from it"],
    ),
    "both": ("recordings:layers: {a: {}}\nrealtimekit:layers: {a: {}}", []),
    "others": ("recordings:own: {a: 1}\nother:recordings: {}", []),
}


@pytest.mark.parametrize(("config", "warnings"), OTHER_KEYS.values(), ids=OTHER_KEYS.keys())
def test_keys_of_the_project_are_not_ours(config: str, warnings: list[str], stack: Stack) -> None:
    stack.configure(config)

    assert realtimekit.load_config().recordings == {}
    assert stack.warnings == warnings


def test_a_key_without_a_name_is_unknown(stack: Stack) -> None:
    stack.configure("'realtimekit:': x")

    (line,) = refused(realtimekit.load_config)

    assert "unknown key" in line


def test_a_project_of_a_near_name_has_keys_of_its_own(stack: Stack) -> None:
    stack.configure("realtimekit-demo:accountId: x", name="realtimekit-demo")

    assert realtimekit.load_config().recordings == {}


def test_files_are_read_anew_in_each_run(stack: Stack) -> None:
    stack.configure(CLEAR)
    refused(realtimekit.load_config)

    stack.configure("realtimekit:storages: {a: {type: azure, bucket: b, access_key: {secure: k}}}")

    assert realtimekit.load_config().recordings == {}
