"""Keeps what is encrypted in the configuration out of what a deployment says, whoever says it.

Source: `sdk/go/common/util/logging/log.go` (FilterString) and `pkg/engine/events.go` of pulumi/pulumi.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable

from sandbox.engine.config_values import go_json
from sandbox.engine.events import Diagnostic, Event, ResourceOperationFailed

_SHORTEST = 3
"""Shorter secrets would make messages unreadable and tell of themselves by that."""


def filtered(emit: Callable[[Event], None], secrets: Iterable[str]) -> Callable[[Event], None]:
    """`emit`, with `[secret]` in place of each secret of at least three characters, also where it stands in JSON."""
    words = [secret for secret in secrets if len(secret) >= _SHORTEST and secret.lower() not in {"true", "false"}]
    forms = dict.fromkeys(form for word in words for form in (word, go_json(word)[1:-1]))
    if not forms:
        return emit
    pattern = re.compile("|".join(map(re.escape, forms)))

    def clean(event: Event) -> None:
        if isinstance(event, Diagnostic | ResourceOperationFailed):
            event = dataclasses.replace(event, message=pattern.sub("[secret]", event.message))
        emit(event)

    return clean
