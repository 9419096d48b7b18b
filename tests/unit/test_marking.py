"""Credentials are secrets from the moment that the program holds them, each at its path, marked or not."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from pulumi.runtime.mocks import set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi_realtimekit import TrackRecording
from pulumi_realtimekit.declarations import settings as _config

from tests.unit.stack import Stack

SIGNATURE = "4dabf18193072939515e22adb298388d"
CANARY = "s3cr3t-canary"


def in_clear(value: Any, path: str = "") -> list[str]:
    """Where the canary stands outside of every secret."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return []
        return [found for name, item in value.items() for found in in_clear(item, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in in_clear(item, f"{path}[{index}]")]
    return [path] if CANARY in str(value) else []


def storage(**fields: Any) -> dict[str, Any]:
    return {"type": "STORAGE_CONFIG", "storage_config": {"type": "aws", "bucket": "b", "region": "r", **fields}}


def layers(output: Any) -> dict[str, Any]:
    return {"default": {"outputs": [output]}}


def later(value: Any) -> pulumi.Output[Any]:
    """A value that another resource answers with."""
    return pulumi.Output.from_input("known").apply(lambda _: value)


async def awaited(value: Any) -> Any:
    return value


BOTH = {"access_key": CANARY, "secret": CANARY}
GIVEN: Mapping[str, Callable[[], Any]] = {
    "in place": lambda: layers(storage(**BOTH)),
    "camelCase": lambda: {
        "default": {"outputs": [{"type": "STORAGE_CONFIG", "storageConfig": {"type": "azure", "accessKey": CANARY}}]}
    },
    "private key and password": lambda: layers(
        {"type": "STORAGE_CONFIG", "storage_config": {"type": "sftp", "privateKey": CANARY, "password": CANARY}}
    ),
    "output of a credential": lambda: layers(storage(access_key=later(CANARY), secret=awaited(CANARY))),
    "marked already": lambda: layers(storage(access_key=pulumi.Output.secret(CANARY), secret=CANARY)),
    "output of a storage": lambda: layers({"type": "STORAGE_CONFIG", "storageConfig": later({"accessKey": CANARY})}),
    "output of an output": lambda: layers(later(storage(**BOTH))),
    "output of outputs": lambda: {"default": {"outputs": later([storage(**BOTH)])}},
    "output of a layer": lambda: {"default": later({"outputs": [storage(**BOTH)]})},
    "output of layers": lambda: later(layers(storage(**BOTH))),
    "output that holds outputs": lambda: later(layers(later(storage(access_key=later(CANARY))))),
    "awaitable of layers": lambda: awaited(layers(storage(**BOTH))),
    "secret layers": lambda: pulumi.Output.secret(layers(storage(**BOTH))),
    "tuple of outputs": lambda: {"default": {"outputs": (storage(**BOTH),)}},
}


def deployed(stack: Stack, program: Callable[[], object]) -> Mapping[str, Any]:
    """The inputs of the resource or provider `a`, as the program registers them."""

    @pulumi.runtime.test
    def run() -> None:
        program()

    run()
    return stack.registrations.inputs["a"]


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_credentials_in_code_are_secret(given: Callable[[], Any], stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    inputs = deployed(stack, lambda: TrackRecording("a", meeting_id="m", layers=given()))

    assert CANARY in str(inputs)
    assert in_clear(inputs) == []


@pytest.mark.parametrize("given", [GIVEN["in place"], GIVEN["camelCase"]], ids=["in place", "camelCase"])
def test_what_is_no_credential_stays_readable(given: Callable[[], Any], stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    inputs = deployed(stack, lambda: TrackRecording("a", meeting_id="m", layers=given()))

    assert inputs["meeting_id"] == "m"
    assert inputs["layers"]["default"]["outputs"][0]["storage_config"]["type"] in {"aws", "azure"}


def test_a_provider_holds_its_token_and_credentials_as_secrets(stack: Stack) -> None:
    stack.configure(
        f"""
        realtimekit:apiToken: {{secure: of-the-stack}}
        realtimekit:accountId: of-the-stack
        realtimekit:baseUrl: http://localhost:1/client/v4
        realtimekit:timeoutSeconds: 7
        realtimekit:storages: {{shared: {{type: gcs, bucket: b, secret: {{secure: {CANARY}}}}}}}
        realtimekit:layers: {{default: {{outputs: [shared]}}}}
        realtimekit:recordings: {{r: {{meeting_id: m}}}}
        """
    )

    def program() -> None:
        realtimekit.Provider("a", account_id="other", api_token=CANARY)

    inputs = deployed(stack, program)

    assert in_clear(inputs) == []
    assert "of-the-stack" not in str(inputs)
    assert inputs["realtimekit:accountId"] == "other"
    assert inputs["realtimekit:baseUrl"] == "http://localhost:1/client/v4"
    assert inputs["realtimekit:timeoutSeconds"] == 7
    assert inputs["realtimekit:layers"] == {"default": {"outputs": ["shared"]}}
    assert inputs["realtimekit:storages"]["shared"]["bucket"] == "b"
    assert "realtimekit:recordings" not in inputs


@pytest.mark.parametrize("missing", ["", "file"])
def test_a_provider_holds_what_the_stack_encrypts_as_secrets(missing: str, stack: Stack) -> None:
    stack.configure(
        f"""
        realtimekit:appId: {{secure: {CANARY}}}
        realtimekit:baseUrl: {{secure: "https://{CANARY}/client/v4"}}
        realtimekit:storages: {{s: {{type: sftp, host: {{secure: {CANARY}}}, username: u, auth_method: KEY,
          private_key: {{secure: k}}}}}}
        realtimekit:layers: {{default: {{fileNamePrefix: {{secure: {CANARY}}}, outputs: [s]}}}}
        """
    )
    if missing:
        (stack.folder / "Pulumi.dev.yaml").unlink()

    inputs = deployed(stack, lambda: realtimekit.Provider("a", account_id="o", api_token="t"))

    assert in_clear(inputs) == []
    if not missing:
        assert inputs["realtimekit:storages"]["s"]["username"] == "u"


MISSPELT: Mapping[str, dict[str, Any]] = {
    "credential": layers(storage(acces_key=CANARY, Secret=CANARY)),
    "field of an output": layers({"type": "STORAGE_CONFIG", "storage-config": {"secret": CANARY}}),
    "field of a layer": {"default": {"output": [storage(secret=CANARY)]}},
    "output that is a storage": layers({"type": "aws", "secret": CANARY}),
    "outputs that are none": {"default": {"outputs": storage(secret=CANARY)}},
}


@pytest.mark.parametrize("given", MISSPELT.values(), ids=MISSPELT.keys())
def test_what_no_field_is_known_for_counts_as_a_credential(given: dict[str, Any], stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    inputs = deployed(stack, lambda: TrackRecording("a", meeting_id="m", layers=given))

    assert CANARY in str(inputs)
    assert in_clear(inputs) == []


def test_a_provider_refuses_storages_that_are_wrong(stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")
    wrong: Any = {"s": {"type": "aws", "bucket": later("b"), "region": "r", "accesKey": CANARY, "secret": CANARY}}

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.Provider("eu", account_id="  ", api_token="t", storages=wrong)

    assert str(raised.value).splitlines() == [
        "provider 'eu': storages.s.access_key: required for type 'aws', but absent",
        "provider 'eu': storages.s.accesKey: unknown field for type 'aws'; did you mean 'access_key'?",
        "provider 'eu': account_id: must be printable, without spaces, line breaks or slashes",
    ]


def test_a_provider_takes_storages_of_its_own(stack: Stack) -> None:
    stack.configure("realtimekit:storages: {shared: {type: gcs, bucket: b, secret: {secure: x}}}")
    own: dict[str, Any] = {"mine": {"type": "azure", "bucket": "b", "accessKey": CANARY}}

    def program() -> None:
        realtimekit.Provider("a", account_id="o", api_token="t", storages=later(own))

    inputs = deployed(stack, program)

    assert in_clear(inputs) == []
    assert "shared" not in str(inputs)
    assert "access_key" in str(inputs)


PARTLY = f"""
    realtimekit:recordings:
      a:
        meetingId: {{secure: {CANARY}}}
        max_seconds: 5
        layers: {{default: {{file_name_prefix: x, outputs: [{{type: STORAGE_CONFIG, storageConfig:
          {{type: azure, bucket: b, accessKey: {{secure: {CANARY}}}}}}}]}}}}
    """


def test_a_provider_refuses_arguments_that_it_does_not_have(stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")
    arguments: dict[str, Any] = {"accountId": "a", "storage": {}}

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.Provider("eu", **arguments)

    assert str(raised.value).splitlines() == [
        "provider 'eu': storage: unknown argument; did you mean 'storages'?",
        "provider 'eu': api_token: required, but absent",
    ]


def test_what_the_stack_file_holds_encrypted_is_secret_in_the_program(stack: Stack) -> None:
    stack.configure(PARTLY)

    inputs = deployed(stack, lambda: TrackRecording("a", **realtimekit.load_config().recordings["a"]))

    assert in_clear(inputs) == []
    assert inputs["max_seconds"] == 5
    assert inputs["layers"]["default"]["file_name_prefix"] == "x"


def test_merged_nodes_are_secret_where_they_were_encrypted(stack: Stack) -> None:
    stack.configure(
        f"""
        realtimekit:recordings:
          b: &shared {{meeting_id: {{secure: {CANARY}}}, max_seconds: 5}}
          a:
            <<: *shared
            app_id: other
        """
    )

    inputs = deployed(stack, lambda: TrackRecording("a", **realtimekit.load_config().recordings["a"]))

    assert in_clear(inputs) == []
    assert inputs["max_seconds"] == 5


@pytest.mark.parametrize("missing", ["file", "key"])
def test_what_no_file_holds_counts_as_encrypted_whole(missing: str, stack: Stack) -> None:
    """An ESC environment or `--config-file`: the engine says that something is secret, and not what."""
    stack.configure(PARTLY)
    file = stack.folder / "Pulumi.dev.yaml"
    if missing == "file":
        file.unlink()
    else:
        file.write_text("config: {realtimekit:appId: app}")

    inputs = deployed(stack, lambda: TrackRecording("a", **realtimekit.load_config().recordings["a"]))

    assert in_clear(inputs) == []


def test_the_values_of_another_file_count_as_encrypted(stack: Stack) -> None:
    """`--config-file`: what stands in the stack's own file is not what the program gets."""
    stack.configure(PARTLY)
    clear = "{meeting_id: other, layers: {default: {outputs: [realtimekit]}}}"
    (stack.folder / "Pulumi.dev.yaml").write_text(f"config: {{realtimekit:recordings: {{a: {clear}}}}}")

    inputs = deployed(stack, lambda: TrackRecording("a", **realtimekit.load_config().recordings["a"]))

    assert in_clear(inputs) == []


def test_the_numbers_of_another_file_are_not_taken_for_misread_ones(stack: Stack) -> None:
    stack.configure("realtimekit:accountId: '222'")
    (stack.folder / "Pulumi.dev.yaml").write_text("config: {realtimekit:accountId: 111}")

    assert realtimekit.load_config().recordings == {}


def test_a_program_without_load_config_refuses_credentials_in_clear(stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: gcs, bucket: b, secret: {CANARY}}}}}")

    with pytest.raises(pulumi.RunError) as raised:
        TrackRecording("a", meeting_id="m")

    assert str(raised.value) == (
        "storages.a: secret: a secret that stands in clear in the stack's files; encrypt it with `pulumi config set "
        "--secret --path 'realtimekit:storages.a.secret'`, and make a new one: it was exposed"
    )


PROGRAMS: Mapping[str, Callable[[], object]] = {
    "load_config": realtimekit.load_config,
    "TrackRecording": lambda: TrackRecording("a", meeting_id="m"),
    "Provider": lambda: realtimekit.Provider("a", account_id="a", api_token="t"),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize("home", ["the stack's files", "the stack's config"])
@pytest.mark.parametrize(
    "key", ["storages.archive.secret", "storage.archive.secretAccessKey", "layers.d.outputs[0].storage_config.Secret"]
)
def test_a_credential_whose_path_became_a_key_is_refused(
    key: str, home: str, program: Callable[[], object], stack: Stack
) -> None:
    """`pulumi config set` without `--path`: the engine would keep it in the default provider's inputs."""
    stack.configure(f"realtimekit:{key}: {CANARY}")
    if home == "the stack's config":
        (stack.folder / "Pulumi.dev.yaml").unlink()

    with pytest.raises(pulumi.RunError) as raised:
        program()

    (line,) = [line for line in str(raised.value).splitlines() if key in line]
    assert "one key, since a path takes --path: a secret that stands in clear in " + home in line
    assert f"remove this with `pulumi config rm 'realtimekit:{key}'`, and make a new one: it was exposed" in line
    assert CANARY not in line


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize(
    "name", ["Secret", "Access_Key", "accessKeyId", "secretAccessKey", "connection_string", "acces_key", "passwort"]
)
def test_a_misspelt_credential_in_clear_was_exposed(name: str, program: Callable[[], object], stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: aws, {name}: {CANARY}}}}}")

    with pytest.raises(pulumi.RunError) as raised:
        program()

    (line,) = [line for line in str(raised.value).splitlines() if f"a: {name}:" in line]
    assert f"remove this with `pulumi config rm --path 'realtimekit:storages.a.{name}'`" in line
    assert line.endswith("and make a new one: it was exposed")
    assert CANARY not in str(raised.value)


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


def test_a_project_wide_credential_in_clear_is_refused(stack: Stack) -> None:
    project = f"""
config:
  realtimekit:storages:
    value: {{a: {{type: gcs, bucket: b, secret: {CANARY}}}}}
"""
    stack.configure("realtimekit:appId: app", project=project)

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.load_config()

    assert str(raised.value).splitlines()[1:] == [
        (
            "  storages.a: secret: a secret that stands in clear in Pulumi.yaml; move realtimekit:storages into "
            "Pulumi.dev.yaml, and encrypt it there with `pulumi config set --secret --path "
            "'realtimekit:storages.a.secret'`, and make a new one: it was exposed"
        )
    ]


@pytest.mark.parametrize("place", ["file", "root"])
def test_a_credential_in_clear_is_refused_wherever_it_came_from(place: str, stack: Stack) -> None:
    """`--config-file`, and inline programs of the Automation API, which have no folder."""
    stack.configure(f"realtimekit:storages: {{a: {{type: gcs, bucket: b, secret: {CANARY}}}}}")
    if place == "file":
        (stack.folder / "Pulumi.dev.yaml").unlink()
    else:
        SETTINGS.root_directory = None

    for program in (realtimekit.load_config, lambda: TrackRecording("a", meeting_id="m")):
        with pytest.raises(pulumi.RunError) as raised:
            program()
        assert str(raised.value).splitlines()[-1].strip() == (
            "storages.a: secret: a secret that stands in clear in the stack's config; encrypt it with `pulumi config "
            "set --secret --path 'realtimekit:storages.a.secret'`, and make a new one: it was exposed"
        )


def test_the_first_document_of_a_file_is_the_one_that_is_read(stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: aws, secret: {CANARY}, access_key: {{secure: k}}}}}}")
    file = stack.folder / "Pulumi.dev.yaml"
    file.write_text(f"{file.read_text('utf-8')}\n---\nconfig: {{}}\n", "utf-8")

    with pytest.raises(pulumi.RunError, match=r"storages.a: secret: a secret that stands in clear"):
        realtimekit.load_config()


