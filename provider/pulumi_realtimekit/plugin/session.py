"""What one plugin process works with: its config, and what it decides by that alone.

The HTTP client and all that uses it is imported with the first call that needs the service: a preview without changes
never does.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pulumi.output import Unknown

from pulumi_realtimekit.api.base_url import require_printable
from pulumi_realtimekit.checks.messages import Problem
from pulumi_realtimekit.checks.settings import missing, mistakes
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations.spelling import to_snake
from pulumi_realtimekit.errors import NotConfigured, Shared
from pulumi_realtimekit.plugin import changes as _changes
from pulumi_realtimekit.plugin import inputs as _checked
from pulumi_realtimekit.plugin.changes import Change
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.ownership import Claims, adoption_of

if TYPE_CHECKING:
    from pulumi_realtimekit.plugin.recorder import Recorder

PROVIDER_NAME_KEY: Final = "realtimekit:provider"
"""Set by `realtimekit.Provider`: the config is that provider's alone, and the environment's token is not its."""


TOKEN_VARIABLE: Final = _config.ENVIRONMENT["apiToken"]
OWN_KEYS: Final = ("accountId", "apiToken")
"""What an explicit provider has of its own."""

PERMITTED: Final = "right, with permission Realtime or Realtime Admin for"


def is_unknown(value: Any) -> bool:
    return isinstance(value, Unknown)


class Session:
    """One configured provider.

    get: answers for a namespaced config key.
    A config that is wrong is kept and told by the first call that needs it, since what `configure` raises would
    come out as a traceback for every resource.
    """

    def __init__(self, get: Callable[[str], Any], engine: Engine | None = None) -> None:
        self.config = _config.read(get, _config.PROVIDER_KEYS)
        self.engine = engine or Engine.of_this_process()
        self.claims = Claims()
        self._provider: str | None = get(PROVIDER_NAME_KEY)
        self._recorder: Recorder | None = None
        self._connecting = threading.Lock()
        self._refreshed: Counter[str] = Counter()
        self._refreshing = threading.Lock()

    def check(
        self, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Checked inputs, or every mistake in them and in the config; olds: the last checked inputs."""
        with self._refreshing:
            self._refreshed.clear()  # the program has begun: what is compared from now on is what it declares
        found = self._mistakes or self._missing()
        return (dict(news), found) if found else _checked.check(news, self.config, is_unknown, olds)

    def change(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
        """What a difference means; asks the service only where that decides.

        Where another resource has the recording too, this one may be replaced, or removed; it is refused by `update`.
        A refresh compares all of the state, whatever of it the program still declares: that claims nothing.
        """
        is_own = self._is_refreshed(recording_id) or self._keeps(recording_id, olds)
        change = _changes.decide(
            recording_id, olds, news, is_live=lambda: self.recorder.is_live(news), is_unknown=is_unknown
        )
        return change if is_own or change.step == "replace" else Change("update", ("id",))

    def read(self, recording_id: str, props: Mapping[str, Any]) -> dict[str, Any] | None:
        """The outputs as the service says them now; None where it does not know the recording any more."""
        if "status" in props:  # else it is looked up, and compared with nothing
            with self._refreshing:
                self._refreshed[recording_id] += 1
        return self.recorder.read(recording_id, props)

    def update(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after a change in place. Raises: Shared where another resource has the recording, too."""
        if not self._keeps(recording_id, olds):
            raise Shared(
                f"recording {recording_id} belongs to two resources of this stack, one of which took it over; a "
                "meeting has one. Remove that one from the program: the other goes on with the recording."
            )
        return self.recorder.update(recording_id, olds, news)

    def _is_refreshed(self, recording_id: str) -> bool:
        """Whether it was read just now: each read of a refresh is followed by one comparison."""
        with self._refreshing:
            is_refreshed = self._refreshed[recording_id] > 0
            self._refreshed[recording_id] -= is_refreshed
        return is_refreshed

    def _keeps(self, recording_id: str, olds: Mapping[str, Any]) -> bool:
        return self.claims.keep(recording_id, adoption_of(olds), olds.get("recording_id"))

    def drop_pending(self, props: Mapping[str, Any]) -> None:
        """Lets go of a resource that has no recording: one that it has declared had been ended by an earlier run."""
        if props.get("recording_id"):
            self.claims.end(props["recording_id"])

    @property
    def recorder(self) -> "Recorder":
        """What talks to the service.

        Raises: NotConfigured, for what concerns the connection alone: a storage that is wrong must not keep a
        recording from being stopped.
        """
        with self._connecting:
            if self._recorder is None:
                self._recorder = self._connected()
            return self._recorder

    @cached_property
    def _mistakes(self) -> list[Problem]:
        return [self._of_provider(mistake) for mistake in mistakes(self.config)]

    def _connected(self) -> "Recorder":
        connection = {key: value for key, value in self.config.items() if key in _config.CONNECTION}
        found = [*map(self._of_provider, mistakes(connection))] or self._missing()
        if found:
            raise NotConfigured("\n".join(map(str, found)))
        from pulumi_realtimekit.api.client import RecordingsApi
        from pulumi_realtimekit.plugin.recorder import Recorder

        api = RecordingsApi(
            base_url=_config.setting(self.config, "baseUrl") or _config.DEFAULT_BASE_URL,
            token=_config.setting(self.config, "apiToken") or "",
            fallback_token=os.environ.get(TOKEN_VARIABLE) if self._provider is None else None,
            advice=self._advice,
            on_fallback=self._say_fallback,
            timeout=self.config.get("timeoutSeconds", _config.DEFAULT_TIMEOUT_SECONDS),
            request_limit=self.config.get("requestLimit", _config.DEFAULT_REQUEST_LIMIT),
            on_slowed=self.engine.say,
        )
        return Recorder(api, self.engine, self.claims, self.config)

    def _missing(self) -> list[Problem]:
        """What nothing can be done without. The environment's account and token are the default provider's alone."""
        if self._provider is None:
            problem = missing(self.config, "apiToken")
            return [problem] if problem else []
        absent = [key for key in OWN_KEYS if not self.config.get(key)]
        return [self._of_provider(Problem((key,), "required, but absent")) for key in absent]

    def _of_provider(self, problem: Problem) -> Problem:
        """A mistake in the config of an explicit provider, in the words of the program that declares it."""
        if self._provider is None:
            return problem
        key, *inner = problem.path
        path = (to_snake(str(key)) if key in _config.KEYS else key, *inner)  # or it is an environment variable
        message, *_ = problem.message.partition("; set it with")  # its arguments stand in the program
        return Problem(path, message, provider=self._provider)

    def _advice(self, account: str) -> str:
        """What to do about a token that an account refuses."""
        permitted, saved = f"{PERMITTED} the account?", "`refresh` and `destroy` use the one of the last `up`"
        if self._is_other(account):
            permitted = (
                f"{PERMITTED} account '{account}'? A recording is read and stopped in the account that it was started "
                "in: give the provider that account's token until it is stopped, and its new account after that."
            )
        if self._provider is not None:
            return f"is the api_token of provider '{self._provider}' {permitted} {saved}"
        if self.config.get("apiToken"):
            return f"is realtimekit:apiToken {permitted} {saved}{_fallback_advice()}"
        return f"is {TOKEN_VARIABLE} {permitted}"

    def _say_fallback(self, account: str) -> None:
        accepted = f"realtimekit:apiToken is refused, {TOKEN_VARIABLE} is accepted and used in its place"
        if self._is_other(account):
            self.engine.say(f"account '{account}': {accepted}", "warning")
            return
        self.engine.say(
            f"{accepted}. `refresh` and `destroy` use what the last `up` saved; where the config is outdated, too: "
            "`pulumi config set --secret realtimekit:apiToken …`",
            "warning",
        )

    def _is_other(self, account: str) -> bool:
        """Whether an account is not the one that is configured, for which the token is meant."""
        return account != _config.setting(self.config, "accountId")


def _fallback_advice() -> str:
    """What is to be known of the environment's token, once the config's is refused."""
    try:
        require_printable(os.environ.get(TOKEN_VARIABLE, ""))
    except ValueError as error:
        return f"; environment variable {TOKEN_VARIABLE}: {error}"
    return f", and {TOKEN_VARIABLE} where that is refused"
