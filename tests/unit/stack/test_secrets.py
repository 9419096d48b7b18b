"""What the user encrypted stays secret in what the program registers; credentials of recordings are the plugin's."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from pulumi_realtimekit import TrackRecording

from tests.kit.stack import Stack

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


def is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and SIGNATURE in value


def later(value: Any) -> pulumi.Output[Any]:
    """A value that another resource answers with."""
    return pulumi.Output.from_input("known").apply(lambda _: value)


def own_storage(**fields: Any) -> dict[str, Any]:
    return {"type": "STORAGE_CONFIG", "storage_config": {"type": "aws", "bucket": "b", "region": "r", **fields}}


# Recordings of the config

PARTLY = f"""
    realtimekit:recordings:
      a:
        meetingId: {{secure: {CANARY}}}
        max_seconds: 5
        layers: {{default: {{file_name_prefix: x, outputs: [{{type: STORAGE_CONFIG, storageConfig:
          {{type: azure, bucket: b, accessKey: {{secure: k}}}}}}]}}}}
    """


def from_config() -> TrackRecording:
    return TrackRecording("a", **realtimekit.load_config().recordings["a"])


def test_an_argument_is_secret_where_the_file_has_it_encrypted(stack: Stack) -> None:
    stack.configure(PARTLY)
    inputs = stack.registered(from_config)

    assert is_secret(inputs["meeting_id"])
    assert inputs["max_seconds"] == 5
    assert inputs["layers"]["default"]["file_name_prefix"] == "x"


def test_it_is_secret_whole_where_anything_in_it_is_encrypted_beside_credentials(stack: Stack) -> None:
    stack.configure(PARTLY.replace("bucket: b", f"bucket: {{secure: {CANARY}}}"))

    assert is_secret(stack.registered(from_config)["layers"])


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

    inputs = stack.registered(from_config)

    assert in_clear(inputs) == []
    assert inputs["max_seconds"] == 5


ELSEWHERE = {
    "no file": None,
    "no such key": "config: {realtimekit:appId: app}",
    "another value": "config: {realtimekit:recordings: {a: {meeting_id: other, max_seconds: 5}}}",
}


@pytest.mark.parametrize("file", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_no_file_holds_counts_as_encrypted_whole(file: str | None, stack: Stack) -> None:
    """An ESC environment or `--config-file`: the engine says that something is secret, and not what."""
    stack.configure(PARTLY)
    if file is None:
        stack.file.unlink()
    else:
        stack.file.write_text(file, "utf-8")

    inputs = stack.registered(from_config)

    assert is_secret(inputs["meeting_id"])
    assert is_secret(inputs["layers"])


# What a recording takes from the config


@pytest.mark.parametrize("key", ["accountId", "appId"])
def test_an_encrypted_id_is_handed_over_as_a_secret(key: str, stack: Stack) -> None:
    stack.configure(f"realtimekit:{key}: {{secure: {CANARY}}}")

    inputs = stack.registered(lambda: TrackRecording("a", meeting_id="m"))

    assert is_secret(inputs[{"accountId": "account_id", "appId": "app_id"}[key]])


STORAGES = "realtimekit:storages: {archive: {type: gcs, bucket: %s, secret: {secure: s}}}\n"
LAYERS = "realtimekit:layers: {default: {file_name_prefix: %s, outputs: [archive]}}\n"
SECRET = f"{{secure: {CANARY}}}"

OWN = {"default": {"outputs": ["archive"]}}
LAYERS_OF_THE_CONFIG = {
    "nothing but credentials": (STORAGES % "b" + LAYERS % "p", None, False),
    "a prefix": (STORAGES % "b" + LAYERS % SECRET, None, True),
    "a bucket": (STORAGES % SECRET + LAYERS % "p", None, True),
    "a bucket, and layers of the program": (STORAGES % SECRET, OWN, True),
    "a prefix, and layers of the program": (STORAGES % "b" + LAYERS % SECRET, OWN, False),
}


@pytest.mark.parametrize(
    ("config", "declared", "hidden"), LAYERS_OF_THE_CONFIG.values(), ids=LAYERS_OF_THE_CONFIG.keys()
)
def test_layers_are_as_secret_as_where_they_are_from(config: str, declared: Any, hidden: bool, stack: Stack) -> None:
    stack.configure(config)

    inputs = stack.registered(lambda: TrackRecording("a", meeting_id="m", layers=declared))

    assert is_secret(inputs.get("layers")) == hidden
    assert in_clear(inputs) == []


def test_credentials_of_the_config_do_not_get_into_a_recording(stack: Stack) -> None:
    own = (
        f"{{type: STORAGE_CONFIG, storage_config: {{type: gcs, bucket: {SECRET}, secret: {{secure: in-the-config}}}}}}"
    )
    stack.configure(f"realtimekit:layers: {{default: {{outputs: [{own}]}}}}")

    inputs = stack.registered(lambda: TrackRecording("a", meeting_id="m"))

    assert is_secret(inputs["layers"])
    assert "in-the-config" not in str(inputs)


PREFIXES: Mapping[str, tuple[Callable[[], Any], bool]] = {
    "plain": (lambda: {"default": {"file_name_prefix": "p"}}, False),
    "a secret beside it": (lambda: {"default": {"outputs": [own_storage(access_key=later("k"), secret="s")]}}, False),
    "an output": (lambda: {"default": {"file_name_prefix": later("p")}}, True),
    "in a layer that is an output": (lambda: {"default": later({"file_name_prefix": "p"})}, True),
    "in layers that are an output": (lambda: later({"default": {"file_name_prefix": "p"}}), True),
}


@pytest.mark.parametrize(("layers", "hidden"), PREFIXES.values(), ids=PREFIXES.keys())
def test_file_names_are_as_secret_as_their_prefix(layers: Callable[[], Any], hidden: bool, stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    stack.registered(lambda: TrackRecording("a", meeting_id="m", layers=layers()))

    expected = {"download_urls", "output_file_name"} if hidden else {"download_urls"}
    assert {*stack.registrations.requests["a"].additionalSecretOutputs} == expected


# Providers


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

    inputs = stack.registered(lambda: realtimekit.Provider("a", account_id="other", api_token=CANARY))

    assert in_clear(inputs) == []
    assert "of-the-stack" not in str(inputs)
    assert inputs["realtimekit:accountId"] == "other"
    assert inputs["realtimekit:baseUrl"] == "http://localhost:1/client/v4"
    assert inputs["realtimekit:timeoutSeconds"] == 7
    assert inputs["realtimekit:layers"] == {"default": {"outputs": ["shared"]}}
    assert inputs["realtimekit:storages"]["shared"]["bucket"] == "b"
    assert "realtimekit:recordings" not in inputs


@pytest.mark.parametrize("has_file", [True, False])
def test_a_provider_holds_what_the_stack_encrypts_as_secrets(has_file: bool, stack: Stack) -> None:
    stack.configure(
        f"""
        realtimekit:appId: {SECRET}
        realtimekit:baseUrl: {{secure: "https://{CANARY}/client/v4"}}
        realtimekit:storages: {{s: {{type: sftp, host: {SECRET}, username: u, auth_method: KEY,
          private_key: {{secure: k}}}}}}
        realtimekit:layers: {{default: {{fileNamePrefix: {SECRET}, outputs: [s]}}}}
        """
    )
    if not has_file:
        stack.file.unlink()

    assert in_clear(stack.registered(lambda: realtimekit.Provider("a", account_id="o", api_token="t"))) == []


GIVEN: Mapping[str, Callable[[], Any]] = {
    "plain": lambda: {"mine": {"type": "azure", "bucket": "b", "access_key": CANARY}},
    "camelCase": lambda: {"mine": {"type": "azure", "bucket": "b", "accessKey": CANARY}},
    "a storage that is an output": lambda: {"mine": later({"type": "azure", "bucket": "b", "accessKey": CANARY})},
    "an output": lambda: later({"mine": {"type": "azure", "bucket": "b", "accessKey": CANARY}}),
    "misspelt in an output": lambda: later({"mine": {"type": "azure", "bucket": "b", "Access-Key": CANARY}}),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_a_provider_takes_storages_of_its_own(given: Callable[[], Any], stack: Stack) -> None:
    stack.configure("realtimekit:storages: {shared: {type: gcs, bucket: b, secret: {secure: x}}}")

    inputs = stack.registered(lambda: realtimekit.Provider("a", account_id="o", api_token="t", storages=given()))

    assert in_clear(inputs) == []
    assert "shared" not in str(inputs)
    assert CANARY in str(inputs)


def test_what_outputs_a_provider_has_its_recordings_have(stack: Stack) -> None:
    stack.configure("realtimekit:layers: {default: {outputs: [mine]}}")

    def program() -> None:
        storage: Any = {"type": "azure", "bucket": pulumi.Output.secret(CANARY), "access_key": "k"}
        eu = realtimekit.Provider(
            "eu", account_id=pulumi.Output.secret(CANARY), api_token="t", storages={"mine": storage}
        )
        TrackRecording("a", pulumi.ResourceOptions(provider=eu), meeting_id="m")

    inputs = stack.registered(program)

    assert is_secret(inputs["account_id"])
    assert is_secret(inputs["layers"])


def test_a_provider_refuses_every_mistake_at_once(stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")
    wrong: Any = {"s": {"type": "aws", "bucket": later("b"), "region": "r", "accesKey": CANARY, "secret": CANARY}}
    arguments: dict[str, Any] = {"accountId": "  ", "storages": wrong, "storage": {}}

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.Provider("eu", **arguments)

    assert str(raised.value).splitlines() == [
        "provider 'eu': account_id: must be printable, without spaces, line breaks or slashes",
        "provider 'eu': api_token: required, but absent",
        "provider 'eu': storages.s.accesKey: unknown field for type 'aws'; did you mean 'access_key'?",
        "provider 'eu': storage: unknown field; did you mean 'storages'?",
    ]