def test_a_token_in_clear_is_warned_of_once_without_load_config(stack: Stack) -> None:
    stack.configure("realtimekit:apiToken: sandbox-token")

    def program() -> None:
        TrackRecording("a", meeting_id="m")
        TrackRecording("b", meeting_id="n")

    deployed(stack, program)

    assert [warning.partition(";")[0] for warning in stack.warnings] == [
        "realtimekit:apiToken stands in clear in the stack's config"
    ]


OTHERS = {
    "recordings": (
        "recordings:recordings: {r: {meeting_id: m}}",
        ["recordings:recordings is a key of the project's own, not realtimekit:recordings, so nothing is read from it"],
    ),
    "a storage in clear": (
        f"recordings:storages: {{a: {{type: gcs, bucket: b, secret: {CANARY}}}}}",
        [
            (
                "recordings:storages is a key of the project's own, not realtimekit:storages, so nothing is read from "
                "it, and a secret stands in clear in it: make a new one, it was exposed"
            )
        ],
    ),
    "an encrypted storage": (
        f"recordings:storages: {{a: {{type: gcs, bucket: b, secret: {{secure: {CANARY}}}}}}}",
        ["recordings:storages is a key of the project's own, not realtimekit:storages, so nothing is read from it"],
    ),
    "both": ("recordings:layers: {a: {}}\nrealtimekit:layers: {a: {}}", []),
    "others": ("recordings:own: {a: 1}\nother:recordings: {}", []),
}


