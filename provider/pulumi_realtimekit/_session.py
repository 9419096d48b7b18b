"""What one plugin process works with: its config, and what it decides by that alone.

The HTTP client and all that uses it is imported with the first call that needs the service: a preview without changes
never does.
"""

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi.output import Unknown

from pulumi_realtimekit import _changes, _checked, _config
from pulumi_realtimekit._changes import Change
from pulumi_realtimekit._claims import Claims
from pulumi_realtimekit._engine import Engine
from pulumi_realtimekit._problems import NAMED, Problem
from pulumi_realtimekit._told import Told

if TYPE_CHECKING:
    from pulumi_realtimekit._recorder import Recorder

PROVIDER_NAME_KEY: Final = "realtimekit:provider"
"""Set by `realtimekit.Provider`: the config is that provider's alone, and the environment's token is not its."""


class NotConfigured(Told):
    """The config is missing or wrong; the text names every mistake."""


def is_unknown(value: Any) -> bool:
    return isinstance(value, Unknown)


class Session:
    """One configured provider.

    get: answers for a namespaced config key.
    A config that is wrong is kept and told by the first call that needs it, since what `configure` raises would
    come out as a traceback for every resource.
    """

    def __init__(self, get: Callable[[str], Any], engine: Engine | None = None) -> None:
        self.config = _config.read(get)
        self.engine = engine or Engine.of_this_process()
        self.claims = Claims()
        self._is_default = not get(PROVIDER_NAME_KEY)
        self._mistakes = _config.mistakes(self.config)
        self._recorder: Recorder | None = None
        self._connecting = threading.Lock()

    def check(self, news: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Checked inputs, or every mistake in them and in the config."""
        mistakes = self._mistakes or self._missing_token()
        return (dict(news), mistakes) if mistakes else _checked.check(news, self.config, is_unknown)

    def change(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
        """What a difference means; asks the service only where that decides."""
        self.claims.add(recording_id)
        return _changes.decide(
            recording_id, olds, news, is_live=lambda: self.recorder.is_live(news), is_unknown=is_unknown
        )

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

    def _connected(self) -> "Recorder":
        mistakes = [mistake for mistake in self._mistakes if mistake.path[0] not in NAMED] or self._missing_token()
        if mistakes:
            raise NotConfigured("\n".join(str(mistake) for mistake in mistakes))
        from pulumi_realtimekit._api import RecordingsApi
        from pulumi_realtimekit._recorder import Recorder

        api = RecordingsApi(
            base_url=_config.setting(self.config, "baseUrl") or _config.DEFAULT_BASE_URL,
            token=_config.setting(self.config, "apiToken") or "",
            fallback_token=os.environ.get(_config.ENVIRONMENT["apiToken"]) if self._is_default else None,
            timeout=self.config.get("timeoutSeconds", _config.DEFAULT_TIMEOUT_SECONDS),
            request_limit=self.config.get("requestLimit", _config.DEFAULT_REQUEST_LIMIT),
            on_slowed=self.engine.say,
        )
        return Recorder(api, self.engine, self.claims, self.config)

    def _missing_token(self) -> list[Problem]:
        missing = _config.missing(self.config, "apiToken")
        return [missing] if missing else []
