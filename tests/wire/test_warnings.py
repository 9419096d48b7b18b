"""What is probably wrong is said by the plugin in the preview, once, about the values that would be sent."""

from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import MEETING, Plugin, Resource

CANARY = "s3cr3t-canary"
AZURE = {"type": "azure", "bucket": "b", "access_key": CANARY}
IN_PLACE = {"type": "STORAGE_CONFIG", "storage_config": AZURE}


def warned(resource: Resource, **declared: Any) -> list[str]:
    resource.plugin.lifecycle.check({"meeting_id": MEETING, **declared})
    return [message for severity, message in resource.plugin.heard.messages if severity == "warning"]


@pytest.mark.parametrize("output", ["archive", IN_PLACE], ids=["of the config", "in place"])
def test_a_storage_is_judged_with_its_credentials(output: Any, live: SandboxApi) -> None:
    resource = Resource(Plugin(live, storages={"archive": AZURE}), meeting_id=MEETING)

    for _ in range(2):
        (message,) = warned(resource, layers={"default": {"outputs": [output]}})

    assert message.startswith(f"meeting {MEETING}: layers.default.outputs[0].storage_config.access_key: does not look")
    assert CANARY not in message