@pytest.mark.parametrize("has_file", [True, False])
@pytest.mark.parametrize(("config", "warnings"), OTHERS.values(), ids=OTHERS.keys())
def test_keys_of_the_project_are_not_ours(config: str, warnings: list[str], has_file: bool, stack: Stack) -> None:
    stack.configure(config)
    if not has_file:
        (stack.folder / "Pulumi.dev.yaml").unlink()

    assert realtimekit.load_config().recordings == {}

    assert stack.warnings == warnings


@pytest.mark.parametrize("token", ["", "~", '""'])
def test_a_token_that_is_nothing_is_not_warned_of(token: str, stack: Stack) -> None:
    stack.configure(f"realtimekit:apiToken: {token}")

    realtimekit.load_config()

    assert stack.warnings == []


@pytest.mark.parametrize("value", ["", '""', "~"])
@pytest.mark.parametrize("key", _config.KEYS)
def test_an_empty_key_counts_as_absent(key: str, value: str, stack: Stack) -> None:
    stack.configure(f"realtimekit:{key}: {value}")

    assert realtimekit.load_config().recordings == {}


@pytest.mark.parametrize("nothing", ["~", "null", "", '""'])
def test_a_credential_that_is_nothing_is_not_exposed(nothing: str, stack: Stack) -> None:
    stack.configure(
        f"realtimekit:storages: {{a: {{type: azure, bucket: b, access_key: {{secure: k}}, secret: {nothing}}}}}"
    )

    assert realtimekit.load_config().recordings == {}


def test_the_keys_of_a_project_of_a_near_name_are_its_own(stack: Stack) -> None:
    stack.configure("recordings:appId: app")
    set_mocks(stack.engine, project="realtimekit-demo", stack="dev", preview=False)
    os.environ["PULUMI_CONFIG"] = '{"realtimekit-demo:accountId": "x"}'  # restored by the fixture

    assert realtimekit.load_config().recordings == {}


def test_a_file_that_was_set_right_is_read_again(stack: Stack) -> None:
    stack.configure(f"realtimekit:storages: {{a: {{type: gcs, bucket: b, secret: {CANARY}}}}}")
    with pytest.raises(pulumi.RunError):
        realtimekit.load_config()

    stack.configure("realtimekit:storages: {a: {type: gcs, bucket: b, secret: {secure: x}}}")

    assert realtimekit.load_config().recordings == {}
