"""From a provider's config to the client of the recordings API, and what to do where a call of it fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pulumi_realtimekit.api.base_url import require_printable
from pulumi_realtimekit.checks.problems import Problem
from pulumi_realtimekit.checks.settings import missing, mistakes, mistakes_in_connection
from pulumi_realtimekit.declarations import settings
from pulumi_realtimekit.declarations.spelling import to_snake
from pulumi_realtimekit.errors import ApiError, NotConfigured, NotTheService, Redirected, Unauthorized, Unreachable

if TYPE_CHECKING:
    from pulumi_realtimekit.api.client import App, RecordingsApi
    from pulumi_realtimekit.plugin.engine import Engine

PROVIDER_NAME_KEY: Final = "realtimekit:provider"
"""Set by `realtimekit.Provider`: the config is that provider's own, and the environment's token is not for it."""

TOKEN_VARIABLE: Final = settings.ENVIRONMENT["apiToken"]
OWN_KEYS: Final = ("accountId", "apiToken")
"""What an explicit provider never takes from the environment."""

PERMITTED: Final = "right, with permission Realtime or Realtime Admin for"
SAVED: Final = "`refresh` and `destroy` use the token of the last `up`"


class Connection:
    """The config of one provider, and the client that is made from it.

    get: answers for a namespaced config key. is_current: whether `refresh` and `destroy` have the token that is
    configured now, instead of that of the last `up`.
    """

    def __init__(self, get: Callable[[str], Any], engine: Engine, *, is_current: bool = False) -> None:
        self.config = settings.read(get, settings.PROVIDER_KEYS)
        self._provider: str | None = get(PROVIDER_NAME_KEY)
        self._engine, self._is_current = engine, is_current
        self._api: RecordingsApi | None = None
        self._lock = threading.Lock()

    @cached_property
    def mistakes(self) -> list[Problem]:
        """Every mistake in the config, and what is missing in it."""
        return [*map(self._of_provider, mistakes(self.config))] or self._missing()

    @property
    def api(self) -> RecordingsApi:
        """The client. httpx is imported with it: a preview without changes never needs it.

        Raises: NotConfigured, only for what concerns the connection: a wrong storage must not keep a recording from
        being stopped.
        """
        with self._lock:
            if self._api is None:
                self._api = self._connected()
            return self._api

    def app(self, values: Mapping[str, Any]) -> App:
        """Where a recording is: as its inputs or outputs say, else (`TrackRecording.get`) as the config does.

        Raises: NotConfigured where the config is to say it, and is wrong or does not.
        """
        from pulumi_realtimekit.api.client import App

        keys: tuple[settings.EnvironmentKey, ...] = ("accountId", "appId")
        wanted = [key for key in keys if not values.get(to_snake(key))]
        if wanted:
            self._refuse_mistakes()
            self._refuse([*map(self._of_provider, filter(None, (missing(self.config, key) for key in wanted)))])
        return App(
            values.get("account_id") or settings.setting(self.config, "accountId") or "",
            values.get("app_id") or settings.setting(self.config, "appId") or "",
        )

    def _connected(self) -> RecordingsApi:
        """`refresh` and `destroy` get what the last `up` has refused, too: what is wrong, the client does not take."""
        from pulumi_realtimekit.api.client import RecordingsApi

        if self._missing():
            self._refuse_mistakes()
        try:
            return RecordingsApi(
                base_url=self._text("baseUrl", settings.DEFAULT_BASE_URL),
                token=self._text("apiToken"),
                fallback_token=os.environ.get(TOKEN_VARIABLE) if self._provider is None else None,
                advice=self._advice,
                on_fallback=self._say_fallback,
                timeout=self.config.get("timeoutSeconds", settings.DEFAULT_TIMEOUT_SECONDS),
                request_limit=self.config.get("requestLimit", settings.DEFAULT_REQUEST_LIMIT),
                on_slowed=self._engine.say,
            )
        except (AttributeError, TypeError, ValueError):
            self._refuse_mistakes()
            raise

    def _text(self, key: settings.EnvironmentKey, default: str = "") -> Any:
        """A key as it is configured, whatever that is: what is no text is not passed over."""
        return self.config[key] if key in self.config else settings.setting({}, key) or default

    def _refuse_mistakes(self) -> None:
        """Raises NotConfigured with what is wrong in the connection, by pydantic, or missing."""
        self._refuse([*map(self._of_provider, mistakes_in_connection(self.config))] or self._missing())

    @staticmethod
    def _refuse(found: list[Problem]) -> None:
        if found:
            raise NotConfigured("\n".join(map(str, found)))

    def _missing(self) -> list[Problem]:
        """The required keys that are absent. Only the default provider takes account and token from the environment."""
        if self._provider is None:
            return [*filter(None, [missing(self.config, "apiToken")])]
        absent = [key for key in OWN_KEYS if not self.config.get(key)]
        return [self._of_provider(Problem((key,), "required, but absent")) for key in absent]

    def _of_provider(self, problem: Problem) -> Problem:
        """A mistake in the config of an explicit provider, in the words of the program that declares it."""
        if self._provider is None:
            return problem
        key, *inner = problem.path
        path = (to_snake(str(key)) if key in settings.KEYS else key, *inner)  # or it is an environment variable
        return Problem(path, problem.message, provider=self._provider)  # without the remedy: the program sets it

    def _advice(self, error: ApiError) -> str:
        """What to do about a failed call."""
        match error:
            case Unauthorized():
                return self._token_advice(error.account)
            case Unreachable():
                return (
                    "is realtimekit:baseUrl right, and the service up? The state is unharmed: the next run goes on "
                    "from there"
                )
            case NotTheService():
                return "not the service's own answer: are realtimekit:baseUrl and the account's id right?"
            case Redirected():
                return "redirects are not followed: is realtimekit:baseUrl right?"
        return ""

    def _token_advice(self, account: str) -> str:
        """What to do about a token that an account refuses."""
        permitted = f"{PERMITTED} the account?"
        if self._is_other(account):
            permitted = (
                f"{PERMITTED} account '{account}'? A recording is read and stopped in the account that it was started "
                "in: give the provider that account's token until it is stopped, and its new account after that."
            )
        if self._provider is not None:
            return f"is the api_token of provider '{self._provider}' {permitted} {SAVED}"
        if self.config.get("apiToken"):
            used = _fallback_advice() if self._is_current else f"{SAVED}; {_fallback_advice()}"
            return f"is realtimekit:apiToken {permitted} {used}"
        return f"is {TOKEN_VARIABLE} {permitted}"

    def _say_fallback(self, account: str) -> None:
        accepted = f"realtimekit:apiToken is refused, {TOKEN_VARIABLE} is accepted and used in its place"
        if self._is_other(account):
            self._engine.say(f"account '{account}': {accepted}", "warning")
            return
        outdated = (
            "Where the config is outdated:"
            if self._is_current
            else "`refresh` and `destroy` use what the last `up` saved; where the config is outdated, too:"
        )
        self._engine.say(f"{accepted}. {outdated} `pulumi config set --secret realtimekit:apiToken`", "warning")

    def _is_other(self, account: str) -> bool:
        """Whether an account is not the configured one, which the token is for."""
        return account != settings.setting(self.config, "accountId")


def _fallback_advice() -> str:
    """What to add about the environment's token once the config's is refused."""
    try:
        require_printable(os.environ.get(TOKEN_VARIABLE, ""))
    except ValueError as error:
        return f"environment variable {TOKEN_VARIABLE}: {error}"
    return f"{TOKEN_VARIABLE} is used where that is refused"
