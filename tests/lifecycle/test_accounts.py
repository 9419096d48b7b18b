"""Several accounts in one stack, and a rotated token: `refresh` and `destroy` have the config of the last `up`."""

from collections.abc import Callable
from pathlib import Path

from sandbox.api.testing import SandboxApi
from tests.kit.project import ACCOUNT, Project, Secret, active, base_config

PROGRAM = """
import pulumi
import pulumi_realtimekit as realtimekit

config = pulumi.Config()
europe = realtimekit.Provider("europe", account_id="europe", api_token=config.require_secret("europe"))
realtimekit.TrackRecording("here", meeting_id="here")
realtimekit.TrackRecording("there", pulumi.ResourceOptions(provider=europe), meeting_id="there")
"""


def test_a_life_in_two_accounts_whose_tokens_are_rotated(
    project: Project, new_api: Callable[..., SandboxApi], tmp_path: Path
) -> None:
    before = new_api(state=tmp_path / "service", tokens=(f"{ACCOUNT}=old", "europe=theirs"))
    project.program(PROGRAM)
    project.configure({**base_config(before), "apiToken": Secret("old"), "recordings:europe": Secret("theirs")})
    up = project.deploy("up")
    assert up.code == 0, up.text
    assert {one["account_id"] for one in active(before)} == {ACCOUNT, "europe"}

    before.stop()
    api = SandboxApi(state=tmp_path / "service", tokens=(f"{ACCOUNT}=new", "europe=theirs"), start_seconds=0)
    api.port = before.port
    with api:
        refused = project.deploy("refresh")
        assert refused.code != 0
        assert "CLOUDFLARE_API_TOKEN" in refused.text
        assert "Traceback" not in refused.text
        refreshed = project.deploy("refresh", CLOUDFLARE_API_TOKEN="new")
        assert refreshed.code == 0, refreshed.text
        destroyed = project.deploy("destroy", CLOUDFLARE_API_TOKEN="new")
        assert destroyed.code == 0, destroyed.text
        assert active(api) == []
