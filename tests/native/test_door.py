"""What the door itself does, without an engine: spellings, differences and messages."""

from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Checked, Resource
from tests.kit.service import DIALECTS
from tests.native.door import DEFAULT_PROVIDER, URN, Door, NativePlugin, snake, struct

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
OUTPUT = {"type": "STORAGE_CONFIG", "storageConfig": {"type": "gcs", "bucket": "b"}}


def door(api: SandboxApi) -> Any:
    return NativePlugin(api).provider


@pytest.mark.parametrize(
    ("declared", "lines"),
    [
        ({"meeting_id": "m"}, ["meeting_id: unknown field; did you mean 'meetingId'?"]),
        ({"meetingId": "m", "maxSecnds": 1}, ["maxSecnds: unknown field; did you mean 'maxSeconds'?"]),
        (
            {"meetingId": "m", "layers": {"d": {"file_name_prefix": "a"}}},
            ["layers.d.file_name_prefix: unknown field; did you mean 'fileNamePrefix'?"],
        ),
        (
            {"meetingId": "m", "layers": {"d": {"fileNamePrefx": "a"}}},
            ["layers.d.fileNamePrefx: unknown field; did you mean 'fileNamePrefix'?"],
        ),
        (
            {"meetingId": "m", "layers": {"d": {"outputs": [OUTPUT]}}},
            ["layers.d.outputs[0].storageConfig.secret: required for type 'gcs', but absent"],
        ),
    ],
)
def test_mistakes_are_in_camel_case(live: SandboxApi, declared: dict[str, Any], lines: list[str]) -> None:
    answer = door(live).call("Check", proto.CheckRequest(urn=URN, news=struct(declared)))
    said = [failure.reason for failure in answer.failures]
    assert all(any(found.startswith(line) for found in said) for line in lines), said


def test_so_is_what_the_service_refuses(live: SandboxApi) -> None:
    live.meeting(MEETING, live=False)
    with pytest.raises(RealtimeKitError, match="declare whenIdle: 'wait' waits for a session"):
        Resource(NativePlugin(live), meeting_id=MEETING).up()


def test_a_difference_says_what_replaces(live: SandboxApi) -> None:
    """Of what was declared before: added, changed or taken away; what only goes along does not replace."""
    service = door(live)
    olds = {"meetingId": "m", "accountId": "a", "appId": "b", "layers": {}, "status": "RECORDING", "maxSeconds": 60}
    before = {"meetingId": "m", "maxSeconds": 60, "waitSeconds": 5}
    news = {"meetingId": "n", "startSeconds": 0, "userIds": ["u"]}
    found = service.call(
        "Diff", proto.DiffRequest(id="r", urn=URN, olds=struct(olds), old_inputs=struct(before), news=struct(news))
    )
    kinds = {name: proto.PropertyDiff.Kind.Name(one.kind) for name, one in found.detailedDiff.items()}
    assert kinds == {
        "meetingId": "UPDATE_REPLACE",
        "maxSeconds": "DELETE_REPLACE",
        "userIds": "ADD_REPLACE",
        "accountId": "UPDATE_REPLACE",
        "appId": "UPDATE_REPLACE",
        "layers": "UPDATE_REPLACE",
        "waitSeconds": "DELETE",
        "startSeconds": "ADD",
    }
    assert found.deleteBeforeReplace
    assert {*found.replaces} == {name for name, kind in kinds.items() if kind.endswith("REPLACE")}


def test_unknown_keys_are_named_in_the_same_order_each_time(live: SandboxApi) -> None:
    unknown = [f"key{letter}" for letter in "ABCDEFGHIJKLMNOP"]
    news = struct(dict.fromkeys(reversed(unknown), "x"))
    answer = door(live).call("CheckConfig", proto.CheckRequest(urn=DEFAULT_PROVIDER, news=news))
    said = [failure.reason for failure in answer.failures]
    assert [line.split(": ")[0] for line in said if "unknown key" in line] == [f"realtimekit:{key}" for key in unknown]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_import_finds_the_meeting(services: Any, dialect: str) -> None:
    """Not every server says it with the recording."""
    plugin = NativePlugin(services(dialect))
    running = Resource(plugin, meeting_id=MEETING)
    running.up()
    read = plugin.provider.call("Read", proto.ReadRequest(id=running.id, urn=URN))  # type: ignore[attr-defined]
    assert snake(read.inputs) == {"meeting_id": MEETING}
    assert snake(read.properties)["status"] == "RECORDING"


def test_a_bug_keeps_its_traceback(
    live: SandboxApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = door(live)
    monkeypatch.setattr(service.service.lifecycle, "delete", lambda *_: {}["CANARY"])
    with pytest.raises(RealtimeKitError, match=r"^a bug in pulumi-realtimekit, its traceback is printed: KeyError$"):
        service.delete("r", {"meeting_id": "m"})
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_meeting_is_recorded_once(live: SandboxApi) -> None:
    service = door(live)
    Resource(plugin := NativePlugin(live), meeting_id=MEETING).check()
    service = plugin.provider
    service.urn = f"{URN}-again"  # type: ignore[attr-defined]
    with pytest.raises(
        Checked, match="the same meeting as TrackRecording 'standup': a meeting has one track recording"
    ):
        Resource(plugin, meeting_id=MEETING).check()
    Resource(plugin, meeting_id=MEETING, desired_status="STOPPED").check()
    Resource(plugin, meeting_id=MEETING, app_id="another").check()


def test_configuring_takes_a_cli_that_names_the_provider(live: SandboxApi) -> None:
    with pytest.raises(RealtimeKitError, match="update the CLI"):
        Door(NativePlugin(live).engine, {"apiToken": "t"}, urn="")


def test_the_environments_token_is_the_default_providers_alone(
    live: SandboxApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", live.token)
    config = {"baseUrl": live.base_url, "accountId": "a", "appId": "b"}
    engine = NativePlugin(live).engine
    assert not Door(engine, config, urn=DEFAULT_PROVIDER).check({}, {"meeting_id": "m"}).failures
    explicit = DEFAULT_PROVIDER.replace("::default", "::europe")
    (failure,) = Door(engine, config, urn=explicit).check({}, {"meeting_id": "m"}).failures
    assert failure.reason == "provider 'europe': apiToken: required, but absent"


def test_a_refused_token_of_the_config_is_the_one_of_now(live: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an explicit provider it is that of the last `up`, as it is in a Python program."""
    refused = r"^.* answered 401: Authentication error \(is {} right, with permission .* for the account\? {}\)$"
    saved = "`refresh` and `destroy` use the token of the last `up`"
    used = "CLOUDFLARE_API_TOKEN is used where that is refused"
    resource = Resource(NativePlugin(live, apiToken="wrong"), meeting_id=MEETING)
    with pytest.raises(RealtimeKitError, match=refused.format("realtimekit:apiToken", used)):
        resource.up()
    europe = DEFAULT_PROVIDER.replace("::default", "::europe")
    resource.by(NativePlugin(live, urn=europe, apiToken="wrong"))
    with pytest.raises(RealtimeKitError, match=refused.format("the apiToken of provider 'europe'", saved)):
        resource.up()

    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", live.token)
    resource.by(NativePlugin(live, apiToken="wrong")).up()
    (warning,) = [said for severity, said in resource.plugin.heard.messages if severity == "warning"]
    assert warning.endswith(
        "in its place. Where the config is outdated: `pulumi config set --secret realtimekit:apiToken`"
    )
