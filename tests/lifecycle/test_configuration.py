"""The stack's config through whole engines: mistakes before anything is asked, no secret seen, states of earlier
versions used as they are."""

import base64
import json
from pathlib import Path

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.cli import ROOT
from tests.kit.project import STACK, Project, Secret, crypter
from tests.kit.scenario import active, base_config

CANARY = "s3cr3t-canary"

BROKEN = {
    "several": (
        {
            "accountId": "a" * 33,
            "storages": {"archive": {"type": "gcs", "bucket": "b", "secret": Secret(CANARY), "region": 5}},
            "recordings": {"r": {"meeting_id": 123, "layers": {"default": {"outputs": ["archve"]}}}},
        },
        [
            "the config of stack test has 4 mistakes:",
            "realtimekit:accountId: at most 32 characters, found 33",
            "storages.archive: region: expected a string, found a number; put it in quotes",
            "recordings.r: meeting_id: expected a string, found a number; put it in quotes",
            "recordings.r: layers.default.outputs[0]: no storage named 'archve'; did you mean 'archive'?",
        ],
    ),
    "in clear": (
        {"storages": {"archive": {"type": "gcs", "bucket": "b", "secret": CANARY}}, "recordings": {}},
        [
            "the config of stack test has one mistake:",
            "storages.archive: secret: a secret that stands in clear in the stack's files; encrypt it with",
            "`pulumi config set --secret --path 'realtimekit:storages.archive.secret'`",
        ],
    ),
    "no token": (
        {"apiToken": "", "recordings": {"r": {"meeting_id": "m"}}},
        ["realtimekit:apiToken: required, but absent; set it with `pulumi config set --secret realtimekit:apiToken …`"],
    ),
}


@pytest.mark.parametrize(("config", "lines"), BROKEN.values(), ids=BROKEN.keys())
def test_mistakes_are_told_before_anything_is_asked(
    config: dict[str, object], lines: list[str], project: Project, api: SandboxApi
) -> None:
    project.configure({**base_config(api), **config})

    result = project.deploy("preview", "--diff")

    assert result.code != 0
    told = " ".join(result.text.split())
    assert [line for line in lines if line not in told] == []
    assert "Traceback" not in result.text
    assert CANARY not in result.text
    assert api.requests() == []


IGNORING = """
import pulumi
import pulumi_realtimekit as realtimekit

for name, arguments in realtimekit.load_config().recordings.items():
    realtimekit.TrackRecording(name, pulumi.ResourceOptions(ignore_changes=["layers"]), **arguments)
"""


