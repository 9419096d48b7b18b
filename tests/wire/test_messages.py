"""What users read when the service or a session refuses: every message of the plugin, whole.

What is wrong with a declaration is in `tests/unit/checks`. Ids stand as `<id>`, the service as `<host>`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, Checked, Plugin, Resource
from tests.kit.scripted import Answer, Request, Scripted, scripted
from tests.kit.service import started_elsewhere

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HOSTS = re.compile(r"(127\.0\.0\.1|localhost):\d+")
ERRNO = re.compile(r"\[Errno \d+\]")
NONE = {"success": True, "data": [], "paging": {"total_count": 0}}
PERMITTED = "right, with permission Realtime or Realtime Admin for the account?"
SAVED = "`refresh` and `destroy` use the token of the last `up`"
AZURE = {"type": "azure", "bucket": "b", "access_key": "s3cr3t-canary"}
NO_CONNECTION = (
    "does not look like a connection string, such as `DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…`"
)
IN_DOUBT = (
    "The next `up` takes it over where it finds it; `pulumi stack export | python -m pulumi_realtimekit audit` shows "
    "what is running."
)


class Scene:
    """A service in which something is not as it should be, and the resources of a stack."""

    def __init__(self, api: SandboxApi, running: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api, self.monkeypatch = api, monkeypatch
        self._running = running
        self._plugins: list[Plugin] = []

    def plugin(self, api: SandboxApi | Scripted | None = None, **config: Any) -> Plugin:
        self._plugins.append(Plugin(api or self.api, **{"timeoutSeconds": 1, **config}))  # type: ignore[arg-type]
        return self._plugins[-1]

    def resource(self, plugin: Plugin | None = None, **declared: Any) -> Resource:
        return Resource(plugin or self.plugin(), **{"meeting_id": "m", **declared})

    def answering(self, status: int, body: Any = b"", **headers: str) -> Plugin:
        """A plugin whose service lists nothing, and answers everything else so."""

        def script(request: Request) -> Answer:
            if request.method == "GET" and "/recordings?" in request.path:
                return Answer(NONE)
            return Answer(body, status, headers)

        return self.plugin(self._running.enter_context(scripted(script)))

    def warnings(self) -> list[str]:
        return [warning for plugin in self._plugins for warning in plugin.heard.warnings]


def idle(scene: Scene, **declared: Any) -> None:
    scene.api.meeting("m", live=False)
    scene.resource(**declared).up()


def gone(scene: Scene, act: Callable[[Resource], object]) -> None:
    """A recording that the service no longer knows, and what is done with it then."""
    resource = scene.resource()
    resource.up()
    scene.api.forget(str(resource.id))
    act(resource)


def claimed(scene: Scene) -> None:
    plugin = scene.plugin()
    scene.resource(plugin).up()
    scene.resource(plugin).up()


def wrong_key(scene: Scene, output: Any) -> None:
    resource = scene.resource(scene.plugin(storages={"archive": AZURE}), layers={"default": {"outputs": [output]}})
    for _ in range(2):
        resource.preview()


def taken_over_twice(scene: Scene) -> None:
    recording_id, plugin = started_elsewhere(scene.api, "m"), scene.plugin()
    scene.resource(plugin, recording_id=recording_id).up()
    scene.resource(plugin, recording_id=recording_id).up()


def environment_token(scene: Scene, saved: str | None, environment: str) -> None:
    scene.monkeypatch.setenv("CLOUDFLARE_API_TOKEN", environment)
    plugin = scene.plugin(apiToken=saved)
    for meeting in ("m", "n"):
        scene.resource(plugin, meeting_id=meeting).up()


def provider_of_the_environment(scene: Scene, base_url: str) -> None:
    scene.monkeypatch.setenv("CLOUDFLARE_BASE_URL", base_url)
    scene.resource(scene.plugin(provider="eu", baseUrl=None)).up()


def through_proxy(scene: Scene, proxy: str) -> None:
    scene.monkeypatch.setenv("HTTPS_PROXY", proxy)
    scene.resource(scene.plugin(baseUrl="HTTPS://127.0.0.1:1/client/v4")).up()


TOLD: Mapping[str, tuple[Callable[[Scene], object], str]] = {
    # The connection
    "the service is down": (
        lambda scene: scene.resource(scene.plugin(baseUrl="http://127.0.0.1:1/client/v4")).up(),
        (
            "cannot reach <host>: <errno> Connection refused (is realtimekit:baseUrl right, and the service up? The "
            "state is unharmed: the next run goes on from there)"
        ),
    ),
    "a proxy that cannot be used": (
        lambda scene: through_proxy(scene, "garbage://user:password@proxy"),
        "environment variable HTTPS_PROXY: expected a proxy such as http://proxy.example.com:3128",
    ),
    "no token": (
        lambda scene: scene.resource(scene.plugin(apiToken=None)).up(),
        (
            "realtimekit:apiToken: required, but absent; set it with `pulumi config set --secret "
            "realtimekit:apiToken` or in the environment variable CLOUDFLARE_API_TOKEN"
        ),
    ),
    "a provider without account and token": (
        lambda scene: scene.resource(scene.plugin(provider="eu", apiToken="", accountId="")).up(),
        "provider 'eu': account_id: required, but absent\nprovider 'eu': api_token: required, but absent",
    ),
    "a provider with a storage that is wrong": (
        lambda scene: scene.resource(
            scene.plugin(provider="eu", storages={"archive": {"type": "gcs", "bucke": "b"}})
        ).up(),
        (
            "provider 'eu': storages.archive.secret: required for type 'gcs', but absent\n"
            "provider 'eu': storages.archive.bucke: unknown field for type 'gcs'; did you mean 'bucket'?"
        ),
    ),
    "a provider that has its URL from the environment": (
        lambda scene: provider_of_the_environment(scene, "cloudflare"),
        (
            "provider 'eu': environment variable CLOUDFLARE_BASE_URL: expected a URL such as "
            "https://api.cloudflare.com/client/v4"
        ),
    ),
    # Tokens
    "a wrong token": (
        lambda scene: scene.resource(scene.plugin(apiToken="wrong")).up(),
        (
            f"<host> answered 401: Authentication error (is realtimekit:apiToken {PERMITTED} {SAVED}; "
            "CLOUDFLARE_API_TOKEN is used where that is refused)"
        ),
    ),
    "a wrong token in the environment": (
        lambda scene: environment_token(scene, None, "wrong"),
        f"<host> answered 401: Authentication error (is CLOUDFLARE_API_TOKEN {PERMITTED})",
    ),
    "a provider's wrong token": (
        lambda scene: scene.resource(scene.plugin(provider="eu", apiToken="wrong")).up(),
        f"<host> answered 401: Authentication error (is the api_token of provider 'eu' {PERMITTED} {SAVED})",
    ),
    "a token without permission": (
        lambda scene: scene.resource(
            scene.answering(403, {"success": False, "errors": [{"code": 10000, "message": "Forbidden"}]})
        ).up(),
        (
            f"<host> answered 403: Forbidden (is realtimekit:apiToken {PERMITTED} {SAVED}; CLOUDFLARE_API_TOKEN "
            "is used where that is refused)"
        ),
    ),
    "a wrong token, and one in the environment that cannot be sent": (
        lambda scene: environment_token(scene, "wrong", f"{scene.api.token}\n"),
        (
            f"<host> answered 401: Authentication error (is realtimekit:apiToken {PERMITTED} {SAVED}; environment "
            "variable CLOUDFLARE_API_TOKEN: must be printable ASCII without spaces or line breaks)"
        ),
    ),
    "a rotated token": (
        lambda scene: environment_token(scene, "outdated", scene.api.token),
        (
            "warning: realtimekit:apiToken is refused, CLOUDFLARE_API_TOKEN is accepted and used in its place. "
            "`refresh` and `destroy` use what the last `up` saved; where the config is outdated, too: "
            "`pulumi config set --secret realtimekit:apiToken`"
        ),
    ),
    # What answers is not the service, or not well
    "a path that is not the service's": (
        lambda scene: scene.resource(scene.answering(404, b"<html>")).up(),
        (
            "<host> answered 404 Scripted (not the service's own answer: are realtimekit:baseUrl and the account's id "
            "right?)"
        ),
    ),
    "a server that only lists": (
        lambda scene: scene.resource(scene.answering(503)).up(),
        (
            "meeting m: its track recording may be running: it was started 4 times, each answer was lost, and the "
            f"service lists none. {IN_DOUBT}"
        ),
    ),
    # The service refuses
    "no live session": (
        idle,
        (
            "meeting m has no live session, so it cannot be recorded (<host> answered 400: The meeting has no active "
            "session). Begin the meeting first, or declare when_idle: 'wait' waits for a session, 'defer' starts with "
            "a later `up`."
        ),
    ),
    "no live session within the time": (
        lambda scene: idle(scene, when_idle="wait", wait_seconds=0.1),
        "meeting m had no live session within 0.1 s (wait_seconds), so nothing was started",
    ),
    "a field that this server does not take": (
        lambda scene: scene.resource(user_ids=["anna"]).up(),
        '<host> answered 422: "user_ids" is not allowed',
    ),
    "a recording that is not there": (
        lambda scene: scene.resource(recording_id="11111111-1111-4111-8111-111111111111").up(),
        (
            "recording_id: the service knows no recording <id> in app 2a95132c15732412d22c1476fa83f27a; remove "
            "recording_id to start another"
        ),
    ),
    # Recordings of others
    "somebody else's recording, to be refused": (
        lambda scene: (started_elsewhere(scene.api, "m"), scene.resource(when_active="fail").up()),
        (
            "meeting m: track recording <id> is RECORDING already, started elsewhere. Stop it, take it over with "
            "when_active 'adopt', or name it in recording_id."
        ),
    ),
    "somebody else's recording, taken over": (
        lambda scene: (started_elsewhere(scene.api, "m"), scene.resource().up()),
        (
            "warning: meeting m: took over track recording <id>, which was RECORDING already; its layers and limits "
            "are what that start asked for, not what is declared here."
        ),
    ),
    "a recording taken over by name": (
        lambda scene: scene.resource(recording_id=started_elsewhere(scene.api, "m")).up(),
        (
            "warning: took over recording <id>, which is RECORDING; its layers and limits are what its own start asked "
            "for, not what is declared here."
        ),
    ),
    "a meeting declared twice": (
        claimed,
        (
            "meeting m: its active track recording <id> belongs to another resource of this stack; a meeting has one. "
            "Declare it once; a resource that was renamed needs an alias."
        ),
    ),
    "a recording taken over twice": (
        taken_over_twice,
        "recording_id: <id> belongs to another resource of this stack",
    ),
    # What is probably wrong
    "a storage whose credential is probably another's, said once": (
        lambda scene: wrong_key(scene, "archive"),
        f"warning: meeting m: layers.default.outputs[0].storage_config.access_key: {NO_CONNECTION}",
    ),
    "one in place": (
        lambda scene: wrong_key(scene, {"type": "STORAGE_CONFIG", "storage_config": AZURE}),
        f"warning: meeting m: layers.default.outputs[0].storage_config.access_key: {NO_CONNECTION}",
    ),
    # Later
    "a recording that the service has forgotten": (
        lambda scene: gone(scene, lambda resource: resource.up(desired_status="PAUSED")),
        (
            "the service no longer knows recording <id>; `pulumi refresh` drops it from the state, and the next `up` "
            "starts another"
        ),
    ),
}


@pytest.fixture
def scene(live: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with ExitStack() as running:
        yield Scene(live, running, monkeypatch)


@pytest.mark.parametrize(("act", "told"), TOLD.values(), ids=TOLD.keys())
def test_a_message_is_what_a_user_can_go_on_with(
    act: Callable[[Scene], object], told: str, scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        act(scene)
        said = "\n".join(f"warning: {warning}" for warning in scene.warnings())
    except (RealtimeKitError, Checked) as error:
        said = str(error)

    assert ERRNO.sub("<errno>", HOSTS.sub("<host>", IDS.sub("<id>", said))) == told
    assert ACCOUNT not in said
    assert "Traceback" not in capfd.readouterr().err