def test_layers_whose_changes_are_ignored(project: Project, api: SandboxApi) -> None:
    """The engine hands over what `check` itself returned: storages by name, in place, and of the config."""
    project.program(IGNORING)
    archive = {"type": "gcs", "bucket": "b", "secret": Secret(f"{CANARY}-named")}
    inline = {"type": "gcs", "bucket": "b", "secret": Secret(f"{CANARY}-inline")}
    in_place = {"d": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": inline}]}}
    recordings = {
        "named": {"meeting_id": "1", "layers": {"d": {"outputs": ["archive", "realtimekit"]}}},
        "placed": {"meeting_id": "2", "layers": in_place},
        "config": {"meeting_id": "3"},
    }
    config = {**base_config(api), "storages": {"archive": archive}, "layers": in_place, "recordings": recordings}
    project.configure(config)
    started = project.deploy("up")

    ops = [project.deploy("up", "--json").ops()]
    recordings["named"]["layers"] = {"d": {"file_name_prefix": "other"}}
    project.configure(config)
    ops.append(project.deploy("up", "--json").ops())

    assert started.code == 0, started.text
    assert ops == [dict.fromkeys(recordings, "same")] * 2
    assert len(active(api)) == 3


def test_what_was_in_the_state_before_it_was_encrypted(project: Project, api: SandboxApi) -> None:
    config = {**base_config(api), "appId": f"{CANARY}-app", "recordings": {"r": {"meeting_id": "m"}}}
    project.configure(config)
    assert project.deploy("up").code == 0
    project.configure({**config, "appId": Secret(f"{CANARY}-app")})

    assert project.deploy("up", "--json").ops() == {"r": "same"}
    assert project.deploy("refresh").code == 0

    assert project.resources()["r"]["outputs"]["app_id"] == {"<secret>": f"{CANARY}-app"}
    assert len(active(api)) == 1


ANY_WAY = """
import pulumi
import pulumi_realtimekit as realtimekit
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Maker(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {"bucket": "made", "key": "s3cr3t-canary-made"})


class Bucket(Resource):
    bucket: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name):
        opts = pulumi.ResourceOptions(additional_secret_outputs=["key"])
        super().__init__(Maker(), name, {"bucket": None, "key": None}, opts)


def outputs(**fields):
    storage = {"type": "aws", "region": "r", **fields}
    return {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storageConfig": storage}]}}


made = Bucket("made")
clear = "s3cr3t-canary-code"
layers = {
    "inline": outputs(bucket=made.bucket, accessKey=made.key, secret=clear),
    "whole": pulumi.Output.secret(outputs(bucket="b", access_key="k", secret=clear)),
    "applied": made.key.apply(lambda key: outputs(bucket="b", accessKey=key, secret=key)),
    "named": {"default": {"outputs": ["archive"]}},
}
for name, given in layers.items():
    realtimekit.TrackRecording(name, meeting_id=name, layers=given, keep_download_urls=True)
other = realtimekit.Provider(
    "other", account_id="other", api_token="sandbox-token", app_id="app",
    storages={"own": {"type": "azure", "bucket": made.bucket, "accessKey": "s3cr3t-canary-provider"}},
)
opts = pulumi.ResourceOptions(provider=other)
both = {"default": {"outputs": ["own", "realtimekit"]}}
there = realtimekit.TrackRecording("there", opts, meeting_id="there", layers=both)
pulumi.export("layers", there.layers)
pulumi.export("urls", there.download_urls)
"""


def test_no_credential_is_printed_or_kept_in_clear(project: Project, api: SandboxApi) -> None:
    project.program(ANY_WAY)
    archive = {"type": "gcs", "bucket": "b", "secret": Secret(f"{CANARY}-config")}
    project.configure({**base_config(api), "storages": {"archive": archive}})

    commands = [("preview", "--diff"), ("up", "--diff"), ("refresh", "--diff"), ("preview", "--diff"), ("up", "--json")]
    results = [project.deploy(*command) for command in commands]
    results.append(project.run("stack", "export", "--stack", STACK))
    results.append(project.run("stack", "output", "--stack", STACK))

    assert [result.code for result in results] == [0] * 7, "\n".join(result.text for result in results)
    assert len(active(api)) == 5
    sent = json.dumps([request["body"] for request in api.requests(method="POST")])
    assert all(f"{CANARY}-{place}" in sent for place in ("made", "code", "config", "provider"))
    seen = "\n".join(result.out + result.err for result in results).encode() + project.written()
    for form in forms(CANARY) | forms(api.token):
        assert form not in seen

    assert project.deploy("destroy").code == 0
    assert active(api) == []


def forms(secret: str) -> set[bytes]:
    """A secret as it is, and what is the same of it in every base64 that holds it."""
    plain = secret.encode()
    inner = {base64.b64encode(b"x" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)}
    return {plain, *inner}


@pytest.mark.parametrize("version", sorted((ROOT / "tests" / "recorded").iterdir()), ids=lambda folder: folder.name)
def test_a_recorded_state_needs_no_change(version: Path, project: Project, api: SandboxApi, tmp_path: Path) -> None:
    """The state of an earlier version, deployed by this one."""
    api.meeting("idle", live=False)
    config = yaml.safe_load((version / "config.yaml").read_text("utf-8"))
    project.configure(encrypted(config))
    recorded = (version / "state.json").read_text("utf-8")
    recorded = recorded.replace("urn:pulumi:dev::", f"urn:pulumi:{STACK}::").replace(
        "::recordings-dev", f"::recordings-{STACK}"
    )
    exported = json.loads(recorded)
    exported["deployment"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": crypter().salt}}
    state = tmp_path / "state.json"
    state.write_text(json.dumps(exported), "utf-8")
    imported = project.run("stack", "import", "--stack", STACK, "--file", str(state))
    assert imported.code == 0, imported.text

    result = project.deploy("preview", "--expect-no-changes", CLOUDFLARE_BASE_URL=api.base_url)

    assert result.code == 0, result.text


def encrypted(node: object) -> object:
    if isinstance(node, dict) and node.keys() == {"secure"}:
        return Secret(node["secure"])
    if isinstance(node, dict):
        return {key: encrypted(item) for key, item in node.items()}
    return [encrypted(item) for item in node] if isinstance(node, list) else node
